import { BaseClient } from "../chat/base_client.js";
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
 * agent. Emits beside what every client does `ready`, `queue` (a queue frame, after it took effect)
 * and `behind` (the queue here is not what the server has).
 */
export class ConsoleClient extends BaseClient {
  handoffs;
  /** How many wait, as the server counts them. */
  waitingCount = 0;
  /** Add to this machine's clock to get the server's, in ms. */
  clockOffset = 0;
  #organisation;
  #broken = false;
  #isSeen;

  /**
   * @param {object} options
   * @param {import("../chat/connection.js").ConnectionOptions} options.connection
   * @param {import("../chat/storage.js").Storage} options.storage
   * @param {any} options.start what `ready` says, as the page brought it
   * @param {() => boolean} options.isSeen whether somebody looks at the open conversation
   */
  constructor({ connection, storage, start, isSeen }) {
    const organisation = start.organisation.slug;
    super({ connection, storage, owner: `agent:${organisation}:${start.agent.id}`, own: "agent", ownName: start.agent.name });
    this.#organisation = organisation;
    this.#isSeen = isSeen;
    this.handoffs = new Handoffs(start.agent);
    this.#takeLists(start);
  }

  get status() {
    return this.connection.status;
  }

  /** @returns {Open | null} */
  get open() {
    const sessionId = this.sessionId;
    if (!sessionId) return null;
    return {
      sessionId,
      conversation: this.conversations.get(sessionId),
      handoff: this.handoffs.ofSession(sessionId),
      outgoing: this.listOutgoing(""),
      broken: this.#broken,
    };
  }

  /** Who types in a conversation that is not on screen. @param {string} sessionId */
  isVisitorTyping(sessionId) {
    return Boolean(this.conversations.find(sessionId)?.typing.has("visitor"));
  }

  /** @param {string} sessionId "" closes what is open */
  show(sessionId) {
    if (sessionId !== this.sessionId) this.typist.stop();
    this.sessionId = sessionId;
    this.#broken = false;
    if (sessionId) this.conversations.sync(this.conversations.get(sessionId));
    this.touch();
  }

  /** @param {import("./handoffs.js").Handoff} handoff as REST gave it */
  take(handoff) {
    this.handoffs.put(handoff);
    this.touch();
  }

  /** @param {string} text @returns {Promise<import("../chat/outbox.js").Entry | null>} */
  async send(text) {
    return this.sessionId ? this.write(text, "") : null;
  }

  /** Everything that is shown was seen, by the one whose conversation it is. */
  read() {
    const handoff = this.open?.handoff;
    if (handoff?.state !== "active" || !this.handoffs.isMine(handoff) || !this.sendRead()) return;
    this.handoffs.noteRead(this.sessionId);
    this.touch();
  }

  /** @param {any} frame */
  onReady(frame) {
    // Another organisation was chosen in another tab: this page shows the wrong one's chats.
    if (frame.organisation.slug !== this.#organisation) return location.reload();
    this.#takeLists(frame);
    super.onReady(frame);
    this.emit("ready");
  }

  /** @param {any} frame */
  onFrame(frame) {
    if (frame.type === "queue") this.#onQueue(frame);
    if (frame.type === "pong") this.#countWaiting(frame.waiting_count);
    if (frame.type === "read" && frame.who.sender === "agent") this.handoffs.noteRead(frame.session_id);
  }

  /** @param {any} lists */
  #takeLists({ waiting, mine, waiting_count, server_time }) {
    this.clockOffset = server_time * 1000 - this.platform.now();
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
  onError(frame) {
    const open = this.open;
    if (frame.code === "not_found" && open && !open.conversation.loaded) {
      this.#broken = true;
      open.conversation.syncing = false;
    } else super.onError(frame);
  }

  /** The log's own copy, with its html, takes the place of the echo. @param {{entry: import("../chat/outbox.js").Entry, seq: number}} sent */
  onSent(sent) {
    super.onSent(sent);
    this.connection.send({ type: "session_sync", session_id: sent.entry.session_id, after_seq: sent.seq - 1 });
  }

  /** @param {{conversation: import("../chat/conversation.js").Conversation, message: import("../chat/frames.js").Message}} logged */
  onLogged({ conversation, message }) {
    this.handoffs.noteMessage(conversation.id, message, conversation.id === this.sessionId && this.#isSeen());
  }
}
