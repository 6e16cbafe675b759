import { isPassing } from "./codes.js";
import { Emitter } from "./emitter.js";
import { browserPlatform } from "./platform.js";

const ACCEPT_WITHIN_MS = 15_000;

/**
 * @typedef {object} Entry one of the visitor's own messages that is not in the log yet
 * @property {string} client_id
 * @property {string} session_id "" as long as its conversation has none
 * @property {string} draft names the conversation until it has an id
 * @property {string} text
 * @property {string} created_at
 * @property {number} order
 * @property {"queued" | "sending" | "failed"} state
 * @property {string} [code] why it failed
 * @property {string} [detail]
 */

/**
 * Keeps every message until the server has committed it.
 *
 * In each conversation one message is on its way at a time, so their order holds whatever is
 * resent. A message goes out with the same `client_id` every time; one that is refused steps
 * aside. The first of a new conversation goes with an empty `session_id`, those behind it wait
 * for the id. Emits `change`, and `sent` (`{entry, seq}`) once a message is in the log.
 */
export class Outbox extends Emitter {
  #storage;
  #prefix;
  #send;
  #platform;
  /** @type {Entry[]} in order of writing */
  #entries = [];
  /** @type {Map<string, any>} client_id → timer */
  #timers = new Map();
  #order = 0;
  #open = false;

  /**
   * @param {object} options
   * @param {import("./storage.js").Storage} options.storage
   * @param {string} options.owner whose messages: the bot's public id, an agent, a test session
   * @param {(frame: import("./frames.js").ClientFrame) => boolean} options.send
   * @param {import("./platform.js").Platform} [options.platform]
   */
  constructor({ storage, owner, send, platform = browserPlatform() }) {
    super();
    this.#storage = storage;
    this.#prefix = `parley:outbox:${owner}:`;
    this.#send = send;
    this.#platform = platform;
  }

