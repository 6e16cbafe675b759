import { make, makeButton, initialOf } from "./dom.js";
import { words } from "./strings.js";
import { makeTime } from "./times.js";

/**
 * @typedef {import("../chat/frames.js").Message} Message
 * @typedef {import("../chat/outbox.js").Entry} Entry
 *
 * @typedef {object} Context what the look of one bubble depends on besides its message
 * @property {boolean} named whether the sender's name is shown: at the first of a row
 * @property {string} meta a word about an own message's way, or ""
 * @property {boolean} active whether its buttons can still be pressed
 * @property {string} [chosen] the id of the one that was
 * @property {boolean} [rated] whether one can say here if it helped
 * @property {boolean} dated whether the time stands below
 * @property {boolean} [broken] whether this reply can be tried again
 *
 * @typedef {{press: (buttonId: string, title: string) => void, retry: (clientId: string) => void,
 *   remove: (clientId: string) => void, again?: () => void, rate?: (seq: number, value: 1 | -1) => void}} Actions `again`
 *   tries the last reply once more
 */

/** @param {Message} message @param {Context} context @param {Actions} actions @returns {Node[]} what the bubble holds */
export function drawMessage(message, context, actions) {
  if (message.sender === "system") return drawSystem(message);
  const name = context.named ? make("span", { class: "bubble__name", text: message.sender_name }) : null;
  const erased = message.state === "erased";
  const body = erased ? [make("div", { class: "bubble__text muted", text: words.erased })] : drawBody(message, context, actions);
  return [name, ...body, drawMeta(message, context, actions)].filter((node) => node !== null);
}

/**
 * The text under its heading, where it comes from, and what one can choose.
 * @param {Pick<Message, "text" | "html" | "parts" | "citations">} message
 * @param {Context} context
 * @param {Actions} actions
 */
function drawBody(message, context, actions) {
  const { html, text, parts, citations } = message;
  const group = groupOf(parts);
  // The log's own html, or an own message that only this page has as yet.
  const said = html ? make("div", { class: "bubble__text", html }) : make("div", { class: "bubble__text typed", text });
  if (group?.header?.text) said.prepend(make("strong", { class: "bubble__head", text: group.header.text }));
  if (group?.footer) said.append(make("small", { class: "bubble__foot", text: group.footer }));
  const sources = [...(citations ?? []).map(drawCitation), ...drawUncited(parts)];
  return [
    said,
    sources.length ? make("div", { class: "bubble__sources" }, ...sources) : null,
    group ? drawButtons(group, text, context, actions) : null,
  ];
}

/** What stands under the greeting. @param {NonNullable<import("../chat/frames.js").Bot["menu"]>} menu @param {Context} context @param {Actions} actions */
export function drawMenu(menu, context, actions) {
  const nodes = drawBody({ text: menu.text, html: "", parts: [menu], citations: [] }, context, actions);
  return nodes.filter((node) => node !== null);
}

/** The buttons of a message. @param {import("../chat/frames.js").Part[]} parts */
export const groupOf = (parts) => /** @type {import("../chat/frames.js").ButtonsPart | undefined} */ ((parts ?? []).find(({ type }) => type === "buttons"));

/** The id of the button that one's own message chose, or "". @param {import("../chat/frames.js").Part[]} parts */
export const choiceOf = (parts) => String(/** @type {any} */ ((parts ?? []).find(({ type }) => type === "choice"))?.id ?? "");

/** In the place of a reply that failed before its first word. @param {Actions} actions */
export function drawLost({ again }) {
  const button = again ? makeButton(words.retry, "button button--link", again) : null;
  return [make("span", { class: "bubble__meta" }, make("span", { class: "way", text: words.failedReply }), button)];
}

/** When it was, what became of it, and what can be done about that. @param {Message} message @param {Context} context @param {Actions} actions */
function drawMeta({ seq, created_at, state, feedback }, { meta, dated, broken = false, rated = false }, { again, rate }) {
  const mark = [state === "stopped" || state === "interrupted" ? words[state] : "", meta].filter(Boolean).join(" · ");
  if (!mark && !dated && !broken && !rated) return null;
  const line = make("span", { class: "bubble__meta" });
  if (dated) line.append(makeTime(created_at));
  if (mark) line.append(dated ? " · " : "", make("span", { class: "way", text: mark }));
  if (broken && again) line.append(makeButton(words.retry, "button button--link", again));
  if (rated && rate) line.append(...RATINGS.map((value) => drawThumb(value, feedback ?? 0, () => rate(seq, value))));
  return line;
}

/** @type {(1 | -1)[]} */
const RATINGS = [1, -1];

