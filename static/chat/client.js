import { BaseClient } from "./base_client.js";
import { State } from "./codes.js";

/**
 * @typedef {object} Snapshot everything that a page shows, as of now
 * @property {Readonly<import("./connection.js").Status>} connection
 * @property {import("./frames.js").Bot | null} bot
 * @property {import("./frames.js").SessionSummary[]} sessions latest first
 * @property {"loading" | "ready" | "failed"} listing how far that list is known
 * @property {string} sessionId "" while the conversation is new
 * @property {string} thread stays the same while one conversation is open, also when it gets its id
 * @property {string} state bot, waiting, agent or closed
 * @property {import("./conversation.js").Person | null} agent
 * @property {number | null} position
 * @property {number | null} waitS
 * @property {boolean} loading
 * @property {readonly import("./frames.js").Message[]} messages
 * @property {import("./timeline.js").Turn[]} turns replies on their way
 * @property {boolean} stopping whether they were asked to stop
 * @property {number | string | null} failedTurn the turn that may be tried again
 * @property {readonly import("./outbox.js").Entry[]} outgoing own messages that are not in the log yet
 * @property {{sender: string, name: string}[]} typing who types
 * @property {number} peerRead
 * @property {number} unread
 */

/** The new conversation of everybody who has none: the same in all tabs, so that they open one together. */
const FIRST = "first";
/** How many conversations are read ahead. */
const PRELOADED = 5;

/**
 * The chat as a page uses it: one connection, one outbox, all conversations of one visitor, one
 * of them open.
 */
export class ChatClient extends BaseClient {
  #listSessions;
  /** @type {import("./frames.js").SessionSummary[]} */
  #sessions = [];
  /** @type {"loading" | "ready" | "failed"} */
  #listing = "loading";
  /** @type {import("./frames.js").Bot | null} */
  #bot = null;
  #draft = FIRST;
  #thread = FIRST;
  /** Whether the latest conversation may open by itself: until somebody chose one. */
  #opensLatest;
  /** The new conversation in which a person was asked for before it had an id. */
  #wantsAgent = "";
  /** Turns that were asked to stop. @type {Set<number | string>} */
  #stopping = new Set();

  /**
   * @param {object} options
   * @param {import("./connection.js").ConnectionOptions} options.connection
   * @param {import("./storage.js").Storage} options.storage
   * @param {string} options.owner whose outbox
   * @param {string} [options.sessionId] the conversation to open; else the latest opens by itself
   * @param {(() => Promise<import("./frames.js").ReadyFrame>) | null} [options.listSessions] asks for the list without a new connection
   */
  constructor({ connection, storage, owner, sessionId = "", listSessions = null }) {
    super({ connection, storage, owner, own: "visitor" });
    this.sessionId = sessionId;
    this.#listSessions = listSessions;
    this.#opensLatest = !sessionId;
  }

  async start() {
    await this.outbox.restore();
    if (this.#opensLatest) this.#openUnsent();
    this.connection.start();
  }

  /** What waits to be sent is shown at once, however long it takes until there is a connection. */
  #openUnsent() {
    const entries = this.outbox.entries.filter(({ session_id, draft }) => session_id || draft !== FIRST);
    const unsent = entries.find(({ session_id }) => !session_id) ?? entries.findLast(({ state }) => state !== "failed");
    if (!unsent) return;
    this.#opensLatest = false;
    this.sessionId = unsent.session_id;
    if (!unsent.session_id) this.#draft = unsent.draft;
    this.#thread = unsent.session_id || unsent.draft;
  }

  /** @param {(snapshot: Snapshot) => void} listener called at once and after each change */
  subscribe(listener) {
    listener(this.snapshot());
    return this.on("change", () => listener(this.snapshot()));
  }

