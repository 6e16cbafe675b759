import { Connection } from "../chat/connection.js";
import { Conversations } from "../chat/conversations.js";
import { Emitter } from "../chat/emitter.js";
import { checkText, cleanText } from "../chat/frames.js";
import { Outbox } from "../chat/outbox.js";
import { browserPlatform } from "../chat/platform.js";
import { TypingNotice } from "../chat/typing.js";
import { Handoffs } from "./handoffs.js";

/**
 * @typedef {object} Open the conversation on screen
 * @property {string} sessionId
 * @property {import("./handoffs.js").Handoff | undefined} handoff
 * @property {import("../chat/conversation.js").Conversation} conversation
 * @property {readonly import("../chat/outbox.js").Entry[]} outgoing own messages that are not in the log yet
 * @property {boolean} broken whether it may not be read, or is none
 */

/**
 * The console's side of the wire: one socket, one outbox, the queue and all conversations of one
 * agent. Emits `change` (batched), `logged` (`{conversation, message}`), `notice` (an error that
 * concerns no message), `queue` (a queue frame, after it took effect) and `behind` (the queue
 * here is not what the server has).
 */
export class ConsoleClient extends Emitter {
  handoffs;
  /** How many wait, as the server counts them. */
  waitingCount = 0;
  /** Add to this machine's clock to get the server's, in ms. */
  clockOffset = 0;
  #agent;
  #organisation;
  /** @type {Connection} */
  #connection;
  /** @type {Conversations} */
  #conversations;
  #outbox;
  #typing;
  #sessionId = "";
  #broken = false;
  #changed = false;
  #platform;
  #isSeen = () => true;

  /**
   * @param {object} options
   * @param {import("../chat/connection.js").ConnectionOptions} options.connection
   * @param {import("../chat/storage.js").Storage} options.storage
   * @param {any} options.start what `ready` says, as the page brought it
   * @param {() => boolean} options.isSeen whether somebody looks at the open conversation
   */
  constructor({ connection, storage, start, isSeen }) {
    super();
    this.#platform = connection.platform ?? browserPlatform();
    const send = (/** @type {import("../chat/frames.js").ClientFrame} */ frame) => this.#connection.send(frame);
    this.#agent = start.agent;
    this.#organisation = start.organisation.slug;
    this.#isSeen = isSeen;
    this.handoffs = new Handoffs(start.agent);
    this.#connection = new Connection({ position: () => this.#position(), ...connection });
    this.#conversations = new Conversations({ own: "agent", send, platform: this.#platform });
    this.#outbox = new Outbox({ storage, owner: `agent:${this.#organisation}:${start.agent.id}`, send, platform: this.#platform });
    this.#typing = new TypingNotice(send, this.#platform);
    this.#takeLists(start);
    this.#listen();
  }

