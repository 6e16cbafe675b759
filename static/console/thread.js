import { choiceOf, drawMessage, drawOutgoing, drawTyping, eventOf } from "../widget/bubble.js";
import { make } from "../widget/dom.js";
import { choosing, isSameRow } from "../widget/log.js";
import { words as said } from "../widget/strings.js";
import { words } from "./words.js";

/**
 * A conversation as the agent reads it, as items for the log: the visitor on one side, bot and
 * agents on the other, what happened as lines between them, a line for each new day.
 *
 * @typedef {import("../widget/log.js").Item} Item
 * @typedef {import("../chat/frames.js").Message} Message
 */

/**
 * @param {import("./client.js").Open} open
 * @param {{name: string}} agent whose console this is
 * @param {import("../widget/bubble.js").Actions} actions
 * @returns {Item[]}
 */
export function listItems({ conversation, outgoing, handoff }, agent, actions) {
  const { timeline, typing } = conversation;
  // A half reply that was tried again has folded away.
  const messages = timeline.messages.filter(({ state }) => state !== "superseded");
  return [
    ...messages.flatMap((message, index) => itemsOfMessage(message, index, { messages, conversation, agent, outgoing, actions })),
    ...outgoing.map((entry) => itemOfEntry(entry, actions)),
    ...timeline.turns.map(({ turn_id, text }) => itemOfTyping(`t:${turn_id}`, "bot", text, handoff?.bot.name ?? "")),
    ...[...typing].map(([sender, { name }]) => itemOfTyping(`typing:${sender}`, sender, "", name || handoff?.visitor.name || "")),
  ];
}

/**
 * @param {Message} message
 * @param {number} index
 * @param {{messages: readonly Message[], conversation: import("../chat/conversation.js").Conversation, agent: {name: string},
 *   outgoing: readonly import("../chat/outbox.js").Entry[], actions: import("../widget/bubble.js").Actions}} around
 * @returns {Item[]}
 */
function itemsOfMessage(message, index, { messages, conversation, agent, outgoing, actions }) {
  const [before, after] = [messages[index - 1], messages[index + 1]];
  const day = before && dayOf(before) === dayOf(message) ? [] : [itemOfDay(message)];
  const isOwn = isOf(agent, message);
  const isLastOwn = isOwn && !messages.slice(index + 1).some((later) => isOf(agent, later)) && !outgoing.length;
  const context = {
    named: !isOwn && message.sender !== "system" && Boolean(message.sender_name) && !isSameRow(before, message),
    meta: isLastOwn ? (conversation.peerRead >= message.seq ? said.read : said.sent) : describe(message),
    ...choosing(index, message.parts, { messages, outgoing: [], state: "agent" }),
    dated: message.sender !== "system" && (!after || !isSameRow(message, after)),
  };
  return [...day, itemOfMessage(message, { isOwn, isLast: !after, context, actions })];
}

/** @param {Message} message @param {{isOwn: boolean, isLast: boolean, context: import("../widget/bubble.js").Context, actions: import("../widget/bubble.js").Actions}} options @returns {Item} */
function itemOfMessage(message, { isOwn, isLast, context, actions }) {
  const { seq, sender, text, html, state, citations, parts, sender_name, client_id, turn_id } = message;
  const was = [client_id && `o:${client_id}`, turn_id != null && `t:${turn_id}`, isLast && `typing:${sender}`];
  const event = sender === "system" && eventOf(parts);
  return {
    key: `m:${seq}`,
    was: /** @type {string[]} */ (was.filter(Boolean)),
    classes: ["bubble", `bubble--${sender}`, event ? `bubble--${event}` : "", isOwn ? "bubble--own" : ""].filter(Boolean).join(" "),
    look: [text, html, state, citations, parts, sender_name, message.feedback, context],
    draw: () => (event === "joined" ? [make("div", { class: "bubble__text", text })] : [...drawMessage(message, context, actions), ...drawWhy(message)]),
  };
}

/** For those who may look inside the bot: from a reply to what it was made of. @param {Message} message */
function drawWhy({ id, sender, turn_id }) {
  if (sender !== "bot" || turn_id == null || !document.querySelector("[data-reads-all]")) return [];
  return [make("a", { class: "bubble__why small muted", href: `/replies/${id}/why/`, text: words.why })];
}

/** @param {import("../chat/outbox.js").Entry} entry @param {import("../widget/bubble.js").Actions} actions @returns {Item} */
const itemOfEntry = (entry, actions) => ({
  key: `o:${entry.client_id}`,
  was: [],
  classes: `bubble bubble--agent bubble--own bubble--${entry.state}`,
  look: [entry.state, entry.text, entry.detail],
  draw: () => drawOutgoing(entry, actions),
});

/** @param {string} key @param {string} sender @param {string} text @param {string} name @returns {Item} */
const itemOfTyping = (key, sender, text, name) => ({
  key,
  was: [],
  classes: `bubble bubble--${sender} bubble--typing`,
  look: [text, name],
  draw: () => drawTyping(text, name),
});

/** @param {Message} message @returns {Item} */
const itemOfDay = (message) => ({
  key: `day:${message.seq}`,
  was: [],
  classes: "day",
  look: sayDay(message),
  draw: () => [make("span", { text: sayDay(message) })],
});

/** That it was chosen and not typed, what a stopped reply cost, what the visitor thinks of it. @param {Message} message */
function describe({ parts, feedback, feedback_text }) {
  if (choiceOf(parts)) return words.chosen;
  const usage = /** @type {import("../chat/frames.js").UsagePart | undefined} */ ((parts ?? []).find(({ type }) => type === "usage"));
  const spent = usage ? words.tokens(usage.tokens_in + usage.tokens_out, usage.estimated) : "";
  const mark = feedback ? (feedback > 0 ? words.helpful : words.unhelpful) : "";
  return [spent, mark && feedback_text ? `${mark}: “${feedback_text}”` : mark].filter(Boolean).join(" · ");
}

/** @param {{name: string}} agent @param {Message} message */
const isOf = ({ name }, { sender, sender_name }) => sender === "agent" && sender_name === name;

/** @param {{created_at: string}} message */
const dayOf = ({ created_at }) => new Date(created_at).toDateString();

/** @param {Message} message */
function sayDay(message) {
  const now = Date.now();
  if (dayOf(message) === new Date(now).toDateString()) return words.today;
  if (dayOf(message) === new Date(now - 86_400_000).toDateString()) return words.yesterday;
  return new Date(message.created_at).toLocaleDateString(undefined, { weekday: "long", day: "numeric", month: "long", year: "numeric" });
}
