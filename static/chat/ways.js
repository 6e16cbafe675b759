import { isOurs } from "./codes.js";
import { SocketTransport } from "./socket_transport.js";
import { Timers } from "./timers.js";

const REFUSED_AT_FIRST = 2;
const REFUSED_LATER = 3;
const BACK_AFTER_MS = 60_000;
const BACK_MOST_MS = 600_000;
const READY_WITHIN_MS = 10_000;

/** @typedef {import("./socket_transport.js").Transport} Transport */

/**
 * Which way to the server: the socket, or plain HTTP where sockets never get ready although HTTP
 * works. That is remembered for the page's life, and now and then the socket is tried again
 * beside the poll; once it is ready it takes over.
 */
export class Ways {
  /** @type {"socket" | "poll"} */
  via = "socket";
  #timers;
  #refusals = 0;
  #backTries = 0;
  #turn = 0;
  /** @type {Transport | null} */
  #candidate = null;

  /** @param {import("./platform.js").Platform} platform */
  constructor(platform) {
    this.#timers = new Timers(platform);
  }

  /** Whether sockets look blocked here. */
  get isBlocked() {
    return this.#refusals >= REFUSED_AT_FIRST;
  }

  /** @returns {Promise<new (options: import("./socket_transport.js").TransportOptions) => Transport>} */
  async load() {
    if (this.via === "socket") return SocketTransport;
    return (await import("./poll.js")).PollTransport;
  }

  /** @param {"socket" | "poll"} via */
  onReady(via) {
    this.via = via;
    if (via === "socket") this.#refusals = this.#backTries = 0;
  }

  /**
   * It did not get ready although HTTP works. A close code of its own says that the server was met,
   * so nothing is in between. A poll that fails too leaves the next try to the socket.
   * @param {number} code @param {{wasReady: boolean, canPoll: boolean}} circumstances
   * @returns {boolean} whether another way is taken from here on
   */
  onRefused(code, { wasReady, canPoll }) {
    if (this.via === "poll") {
      this.forget();
      return false;
    }
    if (isOurs(code)) return false;
    this.#refusals += 1;
    if (!canPoll || this.#refusals < (wasReady ? REFUSED_LATER : REFUSED_AT_FIRST)) return false;
    this.via = "poll";
    return true;
  }

  /** The diagnostics found that the socket is blocked and HTTP is not. @returns {boolean} whether that is news */
  takePoll() {
    if (this.via === "poll") return false;
    this.#refusals = REFUSED_LATER;
    this.via = "poll";
    return true;
  }

  /** Another network may let sockets through: one try tells. */
  forget() {
    if (this.via === "poll") this.#refusals = REFUSED_LATER - 1;
    this.via = "socket";
  }

  /**
   * Tries the socket beside a poll, again and again, ever more rarely.
   * @param {{getToken: () => Promise<string>, open: (token: string) => Transport}} how
   * @param {(transport: Transport, ready: any) => void} adopt
   */
  lookBack(how, adopt) {
    const ms = Math.min(BACK_MOST_MS, BACK_AFTER_MS * 2 ** this.#backTries);
    this.#backTries += 1;
    this.#timers.arm("back", ms, () => void this.#tryBack(how, adopt));
  }

  /** @param {Parameters<Ways["lookBack"]>[0]} how @param {(transport: Transport, ready: any) => void} adopt */
  async #tryBack(how, adopt) {
    const turn = ++this.#turn;
    const again = () => {
      if (turn !== this.#turn) return;
      this.rest();
      this.lookBack(how, adopt);
    };
    this.#timers.arm("ready", READY_WITHIN_MS, again);
    const token = await how.getToken().catch(() => null);
    if (turn !== this.#turn) return;
    if (token === null) return again();
    const socket = (this.#candidate = how.open(token));
    socket.onclose = again;
    socket.onframe = (frame) => {
      if (frame.type !== "ready") return;
      this.#candidate = null;
      this.rest();
      adopt(socket, frame);
    };
  }

  /** Ends what is tried beside the connection. */
  rest() {
    this.#turn += 1;
    this.#timers.clear();
    this.#candidate?.close();
    this.#candidate = null;
  }
}