  #listen() {
    this.#connection.on("status", () => this.#onStatus());
    this.#connection.on("frame", (frame) => this.#onFrame(frame));
    this.#conversations.on("logged", ({ conversation, message }) => this.#onLogged(conversation, message));
    this.#conversations.on("loaded", (conversation) => this.#forgetStored(conversation));
    this.#conversations.on("change", () => this.#touch());
    this.#outbox.on("change", () => this.#touch());
    this.#outbox.on("sent", (sent) => this.#onSent(sent));
  }

  async start() {
    await this.#outbox.restore();
    this.#connection.start();
  }

  retryNow() {
    this.#connection.retryNow();
  }

  /** For the status line and the diagnostics: everything else goes through this client. */
  get connection() {
    return this.#connection;
  }

  get status() {
    return this.#connection.status;
  }

  get sessionId() {
    return this.#sessionId;
  }

  /** @returns {Open | null} */
  get open() {
    const sessionId = this.#sessionId;
    if (!sessionId) return null;
    const conversation = this.#conversations.get(sessionId);
    const outgoing = this.#outbox.entriesOf({ session_id: sessionId, draft: "" });
    return {
      sessionId,
      conversation,
      handoff: this.handoffs.ofSession(sessionId),
      outgoing: outgoing.filter(({ client_id }) => !conversation.timeline.has(client_id)),
      broken: this.#broken,
    };
  }

  /** Who types in a conversation that is not on screen. @param {string} sessionId */
  isVisitorTyping(sessionId) {
    return Boolean(this.#conversations.find(sessionId)?.typing.has("visitor"));
  }

  /** @param {string} sessionId "" closes what is open */
  show(sessionId) {
    if (sessionId !== this.#sessionId) this.#typing.stop();
    this.#sessionId = sessionId;
    this.#broken = false;
    if (sessionId) this.#conversations.sync(this.#conversations.get(sessionId));
    this.#touch();
  }

  /** @param {import("./handoffs.js").Handoff} handoff as REST gave it */
  take(handoff) {
    this.handoffs.put(handoff);
    this.#touch();
  }

  /** @param {string} text @returns {Promise<import("../chat/outbox.js").Entry | null>} */
  async send(text) {
    const clean = cleanText(text);
    if (!this.#sessionId || checkText(clean)) return null;
    this.#typing.stop();
    return this.#outbox.add({ text: clean, session_id: this.#sessionId, draft: "" });
  }

  /** @param {string} clientId */
  retry(clientId) {
    this.#outbox.retry(clientId);
  }

  /** @param {string} clientId */
  remove(clientId) {
    return this.#outbox.remove(clientId);
  }

  typing() {
    this.#typing.keyPressed(this.#sessionId);
  }

  /** Everything that is shown was seen, by the one whose conversation it is. */
  read() {
    const open = this.open;
    if (!open?.conversation.loaded || !open.handoff || open.handoff.state !== "active" || !this.handoffs.isMine(open.handoff)) return;
    const { conversation } = open;
    const seq = conversation.timeline.through;
    if (seq <= conversation.ownRead) return;
    if (!this.#connection.send({ type: "read", session_id: conversation.id, seq })) return;
    conversation.ownRead = seq;
    this.handoffs.noteRead(conversation.id);
    this.#touch();
  }

  #position() {
    return this.#sessionId ? { session_id: this.#sessionId, last_seq: this.#conversations.get(this.#sessionId).timeline.through } : null;
  }

  #onStatus() {
    if (!this.#connection.isOpen) {
      this.#outbox.pause();
      this.#conversations.cutOff();
    }
    this.#touch();
  }

  /** @param {any} frame */
  #onFrame(frame) {
    if (frame.type === "ready") this.#onReady(frame);
    else if (frame.type === "queue") this.#onQueue(frame);
    else if (frame.type === "accepted") void this.#outbox.accept(frame);
    else if (frame.type === "error") this.#onError(frame);
    else if (frame.type === "pong") this.#onPong(frame);
    else this.#conversations.take(frame);
    if (frame.type === "read" && frame.who.sender === "agent") this.handoffs.noteRead(frame.session_id);
    this.#showGap();
    this.#touch();
  }

  /** @param {any} frame */
  #onReady(frame) {
    // Another organisation was chosen in another tab: this page shows the wrong one's chats.
    if (frame.organisation.slug !== this.#organisation) return location.reload();
    this.#takeLists(frame);
    if (this.#sessionId) this.#conversations.sync(this.#conversations.get(this.#sessionId));
    this.#outbox.resume();
    this.emit("ready");
  }

  /** @param {any} lists */
  #takeLists({ waiting, mine, waiting_count, server_time }) {
    this.clockOffset = server_time * 1000 - this.#platform.now();
    this.waitingCount = waiting_count;
    this.handoffs.replaceOpen([...waiting, ...mine]);
  }

  /** @param {{change: string, handoff: import("./handoffs.js").Handoff, waiting_count: number}} frame */
  #onQueue(frame) {
    this.handoffs.put(frame.handoff);
    this.#countWaiting(frame.waiting_count);
    this.emit("queue", frame);
  }

  /** @param {number | undefined} count */
  #countWaiting(count) {
    if (count === undefined) return;
    this.waitingCount = count;
    const here = this.handoffs.list("waiting").length;
    if (here !== count && Math.min(here, count) < 100) this.emit("behind");
  }

  /** @param {any} frame */
  #onError(frame) {
    if (this.#outbox.refuse(frame)) return;
    const open = this.open;
    if (frame.code === "not_found" && open && !open.conversation.loaded) {
      this.#broken = true;
      open.conversation.syncing = false;
    } else this.emit("notice", frame);
  }

  /** @param {any} frame */
  #onPong({ head_seq, waiting_count }) {
    this.#countWaiting(waiting_count);
    const open = this.open;
    if (!open) return;
    open.conversation.timeline.sawHead(head_seq);
    this.#conversations.fillGap(open.conversation);
  }

  #showGap() {
    const conversation = this.#sessionId ? this.#conversations.get(this.#sessionId) : null;
    this.#connection.showCatchingUp(Boolean(conversation?.loaded && conversation.timeline.hasGap));
  }

  /** The log's own copy, with its html, takes the place of the echo. @param {{entry: import("../chat/outbox.js").Entry, seq: number}} sent */
  #onSent({ entry: { session_id, client_id, text, created_at }, seq }) {
    const echo = { ...ECHO, sender_name: this.#agent.name, client_id, text, created_at, seq };
    this.#conversations.add(this.#conversations.get(session_id), echo);
    this.#connection.send({ type: "session_sync", session_id, after_seq: seq - 1 });
  }

  /** @param {import("../chat/conversation.js").Conversation} conversation @param {import("../chat/frames.js").Message} message */
  #onLogged(conversation, message) {
    if (message.client_id && !message.local) void this.#outbox.forget(message.client_id);
    this.handoffs.noteMessage(conversation.id, message, conversation.id === this.#sessionId && this.#isSeen());
    this.emit("logged", { conversation, message });
  }

  /** @param {import("../chat/conversation.js").Conversation} conversation */
  #forgetStored({ timeline }) {
    for (const { client_id } of timeline.messages) if (client_id) void this.#outbox.forget(client_id);
  }

  /** Tells everybody once, however much changed in this task. */
  #touch() {
    if (this.#changed) return;
    this.#changed = true;
    queueMicrotask(() => {
      this.#changed = false;
      this.emit("change");
    });
  }
}

/** The local copy of an own message until the log's is read. @type {any} */
const ECHO = { sender: "agent", html: "", parts: [], citations: [], state: "sent", turn_id: null, local: true };
