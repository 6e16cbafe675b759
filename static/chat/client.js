import { State } from "./codes.js";
import { Connection } from "./connection.js";
import { Conversations } from "./conversations.js";
import { Emitter } from "./emitter.js";
import { checkText, cleanText } from "./frames.js";
import { Outbox } from "./outbox.js";
import { browserPlatform } from "./platform.js";
import { TypingNotice } from "./typing.js";

/**
 * @typedef {object} Snapshot everything that a page shows, as of now
 * @property {Readonly<import("./connection.js").Status>} connection
 * @property {import("./frames.js").Bot | null} bot
 * @property {import("./frames.js").SessionSummary[]} sessions latest first
 * @property {string} sessionId "" while the conversation is new
 * @property {string} thread stays the same while one conversation is open, also when it gets its id
 * @property {string} state bot, waiting, agent or closed
 * @property {import("./conversation.js").Person | null} agent
 * @property {number | null} position
 * @property {number | null} waitS
 * @property {boolean} loading
 * @property {readonly import("./frames.js").Message[]} messages
 * @property {import("./timeline.js").Turn[]} turns replies on their way
 * @property {readonly import("./outbox.js").Entry[]} outgoing own messages that are not in the log yet
 * @property {{sender: string, name: string}[]} typing who types
 * @property {number} peerRead
 * @property {number} unread
 */

/**
 * The chat as a page uses it: one socket, one outbox, all conversations of one visitor, one of
 * them open. Emits `change` (batched), `logged` (`{conversation, message}`), `notice` (an error
 * that concerns no message), `frame` (each server frame, after it took effect) and `wire`.
 */
export class ChatClient extends Emitter {
  /** @type {Connection} */
  #connection;
  /** @type {Conversations} */
  #conversations;
  #outbox;
  #typing;
  #newId;
  /** @type {import("./frames.js").SessionSummary[]} */
  #sessions = [];
  /** @type {import("./frames.js").Bot | null} */
  #bot = null;
  #sessionId;
  #draft;
  #thread;
  /** Whether the latest conversation may open by itself: until somebody chose one. */
  #opensLatest;
  /** The new conversation in which a person was asked for before it had an id. */
  #wantsAgent = "";
  #changed = false;

  /**
   * @param {object} options
   * @param {import("./connection.js").ConnectionOptions} options.connection
   * @param {import("./storage.js").Storage} options.storage
   * @param {string} options.owner whose outbox
   * @param {string} [options.sessionId] the conversation to open; else the latest opens by itself
   */
  constructor({ connection, storage, owner, sessionId = "" }) {
    super();
    const platform = connection.platform ?? browserPlatform();
    const send = (/** @type {import("./frames.js").ClientFrame} */ frame) => this.#connection.send(frame);
    this.#newId = platform.uuid;
    this.#draft = this.#thread = platform.uuid();
    this.#sessionId = sessionId;
    this.#opensLatest = !sessionId;
    this.#connection = new Connection({ position: () => this.#position(), ...connection });
    this.#conversations = new Conversations({ own: "visitor", send, platform });
    this.#outbox = new Outbox({ storage, owner, send, platform });
    this.#typing = new TypingNotice(send, platform);
    this.#listen();
  }

