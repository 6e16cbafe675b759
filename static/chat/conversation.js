import { Timeline } from "./timeline.js";

/** @typedef {{name: string, avatar?: string}} Person */

/** One conversation as this page knows it: its log, who answers, who types, how far was read. */
export class Conversation {
  timeline = new Timeline();
  /** @type {import("./frames.js").ConversationState} */
  state = "bot";
  /** @type {Person | null} */
  agent = null;
  /** @type {number | null} */
  position = null;
  /** @type {number | null} */
  waitS = null;
  reason = "";
  /** Whether its log was read to the end at least once, so that an empty one is known to be empty. */
  loaded = false;
  /** A `session_sync` is under way. */
  syncing = false;
  /** Its log was read on this socket, which tells of whatever happens in it from then on. */
  followed = false;
  /** The other side has read up to this number. */
  peerRead = 0;
  /** The own side has read up to this number. */
  ownRead = 0;
  /** @type {Map<string, {name: string, timer: any}>} which side types; after its timer, silence means that they stopped */
  typing = new Map();

  /** @param {string} id @param {"visitor" | "agent"} own which side this page is */
  constructor(id, own) {
    this.id = id;
    this.own = own;
  }

  /** @param {Partial<Omit<import("./frames.js").StateFrame, "type">>} frame */
  takeState({ state, agent, position, wait_s, reason }) {
    this.state = state ?? this.state;
    this.agent = agent ?? null;
    this.position = position ?? null;
    this.waitS = wait_s ?? null;
    this.reason = reason ?? "";
  }

  /**
   * @param {import("./frames.js").SyncedFrame} frame
   * @returns {boolean} whether it brought something and there is more to ask for
   */
  takePage(frame) {
    const { messages, head_seq, more, read } = frame;
    const before = this.timeline.through;
    if (frame.agent || frame.state !== this.state) this.takeState(frame);
    this.timeline.addAll(messages);
    this.timeline.sawHead(head_seq);
    if (!more) this.timeline.endsAt(head_seq);
    if (read) this.peerRead = Math.max(this.peerRead, this.own === "agent" ? read.visitor : read.agent);
    this.syncing = false;
    this.followed = true;
    this.loaded ||= !more;
    return this.timeline.through > before && (more || this.timeline.hasGap);
  }

  get unread() {
    return this.timeline.messages.slice(this.ownRead).filter((message) => this.#isTheirs(message)).length;
  }

  /** Takes the server's count of what was not read before this page was opened. @param {number} count */
  startUnread(count) {
    let left = count;
    let seq = this.timeline.through;
    for (; seq > 0 && left > 0; seq -= 1) if (this.#isTheirs(this.timeline.messages[seq - 1])) left -= 1;
    this.ownRead = Math.max(this.ownRead, seq);
  }

  /** @param {import("./frames.js").Message} message */
  #isTheirs({ sender }) {
    return sender !== this.own;
  }
}
