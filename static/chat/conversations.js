import { Conversation } from "./conversation.js";
import { Emitter } from "./emitter.js";

const SYNC_WITHIN_MS = 10_000;
const EMPTY_PAGE_PAUSE_MS = 5_000;
const TYPING_LASTS_MS = 6_000;
const SILENT_TURN_MS = 30_000;

/**
 * All conversations of one socket. Takes the frames that concern a conversation, asks for what
 * is missing, and says what changed: `change` (a Conversation), `logged` (`{conversation,
 * message}`, each message as it arrives, not those read back from the log) and `loaded`.
 */
export class Conversations extends Emitter {
  /** @type {Map<string, Conversation>} */
  #all = new Map();
  /** What was to be read while there was no socket. @type {Set<string>} */
  #wanted = new Set();
  /** What is read in the background, one after the other. @type {string[]} */
  #ahead = [];
  #own;
  #send;
  #platform;

  /**
   * @param {object} options
   * @param {"visitor" | "agent"} options.own which side this page is
   * @param {(frame: import("./frames.js").ClientFrame) => boolean} options.send
   * @param {import("./platform.js").Platform} options.platform
   */
  constructor({ own, send, platform }) {
    super();
    this.#own = own;
    this.#send = send;
    this.#platform = platform;
  }

  /** @param {string} id @returns {Conversation | undefined} */
  find(id) {
    return this.#all.get(id);
  }

  /** @param {string} id @returns {Conversation} made where it is new */
  get(id) {
    const known = this.#all.get(id);
    if (known) return known;
    const conversation = new Conversation(id, this.#own);
    this.#all.set(id, conversation);
    return conversation;
  }

  /**
   * @param {any} frame
   * @returns {boolean} whether it concerned a conversation
   */
  take(frame) {
    const handle = this.#handlers[frame.type];
    if (!handle || !frame.session_id) return false;
    const conversation = this.get(frame.session_id);
    handle(conversation, frame);
    this.emit("change", conversation);
    return true;
  }

  /** A message that is in the log, by whichever way it came. @param {Conversation} conversation @param {import("./frames.js").Message} message */
  add(conversation, message) {
    const isNew = message.seq > conversation.timeline.through;
    conversation.timeline.add(message);
    this.#setTyping(conversation, message.sender, false);
    if (isNew) this.emit("logged", { conversation, message });
    this.fillGap(conversation);
    this.emit("change", conversation);
  }

  /** @param {Conversation} conversation */
  fillGap(conversation) {
    if (conversation.timeline.hasGap) this.sync(conversation);
  }

  /** Asks for whatever follows the last number without a gap; without a socket, once there is one. @param {Conversation} conversation */
  sync(conversation) {
    const { id, timeline } = conversation;
    if (conversation.syncing) return;
    const through = timeline.through;
    conversation.syncing = true;
    if (!this.#send({ type: "session_sync", session_id: id, after_seq: through })) {
      conversation.syncing = false;
      return void this.#wanted.add(id);
    }
    this.#platform.setTimeout(() => {
      if (!conversation.syncing || timeline.through !== through) return;
      conversation.syncing = false;
      this.sync(conversation);
    }, SYNC_WITHIN_MS);
  }

  /** The socket is new: what is on screen is read first, then what was asked for meanwhile. @param {string} first */
  resume(first) {
    const ids = new Set([first, ...this.#wanted].filter(Boolean));
    this.#wanted.clear();
    for (const conversation of [...ids].map((id) => this.get(id))) this.sync(conversation);
  }

  /** Reads these in the background, so that switching to one of them shows it at once. @param {string[]} ids */
  preload(ids) {
    this.#ahead = ids.filter((id) => !this.#all.get(id)?.followed);
    this.#readAhead();
  }

  #readAhead() {
    if ([...this.#all.values()].some(({ syncing }) => syncing)) return;
    const next = this.#ahead.shift();
    if (next) this.sync(this.get(next));
  }

  /** The socket is gone: what was asked will not be answered, what streamed goes on elsewhere. */
  cutOff() {
    this.#ahead = [];
    for (const conversation of this.#all.values()) {
      conversation.syncing = conversation.followed = false;
      conversation.timeline.cutTurns();
      for (const sender of [...conversation.typing.keys()]) this.#setTyping(conversation, sender, false);
      this.emit("change", conversation);
    }
  }

  /** @type {Record<string, (conversation: Conversation, frame: any) => void>} */
  #handlers = {
    working: (conversation, { turn_id }) => {
      conversation.timeline.beginTurn(turn_id);
      // Whoever writes into a closed conversation opens it again, with the bot.
      if (conversation.state === "closed") conversation.takeState({ state: "bot" });
    },
    text: ({ timeline }, { turn_id, index, delta, whole }) => timeline.addText(turn_id, index, delta, whole),
    saved: (conversation, { message }) => this.add(conversation, message),
    message: (conversation, { message }) => this.add(conversation, message),
    complete: ({ timeline }, { turn_id, outcome }) => timeline.finishTurn(turn_id, outcome),
    session_synced: (conversation, frame) => this.#takePage(conversation, frame),
    state: (conversation, frame) => {
      conversation.takeState(frame);
      if (frame.state !== "agent") this.#setTyping(conversation, "agent", false);
    },
    typing: (conversation, { who, on }) => this.#setTyping(conversation, who.sender, on, who.name),
    read: (conversation, { who, seq }) => takeRead(conversation, who.sender, seq),
  };

  /** @param {Conversation} conversation @param {any} frame */
  #takePage(conversation, frame) {
    const first = !conversation.loaded;
    const goOn = conversation.takePage(frame);
    if (goOn) this.sync(conversation);
    // A page that brought nothing although a gap is open: asking again at once would not end.
    else if (conversation.timeline.hasGap)
      this.#platform.setTimeout(() => this.fillGap(conversation), EMPTY_PAGE_PAUSE_MS);
    if (first && conversation.loaded) this.emit("loaded", conversation);
    if (goOn) return;
    this.#endSilentTurns(conversation);
    this.#readAhead();
  }

  /** Of a turn that ended while there was no socket, and left nothing in the log, nobody tells. @param {Conversation} conversation */
  #endSilentTurns(conversation) {
    if (!conversation.timeline.hasCutTurns) return;
    this.#platform.setTimeout(() => {
      conversation.timeline.forgetCutTurns();
      this.emit("change", conversation);
    }, SILENT_TURN_MS);
  }

  /** @param {Conversation} conversation @param {string} sender @param {boolean} on @param {string} [name] */
  #setTyping({ id, typing }, sender, on, name = "") {
    this.#platform.clearTimeout(typing.get(sender)?.timer);
    typing.delete(sender);
    if (!on || sender === this.#own) return;
    const stop = () => typing.delete(sender) && this.emit("change", this.get(id));
    typing.set(sender, { name, timer: this.#platform.setTimeout(stop, TYPING_LASTS_MS) });
  }
}

/** @param {Conversation} conversation @param {string} sender @param {number} seq */
function takeRead(conversation, sender, seq) {
  if (sender === conversation.own) conversation.ownRead = Math.max(conversation.ownRead, seq);
  else conversation.peerRead = Math.max(conversation.peerRead, seq);
}
