import { choiceOf, drawLost, drawMenu, drawMessage, drawOutgoing, drawTyping, eventOf, groupOf } from "./bubble.js";
import { make } from "./dom.js";
import { words } from "./strings.js";
import { refreshTimes } from "./times.js";

const NEAR_END_PX = 80;
const TIMES_EVERY_MS = 30_000;
const SAME_ROW_MS = 5 * 60_000;

/**
 * @typedef {import("../chat/client.js").Snapshot} Snapshot
 * @typedef {import("../chat/frames.js").Message} Message
 * @typedef {{key: string, was: string[], classes: string, look: unknown, draw: () => Node[]}} Item
 */

/**
 * Draws the conversation. A bubble keeps its element from being typed, over being sent, to being
 * in the log, so nothing flickers and focus stays; what did not change is not touched.
 */
export class Log {
  #list;
  #scroller;
  #jump;
  #actions;
  #thread = "";
  #atEnd = true;
  /** @type {Map<string, {node: HTMLElement, look: string}>} */
  #drawn = new Map();

  /**
   * @param {{list: HTMLElement, scroller: HTMLElement, jump: HTMLElement}} parts
   * @param {import("./bubble.js").Actions} actions
   */
  constructor({ list, scroller, jump }, actions) {
    this.#list = list;
    this.#scroller = scroller;
    this.#jump = jump;
    this.#actions = actions;
    scroller.addEventListener("scroll", () => this.#onScroll(), { passive: true });
    jump.addEventListener("click", () => this.scrollToEnd());
    new ResizeObserver(() => this.#atEnd && this.scrollToEnd()).observe(scroller);
    setInterval(() => refreshTimes(list), TIMES_EVERY_MS);
  }

  /** @param {Snapshot} snapshot @param {import("../chat/frames.js").Bot} bot @param {string} notice */
  draw(snapshot, { greeting, menu, name }, notice) {
    const head = snapshot.loading ? {} : { greeting, menu };
    this.show(snapshot.thread, listItems(snapshot, { ...head, botName: name, notice }, this.#actions));
  }

  /** Draws any list of items; another `thread` starts afresh, at its end. @param {string} thread @param {Item[]} items */
  show(thread, items) {
    if (thread !== this.#thread) this.#startAfresh(thread);
    const before = this.#drawn.size;
    const kept = new Map(items.map((item) => [item.key, this.#place(item)]));
    for (const [key, { node }] of this.#drawn) if (!kept.has(key) && ![...kept.values()].some((one) => one.node === node)) node.remove();
    this.#drawn = kept;
    this.#order(items);
    if (this.#atEnd) this.scrollToEnd();
    else if (kept.size > before) this.#jump.hidden = false;
  }

  scrollToEnd() {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#atEnd = true;
    this.#jump.hidden = true;
  }

  /** @param {string} thread */
  #startAfresh(thread) {
    this.#thread = thread;
    this.#drawn.clear();
    this.#list.replaceChildren();
    this.#atEnd = true;
  }

  #onScroll() {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    this.#atEnd = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    if (this.#atEnd) this.#jump.hidden = true;
  }

  /** @param {Item} item */
  #place({ key, was, classes, look, draw }) {
    const known = [key, ...was].map((name) => this.#drawn.get(name)).find(Boolean);
    const drawn = known ?? { node: make("li"), look: "" };
    const signature = JSON.stringify([classes, look]);
    if (drawn.look === signature) return drawn;
    const open = [...drawn.node.querySelectorAll("details")].map((details) => details.open);
    const focused = focusable(drawn.node).indexOf(/** @type {HTMLElement} */ (document.activeElement));
    drawn.node.className = classes;
    drawn.node.replaceChildren(...draw());
    drawn.node.querySelectorAll("details").forEach((details, index) => (details.open = open[index] ?? false));
    // Whoever pressed a button that is one no more goes on from the log.
    if (focused >= 0) (focusable(drawn.node)[focused] ?? this.#scroller).focus({ preventScroll: true });
    return { node: drawn.node, look: signature };
  }

  /** @param {Item[]} items */
  #order(items) {
    items.forEach(({ key }, index) => {
      const node = /** @type {HTMLElement} */ (this.#drawn.get(key)?.node);
      if (this.#list.children[index] !== node) this.#list.insertBefore(node, this.#list.children[index] ?? null);
    });
  }
}

/** @param {HTMLElement} node @returns {HTMLElement[]} */
const focusable = (node) => [...node.querySelectorAll("button, a, summary")].map((one) => /** @type {HTMLElement} */ (one));

/**
 * @param {Snapshot} snapshot
 * @param {{greeting?: string, menu?: import("../chat/frames.js").Bot["menu"], botName: string, notice: string}} bot
 * @param {import("./bubble.js").Actions} actions
 * @returns {Item[]}
 */
function listItems(snapshot, { greeting, menu, botName, notice }, actions) {
  const { outgoing, turns, typing, agent, failedTurn } = snapshot;
  // A half reply that was tried again has folded away.
  const messages = snapshot.messages.filter(({ state }) => state !== "superseded");
  const shown = { ...snapshot, messages };
  const people = turns.length ? [] : typing;
  const isLost = failedTurn !== null && messages.at(-1)?.turn_id !== failedTurn;
  return [
    ...(notice ? [itemOfNotice(notice)] : []),
    ...(greeting ? [itemOfGreeting(greeting, botName)] : []),
    ...(menu ? [itemOfMenu(menu, choosing(-1, [menu], shown), actions)] : []),
    ...messages.map((message, index) => itemOfMessage(message, index, shown, actions)),
    ...outgoing.map((entry) => itemOfEntry(entry, actions)),
    ...(isLost ? [itemOfLost(actions)] : []),
    ...turns.map(({ turn_id, text }) => itemOfTyping(`t:${turn_id}`, text, botName, messages.at(-1)?.sender !== "bot")),
    ...people.map(({ sender, name }) => itemOfTyping(`typing:${sender}`, "", name || agent?.name || botName)),
  ];
}

/** @param {string} text @returns {Item} */
const itemOfNotice = (text) => ({
  key: "notice",
  was: [],
  classes: "bubble bubble--system",
  look: text,
  draw: () => [make("div", { class: "bubble__text", text })],
});

/** @param {string} greeting @param {string} botName @returns {Item} */
const itemOfGreeting = (greeting, botName) => ({
  key: "greeting",
  was: [],
  classes: "bubble bubble--bot",
  look: [greeting, botName],
  draw: () => [make("span", { class: "bubble__name", text: botName }), make("div", { class: "bubble__text typed", text: greeting })],
});

/** @param {NonNullable<import("../chat/frames.js").Bot["menu"]>} menu @param {{active: boolean, chosen: string}} choice @param {import("./bubble.js").Actions} actions @returns {Item} */
const itemOfMenu = (menu, choice, actions) => ({
  key: "menu",
  was: [],
  classes: "bubble bubble--bot",
  look: [menu, choice],
  draw: () => drawMenu(menu, { ...choice, named: false, meta: "", dated: false }, actions),
});

/** @param {string} key @param {string} text @param {string} name @param {boolean} [named] @returns {Item} */
const itemOfTyping = (key, text, name, named = false) => ({
  key,
  was: [],
  classes: "bubble bubble--bot bubble--typing",
  look: [text, name, named],
  draw: () => drawTyping(text, name, named),
});

/** @param {import("./bubble.js").Actions} actions @returns {Item} */
const itemOfLost = (actions) => ({ key: "lost", was: [], classes: "bubble bubble--bot", look: "", draw: () => drawLost(actions) });

/** @param {import("../chat/outbox.js").Entry} entry @param {import("./bubble.js").Actions} actions @returns {Item} */
const itemOfEntry = (entry, actions) => ({
  key: `o:${entry.client_id}`,
  was: [],
  classes: `bubble bubble--visitor bubble--${entry.state}`,
  look: [entry.state, entry.text, entry.detail],
  draw: () => drawOutgoing(entry, actions),
});

/**
 * What became of the buttons of message `index`: only the newest can be pressed, and only once.
 * @param {number} index
 * @param {import("../chat/frames.js").Part[]} parts
 * @param {{messages: readonly Message[], outgoing: readonly import("../chat/outbox.js").Entry[], state: string}} around
 */
export function choosing(index, parts, { messages, outgoing, state }) {
  const group = groupOf(parts);
  if (!group) return { active: false, chosen: "" };
  const next = messages.findIndex((message, at) => at > index && groupOf(message.parts));
  const later = messages.slice(index + 1, next < 0 ? undefined : next).map(({ sender, parts: own, text }) => ({ id: choiceOf(own), text: sender === "visitor" ? text : "" }));
  const waiting = next < 0 ? outgoing.map(({ choice, text }) => ({ id: choice ?? "", text })) : [];
  const isChosen = (/** @type {{id: string, title: string}} */ { id, title }) =>
    [...later, ...waiting].some((own) => own.id === id || (!own.id && own.text.trim().toLowerCase() === title.toLowerCase()));
  const chosen = (group.buttons ?? []).find(isChosen)?.id ?? "";
  return { active: next < 0 && !chosen && (state === "bot" || state === "closed"), chosen };
}

/**
 * @param {Message} message
 * @param {number} index
 * @param {Snapshot} snapshot
 * @param {import("./bubble.js").Actions} actions
 * @returns {Item}
 */
function itemOfMessage(message, index, snapshot, actions) {
  const context = contextOf(message, index, snapshot);
  const { seq, sender, text, html, state, citations, parts, sender_name, feedback = 0 } = message;
  const was = [
    message.client_id && `o:${message.client_id}`,
    message.turn_id != null && `t:${message.turn_id}`,
    index === snapshot.messages.length - 1 && `typing:${sender}`,
  ];
  const event = sender === "system" && eventOf(parts);
  return {
    key: `m:${seq}`,
    was: /** @type {string[]} */ (was.filter(Boolean)),
    classes: ["bubble", `bubble--${sender}`, event ? `bubble--${event}` : ""].filter(Boolean).join(" "),
    look: [text, html, state, citations, parts, sender_name, feedback, context],
    draw: () => drawMessage(message, context, actions),
  };
}

/** @param {Message} message @param {number} index @param {Snapshot} snapshot @returns {import("./bubble.js").Context} */
function contextOf(message, index, { messages, outgoing, state, peerRead, failedTurn }) {
  const [before, after] = [messages[index - 1], messages[index + 1]];
  const isOwn = message.sender === "visitor";
  const named = !isOwn && Boolean(message.sender_name) && !isSameRow(before, message);
  const isLastOwn = isOwn && !messages.slice(index + 1).some(({ sender }) => sender === "visitor") && !outgoing.length;
  const way = peerRead >= message.seq ? words.read : words.sent;
  return {
    named,
    meta: isLastOwn ? way : "",
    ...choosing(index, message.parts, { messages, outgoing, state }),
    rated: message.sender === "bot" && message.turn_id != null && ["sent", "stopped"].includes(message.state) && !groupOf(message.parts),
    dated: message.sender !== "system" && (!after || !isSameRow(message, after)),
    broken: !after && failedTurn !== null && message.turn_id === failedTurn,
  };
}

/** @param {Message | undefined} one @param {Message} other */
export function isSameRow(one, other) {
  if (!one || one.sender !== other.sender || one.sender_name !== other.sender_name) return false;
  return Date.parse(other.created_at) - Date.parse(one.created_at) < SAME_ROW_MS;
}
