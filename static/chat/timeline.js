/**
 * @typedef {import("./frames.js").Message} Message
 * @typedef {{turn_id: number | string, text: string}} Turn a reply on its way
 */

/**
 * The log of one conversation as this page knows it. Pure: no socket, no clock.
 *
 * Only what follows without a gap from number 1 is shown. A message beyond a gap is kept aside
 * until the gap is filled; what arrives twice changes nothing, save that the log's own copy takes
 * the place of the local echo of one's own message.
 */
export class Timeline {
  /** @type {Message[]} */
  #messages = [];
  /** @type {Map<number, Message>} */
  #beyond = new Map();
  /** @type {Set<string>} */
  #clientIds = new Set();
  /** @type {Map<number | string, Map<number, string>>} */
  #turns = new Map();
  /** @type {Set<number | string>} */
  #finished = new Set();
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
    if (seq <= this.through) return this.#replaceEcho(message);
    const kept = this.#beyond.get(seq);
    if (kept && !kept.local) return false;
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
  #replaceEcho(message) {
    if (!this.#messages[message.seq - 1].local || message.local) return false;
    this.#messages[message.seq - 1] = message;
    return true;
  }

  #closeUp() {
    for (let next; (next = this.#beyond.get(this.through + 1)); ) {
      this.#beyond.delete(next.seq);
      this.#messages.push(next);
      if (next.client_id) this.#clientIds.add(next.client_id);
      if (next.turn_id != null) this.finishTurn(next.turn_id);
    }
  }

  /** Replies on their way, oldest first. @returns {Turn[]} */
  get turns() {
    return [...this.#turns].map(([turn_id, pieces]) => ({ turn_id, text: joinPieces(pieces) }));
  }

  /** @param {number | string} turnId */
  beginTurn(turnId) {
    if (!this.#finished.has(turnId) && !this.#turns.has(turnId)) this.#turns.set(turnId, new Map());
  }

  /** @param {number | string} turnId @param {number} index @param {string} delta */
  addText(turnId, index, delta) {
    this.beginTurn(turnId);
    const pieces = this.#turns.get(turnId);
    if (pieces && !pieces.has(index)) pieces.set(index, delta);
  }

  /** @param {number | string} turnId */
  finishTurn(turnId) {
    this.#finished.add(turnId);
    this.#turns.delete(turnId);
  }

  /** A lost socket: what streamed so far is not in the log; the log will tell. */
  forgetTurns() {
    this.#turns.clear();
  }
}

/**
 * The text as far as it is whole: whoever joins in the middle waits for the saved reply.
 * @param {Map<number, string>} pieces
 */
function joinPieces(pieces) {
  let text = "";
  for (let index = 0; pieces.has(index); index += 1) text += pieces.get(index);
  return text;
}