  #listen() {
    this.#connection.on("status", () => this.#onStatus());
    this.#connection.on("frame", (frame) => this.#onFrame(frame));
    this.#connection.on("wire", (event) => this.emit("wire", event));
    this.#conversations.on("logged", (logged) => this.#onLogged(logged));
    this.#conversations.on("loaded", (conversation) => this.#onLoaded(conversation));
    this.#conversations.on("change", () => this.#touch());
    this.#outbox.on("change", () => this.#touch());
    this.#outbox.on("sent", (sent) => this.#onSent(sent));
  }

  async start() {
    await this.#outbox.restore();
    const unsent = this.#outbox.entries.find((entry) => !entry.session_id);
    if (unsent && this.#opensLatest) {
      this.#draft = this.#thread = unsent.draft;
      this.#opensLatest = false;
    }
    this.#connection.start();
  }

  stop() {
    this.#connection.stop();
  }

  retryNow() {
    this.#connection.retryNow();
  }

  /** For the status line and the diagnostics: everything else goes through this client. */
  get connection() {
    return this.#connection;
  }

  /** @param {(snapshot: Snapshot) => void} listener called at once and after each change */
  subscribe(listener) {
    listener(this.snapshot());
    return this.on("change", () => listener(this.snapshot()));
  }

  /** @returns {Snapshot} */
  snapshot() {
    const open = this.#open;
    const outgoing = this.#outbox.entriesOf({ session_id: this.#sessionId, draft: this.#draft });
    return {
      connection: this.#connection.status,
      bot: this.#bot,
      sessions: this.#sessions,
      sessionId: this.#sessionId,
      thread: this.#thread,
      state: open?.state ?? "bot",
      agent: open?.agent ?? null,
      position: open?.position ?? null,
      waitS: open?.waitS ?? null,
      loading: this.#isLoading(),
      messages: open?.timeline.messages ?? [],
      turns: open?.timeline.turns ?? [],
      outgoing: outgoing.filter((entry) => !open?.timeline.has(entry.client_id)),
      typing: [...(open?.typing ?? [])].map(([sender, { name }]) => ({ sender, name })),
      peerRead: open?.peerRead ?? 0,
      unread: open?.unread ?? 0,
    };
  }

  /**
   * Keeps a message and sends it as soon as that is possible.
   * @param {string} text
   * @returns {Promise<import("./outbox.js").Entry | null>} null where there is nothing to send, or too much
   */
  async send(text) {
    const clean = cleanText(text);
    if (checkText(clean)) return null;
    this.#opensLatest = false;
    this.#typing.stop();
    return this.#outbox.add({ text: clean, session_id: this.#sessionId, draft: this.#draft });
  }

  /** @param {string} clientId */
  retry(clientId) {
    this.#outbox.retry(clientId);
  }

  /** @param {string} clientId */
  remove(clientId) {
    return this.#outbox.remove(clientId);
  }

  /**
   * Asks for a person. A new conversation is opened by the words that a visitor would use.
   * @param {string} words
   * @returns {Promise<boolean>} whether the wish went out, or waits in the outbox behind those words
   */
  async requestAgent(words) {
    if (this.#sessionId) return this.#connection.send({ type: "request_agent", session_id: this.#sessionId });
    this.#wantsAgent = this.#draft;
    return Boolean(await this.send(words));
  }

  end() {
    return Boolean(this.#sessionId) && this.#connection.send({ type: "end", session_id: this.#sessionId });
  }

  typing() {
    this.#typing.keyPressed(this.#sessionId);
  }

  /** Everything that is shown was seen. */
  read() {
    const open = this.#open;
    const seq = open?.timeline.through ?? 0;
    if (!open?.loaded || seq <= open.ownRead) return;
    if (!this.#connection.send({ type: "read", session_id: open.id, seq })) return;
    open.ownRead = seq;
    this.#summarise(open.id, { unread: 0 });
  }

  /** @param {string} sessionId */
  open(sessionId) {
    this.#typing.stop();
    this.#opensLatest = false;
    this.#thread = sessionId;
    this.#show(sessionId);
  }

  /** Starts afresh; the conversation gets its id with its first message. */
  newSession() {
    this.#typing.stop();
    this.#opensLatest = false;
    this.#draft = this.#thread = this.#newId();
    this.#sessionId = "";
    this.#touch();
  }

  get #open() {
    return this.#conversations.find(this.#sessionId);
  }

  #isLoading() {
    if (this.#sessionId) return !this.#open?.loaded;
    return this.#opensLatest && !this.#bot && this.#connection.status.state === State.CONNECTING;
  }

  #position() {
    const open = this.#open;
    return open ? { session_id: open.id, last_seq: open.timeline.through } : null;
  }

  /** @param {string} sessionId */
  #show(sessionId) {
    this.#sessionId = sessionId;
    this.#conversations.sync(this.#conversations.get(sessionId));
    this.#touch();
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
    else if (frame.type === "accepted") void this.#outbox.accept(frame);
    else if (frame.type === "error") this.#outbox.refuse(frame) || this.emit("notice", frame);
    else if (frame.type === "pong") this.#onPong(frame);
    else if (frame.type === "configuration") this.#bot = frame.bot ?? this.#bot;
    else this.#conversations.take(frame);
    if (frame.type === "state") this.#summarise(frame.session_id, { state: frame.state });
    this.#showGap();
    this.emit("frame", frame);
    this.#touch();
  }

  /** @param {import("./frames.js").ReadyFrame} frame */
  #onReady({ bot, sessions }) {
    this.#bot = bot ?? this.#bot;
    this.#sessions = sessions ?? [];
    for (const { session_id, head_seq } of this.#sessions) this.#conversations.find(session_id)?.timeline.sawHead(head_seq);
    if (this.#opensLatest && this.#sessions.length) this.#sessionId = this.#thread = this.#sessions[0].session_id;
    this.#opensLatest = false;
    if (this.#sessionId) this.#conversations.sync(this.#conversations.get(this.#sessionId));
    this.#outbox.resume();
  }

  /** @param {import("./frames.js").PongFrame} frame */
  #onPong({ head_seq }) {
    const open = this.#open;
    if (!open) return;
    open.timeline.sawHead(head_seq);
    this.#conversations.fillGap(open);
  }

  /** A gap in what is shown is said, save while the log is read for the first time. */
  #showGap() {
    const open = this.#open;
    this.#connection.showCatchingUp(Boolean(open?.loaded && open.timeline.hasGap));
  }

  /** @param {{entry: import("./outbox.js").Entry, seq: number}} sent */
  #onSent({ entry, seq }) {
    const conversation = this.#conversations.get(entry.session_id);
    if (entry.draft === this.#draft && !this.#sessionId) this.#sessionId = entry.session_id;
    const { client_id, text, created_at } = entry;
    this.#conversations.add(conversation, { ...ECHO, client_id, text, created_at, seq });
    if (seq === 1) this.#onOpened(conversation, entry.draft);
  }

  /**
   * The message that opens a conversation is all of its log, unless it was sent before and only
   * its acknowledgement was lost: the log knows.
   * @param {import("./conversation.js").Conversation} conversation
   * @param {string} draft
   */
  #onOpened(conversation, draft) {
    conversation.loaded = true;
    this.#conversations.sync(conversation);
    if (this.#wantsAgent !== draft) return;
    this.#wantsAgent = "";
    this.#connection.send({ type: "request_agent", session_id: conversation.id });
  }

  /** @param {{conversation: import("./conversation.js").Conversation, message: import("./frames.js").Message}} logged */
  #onLogged({ conversation, message }) {
    if (message.client_id && !message.local) void this.#outbox.forget(message.client_id);
    this.#summarise(conversation.id, { last_message: message.text, last_message_at: message.created_at });
    this.emit("logged", { conversation, message });
  }

  /** @param {import("./conversation.js").Conversation} conversation */
  #onLoaded(conversation) {
    const summary = this.#sessions.find(({ session_id }) => session_id === conversation.id);
    conversation.startUnread(summary?.unread ?? 0);
    for (const { client_id } of conversation.timeline.messages) if (client_id) void this.#outbox.forget(client_id);
  }

  /** Keeps the list as the server would order it. @param {string} id @param {object} more */
  #summarise(id, more) {
    const blank = { session_id: id, state: "bot", last_message: "", last_message_at: "", unread: 0, head_seq: 0 };
    const known = this.#sessions.find((one) => one.session_id === id) ?? blank;
    const conversation = this.#conversations.find(id);
    const summary = { ...known, unread: conversation?.unread ?? 0, ...more, head_seq: conversation?.timeline.head ?? 0 };
    const rest = this.#sessions.filter((one) => one !== known);
    const time = (/** @type {{last_message_at: string}} */ one) => Date.parse(one.last_message_at) || 0;
    this.#sessions = [summary, ...rest].sort((one, other) => time(other) - time(one));
    this.#touch();
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
const ECHO = { sender: "visitor", sender_name: "", html: "", parts: [], citations: [], state: "sent", turn_id: null, local: true };
