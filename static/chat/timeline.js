/**
 * @typedef {import("./frames.js").Message} Message
 * @typedef {{turn_id: number | string, text: string}} Turn a reply on its way
 * @typedef {{before: string, pieces: Map<number, string>, cut: boolean}} Streamed what is known of a reply: what was
 *   shown before the socket was lost, what came on this one, and whether nothing did
 */

/**
 * The log of one conversation as this page knows it. Pure: no socket, no clock.
 *
 * Only what follows without a gap from number 1 is shown. A message beyond a gap is kept aside
 * until the gap is filled; what arrives twice changes nothing, save that the log's own copy takes
 * the place of the local echo of one's own message, and that a row changes: its state (interrupted,
 * superseded by a new try, erased) or what the visitor thinks of it.
 */
export class Timeline {
  /** @type {Message[]} */
  #messages = [];
  /** @type {Map<number, Message>} */
  #beyond = new Map();
  /** @type {Set<string>} */
  #clientIds = new Set();
  /** @type {Map<number | string, Streamed>} */
  #turns = new Map();
  /** How turns ended, by id; "" where only the reply is known. @type {Map<number | string, string>} */
  #outcomes = new Map();
  /** The newest turn that failed and left nothing in the log, until somebody writes again. @type {number | string | null} */
  #lost = null;
  #head = 0;

  /** Messages 1 … `through`, in order. @returns {readonly Message[]} */
  get messages() {
    return this.#messages;
  }

  /** Every number up to this one is here. */
  get through() {
    return this.#messages.length;
  }

  /** The highest number that the server is known to have. */
  get head() {
    return this.#head;
  }

  get hasGap() {
    return this.#head > this.through;
  }

  /** @param {string | null} clientId */
  has(clientId) {
    return clientId !== null && this.#clientIds.has(clientId);
  }

  /**
   * @param {Message} message
   * @returns {boolean} whether anything changed
   */
  add(message) {
    const { seq } = message;
    if (!Number.isInteger(seq) || seq < 1) return false;
    this.sawHead(seq);
    if (seq <= this.through) return this.#replace(message);
    const kept = this.#beyond.get(seq);
    if (kept && !isNewer(message, kept)) return false;
    this.#beyond.set(seq, message);
    this.#closeUp();
    return true;
  }

  /** @param {Message[]} messages */
  addAll(messages) {
    return messages.map((message) => this.add(message)).some(Boolean);
  }

  /** @param {number | null | undefined} seq the number of the newest message at the server */
  sawHead(seq) {
    if (seq && seq > this.#head) this.#head = seq;
  }

  /**
   * Takes the server's word for where the log ends: a page that ends there closes any gap
   * that a mistaken number claimed beyond it.
   * @param {number} seq
   */
  endsAt(seq) {
    if (seq !== this.through) return;
    this.#head = seq;
    this.#beyond.clear();
  }

  /** @param {Message} message */
  #replace(message) {
    if (!isNewer(message, this.#messages[message.seq - 1])) return false;
    this.#messages[message.seq - 1] = message;
    if (message.turn_id != null) this.finishTurn(message.turn_id);
    return true;
  }

  #closeUp() {
    for (let next; (next = this.#beyond.get(this.through + 1)); ) {
      this.#beyond.delete(next.seq);
      this.#messages.push(next);
      if (next.client_id) this.#clientIds.add(next.client_id);
      if (next.turn_id != null) this.finishTurn(next.turn_id);
      this.#lost = null;
    }
  }

  /** The turn that may be tried again: the newest, when it failed or was interrupted. @returns {number | string | null} */
  get failedTurn() {
    if (this.#turns.size) return null;
    const last = this.#messages.at(-1);
    const failed = last?.sender === "bot" && (last.state === "interrupted" || this.#outcomes.get(last.turn_id ?? "") === "failed");
    return failed && last.state !== "superseded" ? last.turn_id ?? null : this.#lost;
  }

  /** Replies on their way, oldest first. @returns {Turn[]} */
  get turns() {
    return [...this.#turns].map(([turn_id, streamed]) => ({ turn_id, text: textOf(streamed) }));
  }

  /** @param {number | string} turnId */
  beginTurn(turnId) {
    if (this.#outcomes.has(turnId)) return;
    const known = this.#turns.get(turnId);
    if (known) known.cut = false;
    else this.#turns.set(turnId, { before: "", pieces: new Map(), cut: false });
    this.#lost = null;
  }

  /**
   * @param {number | string} turnId
   * @param {number} index
   * @param {string} delta
   * @param {boolean} [whole] `delta` is everything up to this piece: it stands for those that this page missed
   */
  addText(turnId, index, delta, whole = false) {
    this.beginTurn(turnId);
    const pieces = this.#turns.get(turnId)?.pieces;
    if (!pieces) return;
    if (whole) for (let at = 0; at <= index; at += 1) pieces.set(at, at ? "" : delta);
    else if (!pieces.has(index)) pieces.set(index, delta);
  }

  /** @param {number | string} turnId @param {string} [outcome] where `complete` says it */
  finishTurn(turnId, outcome = "") {
    this.#turns.delete(turnId);
    if (this.#outcomes.get(turnId)) return;
    this.#outcomes.set(turnId, outcome);
    if (outcome === "failed" && !this.#messages.some(({ turn_id }) => turn_id === turnId)) this.#lost = turnId;
  }

  /** A lost socket: what was shown of a reply stays, what follows is counted afresh. */
  cutTurns() {
    for (const [turnId, streamed] of this.#turns) this.#turns.set(turnId, { before: textOf(streamed), pieces: new Map(), cut: true });
  }

  /** Whether there are turns of which nothing came since the socket was lost. */
  get hasCutTurns() {
    return [...this.#turns.values()].some(({ cut }) => cut);
  }

  /** They have ended, and nobody told. */
  forgetCutTurns() {
    for (const [turnId, { cut }] of this.#turns) if (cut) this.#turns.delete(turnId);
  }
}

/** @type {Record<string, number>} */
const STAGES = { superseded: 1, erased: 2 };

/** The log's copy is newer than the echo; of two copies, the later one whose state is as far on and that says something else. @param {Message} message @param {Message} known */
function isNewer(message, known) {
  if (known.local || message.local) return Boolean(known.local && !message.local);
  const differs = ["state", "feedback", "feedback_text"].some((name) => /** @type {any} */ (message)[name] !== /** @type {any} */ (known)[name]);
  return differs && (STAGES[message.state] ?? 0) >= (STAGES[known.state] ?? 0);
}

/** The text as far as it is whole: whoever joins in the middle waits for the saved reply. @param {Streamed} streamed */
function textOf({ before, pieces }) {
  let text = "";
  for (let index = 0; pieces.has(index); index += 1) text += pieces.get(index);
  return text.length > before.length ? text : before;
}
