import { isPassing } from "./codes.js";
import { Emitter } from "./emitter.js";
import { byOrder, isEntry, threadOf } from "./entries.js";
import { browserPlatform } from "./platform.js";
import { Tabs } from "./tabs.js";

const ACCEPT_WITHIN_MS = 15_000;

/** @typedef {import("./entries.js").Entry} Entry */

/**
 * Keeps every message until the server has committed it. All tabs of a browser share one: each
 * writes into the same store and shows the same entries in the same states, and the one that
 * leads (see Tabs) sends them all.
 *
 * In each conversation one message is on its way at a time, so their order holds whatever is
 * resent. A message goes out with the same `client_id` every time; one that is refused steps
 * aside. The first of a new conversation goes with an empty `session_id`, those behind it wait
 * for the id, in whichever tab they were written. Emits `change`, and `sent` (`{entry, seq}`)
 * once a message is in the log, in every tab.
 */
export class Outbox extends Emitter {
  #storage;
  #prefix;
  #send;
  #platform;
  #tabs;
  /** @type {Entry[]} in order of writing */
  #entries = [];
  /** Those that were dropped: what is still said about them comes late. @type {Set<string>} */
  #gone = new Set();
  /** Those that are being stored, and not to be sent before. @type {Set<string>} */
  #storing = new Set();
  /** Those of other tabs, where each tab sends its own. @type {Set<string>} */
  #theirs = new Set();
  /** The conversations that drafts have become. @type {Map<string, string>} */
  #opened = new Map();
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
    this.#tabs = new Tabs(`parley:outbox:${owner}`, platform);
    this.#tabs.on("lead", (leads) => (leads ? this.#takeOver() : this.#requeue()));
    this.#tabs.on("heard", (message) => this.#hear(message));
  }

  /** Takes up what earlier pages and other tabs have put into the store. */
  async restore() {
    const found = (await this.#storage.list(this.#prefix)).filter((entry) => isEntry(entry) && !this.#find(entry.client_id));
    for (const entry of found) this.#put({ ...entry, state: entry.state === "failed" ? "failed" : "queued" });
    // Whoever leads may not have heard of these: their tab is gone.
    if (found.length) this.#tabs.say({ look: true });
    this.#touch();
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
   * @param {{text: string, choice?: string, session_id: string, draft: string}} message
   * @returns {Promise<Entry>} kept, and on its way where a socket is open
   */
  async add({ text, choice, session_id, draft }) {
    const now = this.#platform.now();
    // After everything that any tab wrote before, as far as this one knows or the clock tells.
    const order = Math.max(this.#order + 1, now);
    /** @type {Entry} */
    const entry = { client_id: this.#platform.uuid(), session_id, draft, text, choice, created_at: new Date(now).toISOString(), order, state: "queued" };
    this.#put(entry);
    this.#storing.add(entry.client_id);
    this.#touch();
    await this.#keep(entry);
    this.#storing.delete(entry.client_id);
    this.#flush();
    return entry;
  }

  /** A draft turns out to be a conversation that the server has. @param {string} draft @param {string} session_id */
  settleDraft(draft, session_id) {
    for (const entry of this.#rename(draft, session_id)) void this.#keep(entry);
  }

  /** The socket is ready: everything not yet accepted goes out again, in order. */
  resume() {
    this.#open = true;
    if (this.#tabs.leads) this.#takeOver();
    else this.#tabs.compete();
    this.#touch();
  }

  /** The socket is gone. */
  pause() {
    this.#open = false;
    this.#requeue();
    this.#tabs.withdraw();
    this.#touch();
  }

  /**
   * @param {import("./frames.js").AcceptedFrame} frame
   * @returns {Promise<void>}
   */
  async accept({ client_id, session_id, seq }) {
    const entry = this.#find(client_id);
    if (!entry) return;
    const sent = { entry: { ...entry, session_id }, seq };
    const renamed = this.#noteSent(sent);
    // The id is kept with those that wait before the one that brought it is forgotten.
    const kept = Promise.all(renamed.map((other) => this.#keep(other)));
    this.#tabs.say({ sent });
    this.#flush();
    await kept;
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
    this.#touch();
    this.#flush();
    return true;
  }

  /** @param {string} clientId */
  retry(clientId) {
    const entry = this.#find(clientId);
    if (!entry || entry.state !== "failed") return;
    Object.assign(entry, { state: "queued", code: undefined, detail: undefined });
    this.#theirs.delete(clientId);
    void this.#keep(entry);
    this.#touch();
    this.#flush();
  }

  /** @param {string} clientId */
  async remove(clientId) {
    const entry = this.#find(clientId);
    if (entry && entry.state !== "sending") await this.#forsake(entry);
  }

  /** A message that the log turned out to hold already (its acknowledgement was lost). @param {string} clientId */
  async forget(clientId) {
    const entry = this.#find(clientId);
    if (entry?.session_id) await this.#forsake(entry);
  }

  /** @param {Entry} entry */
  async #forsake(entry) {
    this.#drop(entry.client_id);
    this.#tabs.say({ gone: entry.client_id });
    this.#touch();
    this.#flush();
    await this.#storage.delete(this.#prefix + entry.client_id);
  }

  // Other tabs -----------------------------------------------------------------------------------------------------
  /** @param {{entry?: Entry, sent?: {entry: Entry, seq: number}, gone?: string, look?: boolean}} message */
  #hear({ entry, sent, gone, look }) {
    if (entry) this.#hearOf(entry);
    if (sent) this.#noteSent(sent);
    // What is on its way from here is told by its answer.
    if (gone && !this.#timers.has(gone)) this.#drop(gone);
    if (look && this.#tabs.leads) void this.restore();
    this.#touch();
    this.#flush();
  }

  /** @param {Entry} entry */
  #hearOf(entry) {
    const { client_id, session_id } = entry;
    const known = this.#find(client_id);
    if (!known && !this.#tabs.areShared) this.#theirs.add(client_id);
    // What this tab has on its way is nobody else's to say.
    if (this.#timers.has(client_id)) return;
    if (known) Object.assign(known, { code: undefined, detail: undefined }, entry, { session_id: session_id || known.session_id });
    else this.#put(entry);
    if (!session_id && this.#tabs.leads && this.#find(client_id)?.session_id) void this.#keep(known ?? entry);
  }

  /** This tab leads from now on. What the last one had on its way goes out again. */
  #takeOver() {
    this.#requeue();
    this.#theirs.clear();
    // What a tab wrote that died before it could say so stands in the store alone.
    void this.restore();
  }

  /**
   * A message is in the log, so its conversation has an id.
   * @param {{entry: Entry, seq: number}} sent
   * @returns {Entry[]} those that waited for the id
   */
  #noteSent({ entry, seq }) {
    const { client_id, draft, session_id } = entry;
    this.#drop(client_id);
    const renamed = this.#rename(draft, session_id);
    this.emit("sent", { entry, seq });
    this.#touch();
    return renamed;
  }

  /** @param {string} draft @param {string} session_id */
  #rename(draft, session_id) {
    this.#opened.set(draft, session_id);
    const renamed = this.#entries.filter((entry) => !entry.session_id && entry.draft === draft);
    for (const entry of renamed) entry.session_id = session_id;
    return renamed;
  }

  // Sending ----------------------------------------------------------------------------------------------------------
  #flush() {
    if (!this.#open || !this.#tabs.leads) return;
    const seen = new Set();
    for (const entry of this.#entries.filter(({ state, client_id }) => state !== "failed" && !this.#theirs.has(client_id))) {
      const thread = threadOf(entry);
      if (!seen.has(thread) && this.#isReady(entry)) this.#transmit(entry);
      seen.add(thread);
    }
  }

  /** @param {Entry} entry */
  #isReady({ state, client_id }) {
    return state === "queued" && !this.#timers.has(client_id) && !this.#storing.has(client_id);
  }

  /** @param {Entry} entry */
  #transmit(entry) {
    const { client_id, session_id, text, choice } = entry;
    const frame = choice ? { type: "choose", client_id, session_id, choice } : { type: "message", client_id, session_id, text };
    if (!this.#send(frame)) return;
    entry.state = "sending";
    this.#tabs.say({ entry });
    this.#wait(entry, ACCEPT_WITHIN_MS);
    this.#touch();
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
      const wasOurs = this.#timers.has(entry.client_id);
      this.#clearTimer(entry.client_id);
      if (entry.state !== "sending") continue;
      entry.state = "queued";
      if (wasOurs) this.#tabs.say({ entry });
    }
    this.#touch();
  }

  // Keeping ----------------------------------------------------------------------------------------------------------
  /** @param {Entry} entry */
  #put(entry) {
    if (this.#gone.has(entry.client_id)) return;
    this.#entries.push(entry);
    this.#entries.sort(byOrder);
    this.#order = Math.max(this.#order, entry.order);
    if (!entry.session_id) entry.session_id = this.#opened.get(entry.draft) ?? "";
  }

  /** Kept first, told afterwards: no tab may send what a crash could still take away. @param {Entry} entry */
  async #keep(entry) {
    await this.#storage.put(this.#prefix + entry.client_id, { ...entry });
    // It may be gone again, or have got its conversation's id, while it was being stored.
    if (this.#gone.has(entry.client_id)) return this.#storage.delete(this.#prefix + entry.client_id);
    this.#tabs.say({ entry });
  }

  /** @param {string} clientId */
  #find(clientId) {
    return this.#entries.find((entry) => entry.client_id === clientId);
  }

  /** @param {string} clientId */
  #drop(clientId) {
    this.#clearTimer(clientId);
    this.#gone.add(clientId);
    this.#theirs.delete(clientId);
    this.#entries = this.#entries.filter((entry) => entry.client_id !== clientId);
  }

  /** @param {string} clientId */
  #clearTimer(clientId) {
    this.#platform.clearTimeout(this.#timers.get(clientId));
    this.#timers.delete(clientId);
  }

  #touch() {
    this.#tabs.watch(this.#entries.some(({ state }) => state !== "failed"));
    this.emit("change");
  }
}