  /** Takes up what an earlier page left behind. */
  async restore() {
    const known = new Set(this.#entries.map((entry) => entry.client_id));
    const kept = (await this.#storage.list(this.#prefix)).filter((entry) => isEntry(entry) && !known.has(entry.client_id));
    for (const entry of kept) this.#entries.push({ ...entry, state: entry.state === "failed" ? "failed" : "queued" });
    this.#entries.sort((one, other) => one.order - other.order);
    this.#order = Math.max(0, ...this.#entries.map((entry) => entry.order));
    this.emit("change");
    this.#flush();
  }

  /** @returns {readonly Entry[]} */
  get entries() {
    return this.#entries;
  }

  /** @param {{session_id: string, draft: string}} conversation */
  entriesOf({ session_id, draft }) {
    return this.#entries.filter((entry) => threadOf(entry) === threadOf({ session_id, draft }));
  }

  /**
   * @param {{text: string, session_id: string, draft: string}} message
   * @returns {Promise<Entry>} kept, and on its way where a socket is open
   */
  async add({ text, session_id, draft }) {
    /** @type {Entry} */
    const entry = {
      client_id: this.#platform.uuid(),
      session_id,
      draft,
      text,
      created_at: new Date(this.#platform.now()).toISOString(),
      order: ++this.#order,
      state: "queued",
    };
    this.#entries.push(entry);
    this.emit("change");
    await this.#keep(entry);
    this.#flush();
    return entry;
  }

  /** The socket is ready: everything not yet accepted goes out again, in order. */
  resume() {
    this.#open = true;
    this.#requeue();
    this.#flush();
  }

  /** The socket is gone. */
  pause() {
    this.#open = false;
    this.#requeue();
    this.emit("change");
  }

  /**
   * @param {import("./frames.js").AcceptedFrame} frame
   * @returns {Promise<void>}
   */
  async accept({ client_id, session_id, seq }) {
    const entry = this.#find(client_id);
    if (!entry) return;
    this.#drop(entry);
    const waiting = this.#entries.filter((other) => !other.session_id && other.draft === entry.draft);
    for (const other of waiting) other.session_id = session_id;
    this.emit("sent", { entry: { ...entry, session_id }, seq });
    this.emit("change");
    this.#flush();
    // The id is kept with those that wait before the one that brought it is forgotten.
    await Promise.all(waiting.map((other) => this.#keep(other)));
    await this.#storage.delete(this.#prefix + client_id);
  }

  /**
   * @param {import("./frames.js").ErrorFrame} frame
   * @returns {boolean} whether the error concerned one of these messages
   */
  refuse({ code, detail, client_id, retry_after_s }) {
    const entry = client_id ? this.#find(client_id) : undefined;
    if (!entry) return false;
    if (isPassing(code)) {
      this.#wait(entry, Math.max(1, retry_after_s ?? 1) * 1000);
    } else {
      this.#clearTimer(entry.client_id);
      Object.assign(entry, { state: "failed", code, detail });
      void this.#keep(entry);
    }
    this.emit("change");
    this.#flush();
    return true;
  }

  /** @param {string} clientId */
  retry(clientId) {
    const entry = this.#find(clientId);
    if (!entry || entry.state !== "failed") return;
    Object.assign(entry, { state: "queued", code: undefined, detail: undefined });
    void this.#keep(entry);
    this.emit("change");
    this.#flush();
  }

  /** @param {string} clientId */
  async remove(clientId) {
    const entry = this.#find(clientId);
    if (!entry || entry.state === "sending") return;
    this.#drop(entry);
    this.emit("change");
    this.#flush();
    await this.#storage.delete(this.#prefix + clientId);
  }

  /** A message that the log turned out to hold already (its acknowledgement was lost). @param {string} clientId */
  async forget(clientId) {
    const entry = this.#find(clientId);
    if (!entry || !entry.session_id) return;
    this.#drop(entry);
    this.#flush();
    await this.#storage.delete(this.#prefix + clientId);
  }

  #flush() {
    if (!this.#open) return;
    const seen = new Set();
    for (const entry of this.#entries.filter(({ state }) => state !== "failed")) {
      const thread = threadOf(entry);
      if (!seen.has(thread) && entry.state === "queued" && !this.#timers.has(entry.client_id)) this.#transmit(entry);
      seen.add(thread);
    }
  }

  /** @param {Entry} entry */
  #transmit(entry) {
    const { client_id, session_id, text } = entry;
    if (!this.#send({ type: "message", client_id, session_id, text })) return;
    entry.state = "sending";
    this.#wait(entry, ACCEPT_WITHIN_MS);
    this.emit("change");
  }

  /** Sends it again after a while, should nothing have come of it by then. @param {Entry} entry @param {number} ms */
  #wait(entry, ms) {
    this.#clearTimer(entry.client_id);
    const again = () => {
      this.#timers.delete(entry.client_id);
      if (entry.state !== "failed") entry.state = "queued";
      this.#flush();
    };
    this.#timers.set(entry.client_id, this.#platform.setTimeout(again, ms));
  }

  #requeue() {
    for (const entry of this.#entries) {
      this.#clearTimer(entry.client_id);
      if (entry.state === "sending") entry.state = "queued";
    }
  }

  /** @param {Entry} entry */
  #keep(entry) {
    return this.#storage.put(this.#prefix + entry.client_id, entry);
  }

  /** @param {string} clientId */
  #find(clientId) {
    return this.#entries.find((entry) => entry.client_id === clientId);
  }

  /** @param {Entry} entry */
  #drop(entry) {
    this.#clearTimer(entry.client_id);
    this.#entries = this.#entries.filter((other) => other !== entry);
  }

  /** @param {string} clientId */
  #clearTimer(clientId) {
    this.#platform.clearTimeout(this.#timers.get(clientId));
    this.#timers.delete(clientId);
  }
}

/** @param {{session_id: string, draft: string}} conversation */
const threadOf = ({ session_id, draft }) => (session_id ? `s:${session_id}` : `d:${draft}`);

/** What another version of this page, or a hand, may have left in the store. @param {any} value */
function isEntry(value) {
  return Boolean(value && typeof value.client_id === "string" && typeof value.text === "string" && value.order > 0);
}
