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
 * @property {boolean} dated whether the time stands below
 * @property {boolean} [broken] whether this reply can be tried again
 *
 * @typedef {{press: (buttonId: string) => void, retry: (clientId: string) => void, remove: (clientId: string) => void,
 *   again?: () => void}} Actions `again` tries the last reply once more
 */

/** @param {Message} message @param {Context} context @param {Actions} actions @returns {Node[]} what the bubble holds */
export function drawMessage(message, context, actions) {
  if (message.sender === "system") return drawSystem(message);
  const erased = message.state === "erased";
  return [
    context.named ? make("span", { class: "bubble__name", text: message.sender_name }) : null,
    erased ? make("div", { class: "bubble__text muted", text: words.erased }) : drawText(message),
    ...(erased ? [] : drawCitations(message.citations ?? [])),
    ...(context.active ? drawButtons(message, actions) : []),
    drawMeta(message, context, actions),
  ].filter((node) => node !== null);
}

/** @param {Message} message the log's own html, or an own message that only this page has as yet */
function drawText({ html, text }) {
  return html ? make("div", { class: "bubble__text", html }) : make("div", { class: "bubble__text typed", text });
}

/** In the place of a reply that failed before its first word. @param {Actions} actions */
export function drawLost({ again }) {
  const button = again ? makeButton(words.retry, "button button--link", again) : null;
  return [make("span", { class: "bubble__meta" }, make("span", { class: "way", text: words.failedReply }), button)];
}

/** When it was, what became of it, and what can be done about that. @param {Message} message @param {Context} context @param {Actions} actions */
function drawMeta({ created_at, state }, { meta, dated, broken = false }, { again }) {
  const mark = state === "stopped" || state === "interrupted" ? words[state] : meta;
  if (!mark && !dated && !broken) return null;
  const line = make("span", { class: "bubble__meta" });
  if (dated) line.append(makeTime(created_at));
  if (mark) line.append(dated ? " · " : "", make("span", { class: "way", text: mark }));
  if (broken && again) line.append(makeButton(words.retry, "button button--link", again));
  return line;
}

/** One tap shows the passage. @param {import("../chat/frames.js").Citation[]} citations */
function drawCitations(citations) {
  return citations.map(({ title, source, url, text }) => {
    const name = source && source !== title ? `${title} · ${source}` : title || source;
    const details = make("details", { class: "citation" }, make("summary", {}, make("span", { class: "clip", text: name })));
    details.append(make("div", { class: "citation__text", text: plainOf(text) }));
    if (/^https?:\/\//i.test(url)) {
      details.append(make("a", { href: url, target: "_blank", rel: "noopener noreferrer nofollow", text: url }));
    }
    return details;
  });
}

/** A passage is quoted as its source has it, in Markdown; bold and code marks only disturb here. @param {string} text */
const plainOf = (text) => text.replace(/\*\*(.+?)\*\*/g, "$1").replace(/`([^`]+)`/g, "$1");

/** @param {Message} message @param {Actions} actions */
function drawButtons({ parts }, actions) {
  const groups = (parts ?? []).filter(({ type }) => type === "buttons");
  return groups.map((part) => {
    const row = make("div", { class: "bubble__buttons" });
    for (const { id, title } of /** @type {import("../chat/frames.js").ButtonsPart} */ (part).buttons ?? []) {
      row.append(makeButton(title, "button button--secondary button--small", () => actions.press(id)));
    }
    return row;
  });
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
