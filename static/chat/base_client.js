import { Connection } from "./connection.js";
import { Conversations } from "./conversations.js";
import { Emitter } from "./emitter.js";
import { checkText, cleanText } from "./frames.js";
import { Outbox } from "./outbox.js";
import { browserPlatform } from "./platform.js";
import { TypingNotice } from "./typing.js";

/**
 * What the visitor's chat and the agents' console have in common: one connection, one outbox, all
 * conversations of one person, one of them on screen. Emits `change` (batched), `logged`
 * (`{conversation, message}`), `sent` (an own message, once it is in the log), `notice` (an error
 * that concerns no message), `frame` (each server frame, after it took effect) and `wire`.
 *
 * A subclass says who writes (`own`, `ownName`) and what it does with frames of its own.
 */
export class BaseClient extends Emitter {
  /** For the status line and the diagnostics too: everything else goes through this client. @type {Connection} */
  connection;
  /** @protected @type {Conversations} */
  conversations;
  /** @protected @type {Outbox} */
  outbox;
  /** @protected @type {TypingNotice} */
  typist;
  /** @protected @type {import("./platform.js").Platform} */
  platform;
  /** The conversation on screen; "" while there is none, or it is new. */
  sessionId = "";
  #echo;
  #changed = false;

  /**
   * @param {object} options
   * @param {import("./connection.js").ConnectionOptions} options.connection
   * @param {import("./storage.js").Storage} options.storage
   * @param {string} options.owner whose outbox
   * @param {"visitor" | "agent"} options.own which side this page is
   * @param {string} [options.ownName]
   */
  constructor({ connection, storage, owner, own, ownName = "" }) {
    super();
    const platform = (this.platform = connection.platform ?? browserPlatform());
    const send = (/** @type {import("./frames.js").ClientFrame} */ frame) => this.connection.send(frame);
    this.#echo = { ...ECHO, sender: own, sender_name: ownName };
    this.connection = new Connection({ position: () => this.#position(), storage, ...connection, platform });
    this.conversations = new Conversations({ own, send, platform });
    this.outbox = new Outbox({ storage, owner, send, platform });
    this.typist = new TypingNotice(send, platform);
    this.#listen();
  }

  #listen() {
    this.connection.on("status", () => this.#onStatus());
    this.connection.on("frame", (frame) => this.#onFrame(frame));
    this.connection.on("wire", (event) => this.emit("wire", event));
    this.conversations.on("logged", (logged) => this.#onLogged(logged));
    this.conversations.on("loaded", (conversation) => this.onLoaded(conversation));
    this.conversations.on("change", () => this.touch());
    this.outbox.on("change", () => this.touch());
    this.outbox.on("sent", (sent) => {
      this.onSent(sent);
      this.emit("sent", sent.entry);
    });
  }

  async start() {
    await this.outbox.restore();
    this.connection.start();
  }

  stop() {
    this.connection.stop();
  }

  retryNow() {
    this.connection.retryNow();
  }

  /** @param {string} clientId a message that failed */
  retry(clientId) {
    this.outbox.retry(clientId);
  }

  /** @param {string} clientId */
  remove(clientId) {
    return this.outbox.remove(clientId);
  }

  typing() {
    this.typist.keyPressed(this.sessionId);
  }

  /** The conversation on screen. @protected */
  get current() {
    return this.sessionId ? this.conversations.find(this.sessionId) : undefined;
  }

  /**
   * @protected
   * @param {string} text
   * @param {string} draft
   * @param {string} [choice] the button whose title this is
   * @returns {Promise<import("./outbox.js").Entry | null>}
   */
  async write(text, draft, choice) {
    const clean = cleanText(text);
    if (checkText(clean)) return null;
    this.typist.stop();
    return this.outbox.add({ text: clean, choice, session_id: this.sessionId, draft });
  }

  /** Own messages of the conversation on screen that are not in the log yet. @protected @param {string} draft */
  listOutgoing(draft) {
    const timeline = this.current?.timeline;
    return this.outbox.entriesOf({ session_id: this.sessionId, draft }).filter(({ client_id }) => !timeline?.has(client_id));
  }

  /** Tells the server that all of the open conversation was seen. @protected @returns {boolean} whether that is news, and went out */
  sendRead() {
    const open = this.current;
    const seq = open?.timeline.through ?? 0;
    if (!open?.loaded || seq <= open.ownRead) return false;
    if (!this.connection.send({ type: "read", session_id: open.id, seq })) return false;
    open.ownRead = seq;
    return true;
  }

  // What subclasses add to -------------------------------------------------------------------------------------------
  /** @protected @param {any} _frame `ready`: the connection is open, and new */
  onReady(_frame) {
    this.conversations.resume(this.sessionId);
    this.outbox.resume();
  }

  /** @protected @param {any} _frame each one, after it took effect here */
  onFrame(_frame) {}

  /** @protected @param {import("./frames.js").ErrorFrame} frame one that concerns no message */
  onError(frame) {
    this.emit("notice", frame);
  }

  /** @protected @param {{conversation: import("./conversation.js").Conversation, message: import("./frames.js").Message}} _logged */
  onLogged(_logged) {}

  /** The log was read to its end for the first time. @protected @param {import("./conversation.js").Conversation} conversation */
  onLoaded({ timeline }) {
    for (const { client_id } of timeline.messages) if (client_id) void this.outbox.forget(client_id);
  }

  /** An own message is in the log. @protected @param {{entry: import("./outbox.js").Entry, seq: number}} sent */
  onSent({ entry: { session_id, client_id, text, choice, created_at }, seq }) {
    const parts = choice ? [{ type: "choice", id: choice }] : [];
    this.conversations.add(this.conversations.get(session_id), { ...this.#echo, client_id, text, parts, created_at, seq });
  }

  /** Tells everybody once, however much changed in this task. @protected */
  touch() {
    if (this.#changed) return;
    this.#changed = true;
    queueMicrotask(() => {
      this.#changed = false;
      this.emit("change");
    });
  }

  // Frames -----------------------------------------------------------------------------------------------------------
  #position() {
    const open = this.current;
    return open ? { session_id: open.id, last_seq: open.timeline.through } : null;
  }

  #onStatus() {
    if (!this.connection.isOpen) {
      this.outbox.pause();
      this.conversations.cutOff();
    }
    this.touch();
  }

  /** @param {any} frame */
  #onFrame(frame) {
    if (frame.type === "ready") this.onReady(frame);
    else if (frame.type === "accepted") void this.outbox.accept(frame);
    else if (frame.type === "error") this.outbox.refuse(frame) || this.onError(frame);
    else if (frame.type === "pong") this.#onPong(frame);
    else this.conversations.take(frame);
    this.onFrame(frame);
    this.#showGap();
    this.emit("frame", frame);
    this.touch();
  }

  /** @param {import("./frames.js").PongFrame} frame */
  #onPong({ head_seq }) {
    const open = this.current;
    if (!open) return;
    open.timeline.sawHead(head_seq);
    this.conversations.fillGap(open);
  }

  /** A gap in what is shown is said, save while the log is read for the first time. */
  #showGap() {
    this.connection.showCatchingUp(Boolean(this.current?.loaded && this.current.timeline.hasGap));
  }

  /** @param {{conversation: import("./conversation.js").Conversation, message: import("./frames.js").Message}} logged */
  #onLogged(logged) {
    const { client_id, local } = logged.message;
    if (client_id && !local) void this.outbox.forget(client_id);
    this.onLogged(logged);
    this.emit("logged", logged);
  }
}

/** The local copy of an own message until the log's is read. @type {any} */
const ECHO = { html: "", parts: [], citations: [], state: "sent", turn_id: null, local: true };