  /** @returns {Snapshot} */
  snapshot() {
    const open = this.current;
    const turns = open?.timeline.turns ?? [];
    return {
      connection: this.connection.status,
      bot: this.#bot,
      sessions: this.#sessions,
      listing: this.#listing,
      sessionId: this.sessionId,
      thread: this.#thread,
      state: open?.state ?? "bot",
      agent: open?.agent ?? null,
      position: open?.position ?? null,
      waitS: open?.waitS ?? null,
      loading: this.#isLoading(),
      messages: open?.timeline.messages ?? [],
      turns,
      stopping: turns.length > 0 && turns.every(({ turn_id }) => this.#stopping.has(turn_id)),
      failedTurn: open?.state === "bot" ? open.timeline.failedTurn : null,
      outgoing: this.listOutgoing(this.#draft),
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
  send(text) {
    return this.write(text, this.#draft);
  }

  /** A button of a menu or an offer: kept and sent like a message. @param {string} choice @param {string} title */
  choose(choice, title) {
    return this.write(title, this.#draft, choice);
  }

  /**
   * Says whether a reply of the bot's helped.
   * @param {number} seq
   * @param {1 | -1} value
   * @param {string} [text] a word about why
   * @returns {boolean} whether that went out
   */
  giveFeedback(seq, value, text = "") {
    return this.connection.send({ type: "feedback", session_id: this.sessionId, seq, value, text });
  }

  /** Asks for the replies on their way to stop. @returns {boolean} whether that went out */
  stopReply() {
    const turns = this.current?.timeline.turns ?? [];
    const asked = turns.filter(({ turn_id }) => this.connection.send({ type: "cancel", session_id: this.sessionId, turn_id }));
    for (const { turn_id } of asked) this.#stopping.add(turn_id);
    this.touch();
    return asked.length > 0;
  }

  /** Asks for a reply that failed or was interrupted once more. @returns {boolean} whether that went out */
  retryReply() {
    const turn_id = this.snapshot().failedTurn;
    return turn_id !== null && this.connection.send({ type: "retry", session_id: this.sessionId, turn_id });
  }

  /**
   * Asks for a person. A new conversation is opened by the words that a visitor would use.
   * @param {string} words
   * @returns {Promise<boolean>} whether the wish went out, or waits in the outbox behind those words
   */
  async requestAgent(words) {
    if (this.sessionId) return this.connection.send({ type: "request_agent", session_id: this.sessionId });
    this.#wantsAgent = this.#draft;
    return Boolean(await this.send(words));
  }

  end() {
    return Boolean(this.sessionId) && this.connection.send({ type: "end", session_id: this.sessionId });
  }

  /** Everything that is shown was seen. */
  read() {
    if (this.sendRead()) this.#summarise(this.sessionId, { unread: 0 });
  }

  /** @param {string} sessionId */
  open(sessionId) {
    this.typist.stop();
    this.#opensLatest = false;
    this.sessionId = this.#thread = sessionId;
    const conversation = this.conversations.get(sessionId);
    if (!conversation.followed) this.conversations.sync(conversation);
    this.touch();
  }

  /** Starts afresh; the conversation gets its id with its first message. */
  newSession() {
    this.typist.stop();
    this.#opensLatest = false;
    this.#draft = this.#thread = this.platform.uuid();
    this.sessionId = "";
    this.touch();
  }

  /** Asks for the list of conversations anew. */
  async refreshSessions() {
    if (!this.#listSessions) return;
    this.#listing = "loading";
    this.touch();
    try {
      this.#takeSessions((await this.#listSessions()).sessions);
    } catch {
      this.#listing = "failed";
    }
    this.touch();
  }

  #isLoading() {
    if (this.sessionId) return !this.current?.loaded;
    return this.#opensLatest && !this.#bot && this.connection.status.state === State.CONNECTING;
  }

  /** @param {import("./frames.js").SessionSummary[]} sessions */
  #takeSessions(sessions) {
    this.#sessions = sessions ?? [];
    this.#listing = "ready";
    for (const { session_id, head_seq } of this.#sessions) this.conversations.find(session_id)?.timeline.sawHead(head_seq);
    this.conversations.preload(this.#sessions.slice(0, PRELOADED).map(({ session_id }) => session_id));
  }

  /** @param {any} frame */
  onFrame(frame) {
    if (frame.type === "configuration") this.#bot = frame.bot ?? this.#bot;
    if (frame.type === "state") this.#summarise(frame.session_id, { state: frame.state });
    if (frame.type === "complete") this.#stopping.delete(frame.turn_id);
  }

  /** @param {import("./frames.js").ReadyFrame} frame */
  onReady(frame) {
    const { bot, sessions } = frame;
    this.#bot = bot ?? this.#bot;
    if (this.#opensLatest && sessions?.length) {
      this.sessionId = this.#thread = sessions[0].session_id;
      // What was written before anybody knew of it belongs to it.
      this.outbox.settleDraft(FIRST, this.sessionId);
    }
    this.#opensLatest = false;
    super.onReady(frame);
    this.#takeSessions(sessions);
  }

  /** @param {{entry: import("./outbox.js").Entry, seq: number}} sent */
  onSent(sent) {
    const { entry, seq } = sent;
    const opens = seq === 1 || !this.conversations.find(entry.session_id);
    if (entry.draft === this.#draft && !this.sessionId) this.sessionId = entry.session_id;
    super.onSent(sent);
    if (opens) this.#onOpened(entry.session_id);
    if (this.#wantsAgent !== entry.draft) return;
    this.#wantsAgent = "";
    this.connection.send({ type: "request_agent", session_id: entry.session_id });
  }

  /**
   * The message that opens a conversation is all of its log, unless it was sent before and only
   * its acknowledgement was lost: the log knows.
   * @param {string} sessionId
   */
  #onOpened(sessionId) {
    const conversation = this.conversations.get(sessionId);
    conversation.loaded ||= conversation.timeline.through > 0;
    this.conversations.sync(conversation);
  }

  /** @param {{conversation: import("./conversation.js").Conversation, message: import("./frames.js").Message}} logged */
  onLogged({ conversation, message }) {
    this.#summarise(conversation.id, { last_message: message.text, last_message_at: message.created_at });
  }

  /** @param {import("./conversation.js").Conversation} conversation */
  onLoaded(conversation) {
    const summary = this.#sessions.find(({ session_id }) => session_id === conversation.id);
    conversation.startUnread(summary?.unread ?? 0);
    super.onLoaded(conversation);
  }

  /** Keeps the list as the server would order it. @param {string} id @param {object} more */
  #summarise(id, more) {
    const blank = { session_id: id, state: "bot", last_message: "", last_message_at: "", unread: 0, head_seq: 0 };
    const known = this.#sessions.find((one) => one.session_id === id) ?? blank;
    const conversation = this.conversations.find(id);
    const summary = { ...known, unread: conversation?.unread ?? 0, ...more, head_seq: conversation?.timeline.head ?? 0 };
    const rest = this.#sessions.filter((one) => one !== known);
    const time = (/** @type {{last_message_at: string}} */ one) => Date.parse(one.last_message_at) || 0;
    this.#sessions = [summary, ...rest].sort((one, other) => time(other) - time(one));
    this.touch();
  }
}