/** @param {1 | -1} value @param {number} given @param {() => void} action */
function drawThumb(value, given, action) {
  const button = makeButton("", `thumb${value < 0 ? " thumb--down" : ""}`, action);
  button.innerHTML = '<svg class="icon" aria-hidden="true"><use href="#icon-thumb"></use></svg>';
  button.setAttribute("aria-label", value > 0 ? words.helpful : words.unhelpful);
  button.setAttribute("aria-pressed", String(given === value));
  return button;
}

/** One tap shows the passage, and where the link goes. @param {import("../chat/frames.js").Citation} citation */
function drawCitation({ title, source, url, text }) {
  const details = drawChip(source && source !== title ? `${title} · ${source}` : title || source, plainOf(text));
  if (/^https?:\/\//i.test(url)) {
    details.append(make("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow", text: url }));
  }
  return details;
}

/** What a model said and no source does. @param {import("../chat/frames.js").Part[]} parts */
function drawUncited(parts) {
  const sentences = (parts ?? []).flatMap((part) => (part.type === "uncited" ? /** @type {string[]} */ (/** @type {any} */ (part).sentences) : []));
  if (!sentences.length) return [];
  const details = drawChip(words.uncited, sentences.join("\n"));
  details.classList.add("citation--none");
  return [details];
}

/** @param {string} name @param {string} text */
function drawChip(name, text) {
  const summary = make("summary", {}, make("span", { class: "clip", text: name }));
  return make("details", { class: "citation" }, summary, make("div", { class: "citation__text", text }));
}

/** A passage is quoted as its source has it, in Markdown; bold and code marks only disturb here. @param {string} text */
const plainOf = (text) => text.replace(/\*\*(.+?)\*\*/g, "$1").replace(/`([^`]+)`/g, "$1");

/**
 * Buttons while they can be pressed; afterwards what they said, with the one that was chosen.
 * @param {import("../chat/frames.js").ButtonsPart} group
 * @param {string} label
 * @param {Context} context
 * @param {Actions} actions
 */
function drawButtons({ header, buttons }, label, { active, chosen }, actions) {
  const row = make("div", { class: "bubble__buttons", role: "group", "aria-label": label || header?.text || words.choices });
  for (const { id, title } of buttons ?? []) {
    if (active) row.append(makeButton(title, "button button--secondary button--small", () => actions.press(id, title)));
    else if (id !== chosen) row.append(make("span", { class: "choice", text: title }));
    else row.append(make("span", { class: "choice choice--chosen", text: title }, make("span", { class: "visually-hidden", text: words.chosen })));
  }
  return row;
}

/** What happened in the conversation. That somebody joined is a moment, not a line. @param {Message} message */
function drawSystem({ text, html, parts, sender_name, created_at }) {
  const event = eventOf(parts);
  const line = html ? make("div", { class: "bubble__text", html }) : make("div", { class: "bubble__text", text });
  if (event !== "joined" && event !== "transferred") return [line];
  const face = make("span", { class: "avatar avatar--large", "aria-hidden": "true", text: initialOf(sender_name || text) });
  return [make("div", { class: "arrival" }, face, make("strong", { class: "arrival__text", text }), makeTime(created_at))];
}

/** @param {import("../chat/frames.js").Part[]} parts */
export function eventOf(parts) {
  const part = (parts ?? []).find(({ type }) => type === "event");
  return part ? String(/** @type {any} */ (part).event) : "";
}

/** @param {Entry} entry @param {Actions} actions */
export function drawOutgoing(entry, actions) {
  const text = make("div", { class: "bubble__text typed", text: entry.text });
  if (entry.state !== "failed") {
    const meta = entry.state === "sending" ? words.sending : words.queued;
    return [text, make("span", { class: "bubble__meta" }, make("span", { class: "way", text: meta }))];
  }
  const reason = make("span", { class: "way", text: entry.detail ? `${words.failedMessage}: ${entry.detail}` : words.failedMessage });
  const again = makeButton(words.retry, "button button--link", () => actions.retry(entry.client_id));
  const away = makeButton(words.delete, "button button--link", () => actions.remove(entry.client_id));
  return [text, make("span", { class: "bubble__meta" }, reason), make("span", { class: "bubble__meta" }, again, away)];
}

/** The typing bubble, which becomes the reply. @param {string} text @param {string} name @param {boolean} [named] */
export function drawTyping(text, name, named = false) {
  const head = named && text ? [make("span", { class: "bubble__name", text: name })] : [];
  if (text) return [...head, make("div", { class: "bubble__text typed", text })];
  const dots = make("span", { class: "bubble__typing", "aria-hidden": "true" }, make("i"), make("i"), make("i"));
  return [make("div", { class: "bubble__text" }, dots, make("span", { class: "visually-hidden", text: words.typing(name) }))];
}
