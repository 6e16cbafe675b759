/**
 * @typedef {object} Handoff as the protocol describes it
 * @property {string} id
 * @property {string} session_id
 * @property {"waiting" | "active" | "ended"} state
 * @property {string} reason
 * @property {{name: string, slug: string}} bot
 * @property {{id: string, name: string, phone: string, locale: string, page: string}} visitor
 * @property {{id: number, name: string} | null} agent
 * @property {number | null} position
 * @property {string} started_at
 * @property {string | null} accepted_at
 * @property {string | null} ended_at
 * @property {string} ended_by
 * @property {string} last_message_at
 * @property {string} last_message
 * @property {"visitor" | "bot" | "agent" | ""} last_sender
 * @property {number} unread_count
 * @property {number} message_count
 * @property {number} waiting_s
 * @property {number | null} duration_s
 *
 * @typedef {"waiting" | "mine" | "all" | "history"} Tab
 * @typedef {{id: number, name: string, role: string}} Agent
 */

/**
 * Every handoff that this console knows, and in which list each belongs. Pure: no socket, no clock.
 * What is told twice changes nothing; a list that is not read to its end says so elsewhere.
 */
export class Handoffs {
  /** @type {Map<string, Handoff>} */
  #known = new Map();
  #agent;

  /** @param {Agent} agent */
  constructor(agent) {
    this.#agent = agent;
  }

  get readsEverything() {
    return this.#agent.role !== "agent";
  }

  /** @param {string} id */
  find(id) {
    return this.#known.get(id);
  }

  /** The conversation's handoff: the open one, else the one that ended last. @param {string} sessionId */
  ofSession(sessionId) {
    const found = [...this.#known.values()].filter(({ session_id }) => session_id === sessionId);
    return found.find(({ state }) => state !== "ended") ?? found.sort(byEnd)[0];
  }

  /** The server's list of what is open takes the place of what was known; ended ones stay. @param {Handoff[]} open */
  replaceOpen(open) {
    for (const [id, { state }] of this.#known) if (state !== "ended") this.#known.delete(id);
    this.putAll(open);
  }

  /** The same for those who wait only. @param {Handoff[]} waiting */
  replaceWaiting(waiting) {
    for (const [id, { state }] of this.#known) if (state === "waiting") this.#known.delete(id);
    this.putAll(waiting);
  }

  /** @param {Handoff[]} handoffs */
  putAll(handoffs) {
    for (const handoff of handoffs) this.put(handoff);
  }

  /** @param {Handoff} handoff an ended one never comes back to life */
  put(handoff) {
    const known = this.#known.get(handoff.id);
    if (known?.state === "ended" && handoff.state !== "ended") return;
    if (known?.state === "active" && handoff.state === "waiting") return;
    this.#known.set(handoff.id, handoff);
  }

  /**
   * A message joined the log of a conversation.
   * @param {string} sessionId
   * @param {import("../chat/frames.js").Message} message
   * @param {boolean} seen whether the agent has it before their eyes
   */
  noteMessage(sessionId, { sender, text, created_at, seq }, seen) {
    const handoff = this.ofSession(sessionId);
    if (!handoff || handoff.state === "ended" || seq <= handoff.message_count) return;
    const talk = sender === "system" ? {} : { last_sender: sender, last_message: preview(text, sender), last_message_at: created_at };
    const unread_count = handoff.unread_count + (sender === "visitor" && !seen ? 1 : 0);
    this.#known.set(handoff.id, { ...handoff, ...talk, unread_count, message_count: seq });
  }

  /** @param {string} sessionId */
  noteRead(sessionId) {
    const handoff = this.ofSession(sessionId);
    if (handoff?.unread_count) this.#known.set(handoff.id, { ...handoff, unread_count: 0 });
  }

  /** @param {Handoff} handoff */
  isMine({ agent }) {
    return agent?.id === this.#agent.id;
  }

  /** @param {Tab} tab @returns {Handoff[]} in the order of the list */
  list(tab) {
    const found = [...this.#known.values()].filter((handoff) => this.#belongs(handoff, tab));
    return found.sort(tab === "waiting" ? byStart : byLastMessage);
  }

  /** @param {Handoff} handoff @param {Tab} tab */
  #belongs(handoff, tab) {
    if (tab === "waiting") return handoff.state === "waiting";
    if (tab === "mine") return handoff.state === "active" && this.isMine(handoff);
    if (tab === "all") return handoff.state !== "ended";
    return handoff.state === "ended" && (this.readsEverything || this.isMine(handoff));
  }
}

/** The last words for a list, as the server gives them (handoff/shapes.py). @param {string} text @param {string} sender */
const preview = (text, sender) => (sender === "visitor" ? text : text.replace(/[*`#>]+|(?<!\w)_+|_+(?!\w)/g, "")).slice(0, 200);
/** @param {string | null} iso */
const time = (iso) => Date.parse(iso ?? "") || 0;
/** @param {Handoff} one @param {Handoff} other */
const byStart = (one, other) => time(one.started_at) - time(other.started_at);
/** @param {Handoff} one @param {Handoff} other */
const byEnd = (one, other) => time(other.ended_at) - time(one.ended_at);
/** @param {Handoff} one @param {Handoff} other */
const byLastMessage = (one, other) => time(other.last_message_at) - time(one.last_message_at);
