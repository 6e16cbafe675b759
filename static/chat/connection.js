import { Close, CodedError, State, SUBPROTOCOL, errorFromResponse } from "./codes.js";
import { Emitter } from "./emitter.js";
import { decode, encode } from "./frames.js";
import { browserPlatform } from "./platform.js";

const READY_WITHIN_MS = 10_000;
const PONG_WITHIN_MS = 10_000;
const LATE_TIMER_GRACE_MS = 1_000;
const BACKOFF_BASE_MS = 1_000;
const BACKOFF_MOST_MS = 30_000;
const RESTART_SPREAD_MS = 1_500;

/**
 * @typedef {object} Status
 * @property {string} state one of `State`
 * @property {number} attempt how many tries since the last `ready`
 * @property {number | null} nextTryAt milliseconds since the epoch
 * @property {string} code why it is so: a protocol code, a close code or a name of our own
 * @property {string} detail a sentence for a person, where the server gave one
 *
 * @typedef {object} ConnectionOptions
 * @property {string} url
 * @property {((wish: {renew: boolean}) => Promise<string>) | null} [getToken] null where a cookie speaks; `renew`
 *   asks for a new one because the old one was refused
 * @property {string} [whyUrl] asked when a socket closes before `ready`: a browser cannot see the handshake's answer
 * @property {() => {session_id: string, last_seq: number} | null} [position] carried by every heartbeat
 * @property {import("./platform.js").Platform} [platform]
 */

/**
 * One socket that keeps itself open. Emits `status` (a Status), `frame` (a decoded server frame)
 * and `wire` (`{direction, frame}`, both ways, for whoever wants to look on).
 */
export class Connection extends Emitter {
  #url;
  #getToken;
  #whyUrl;
  #position;
  #platform;
  /** @type {Status} */
  #status = { state: State.CONNECTING, attempt: 0, nextTryAt: null, code: "", detail: "" };
  /** @type {WebSocket | null} */
  #socket = null;
  #started = false;
  #wasReady = false;
  #renew = false;
  #renewals = 0;
  /** Counts tries: whatever an earlier one still has to say is not heard. */
  #run = 0;
  #pings = 0;
  #heartbeatMs = 30_000;
  /** @type {Map<string, any>} */
  #timers = new Map();
  /** @type {[string, (event: any) => void][]} */
  #listeners = [
    ["online", () => this.#onOnline()],
    ["offline", () => this.#onOffline()],
    ["pageshow", (event) => event.persisted && this.retryNow()],
    ["resume", () => this.#checkAlive()],
  ];

  /** @param {ConnectionOptions} options */
  constructor({ url, getToken = null, whyUrl = "", position = () => null, platform = browserPlatform() }) {
    super();
    this.#url = url;
    this.#getToken = getToken;
    this.#whyUrl = whyUrl;
    this.#position = position;
    this.#platform = platform;
  }

  /** @returns {Readonly<Status>} */
  get status() {
    return this.#status;
  }

  get isOpen() {
    return this.#status.state === State.CONNECTED || this.#status.state === State.STALE;
  }

  start() {
    if (this.#started) return;
    this.#started = true;
    for (const [name, listener] of this.#listeners) this.#platform.events.addEventListener(name, listener);
    this.#connect();
  }

  stop() {
    this.#started = false;
    for (const [name, listener] of this.#listeners) this.#platform.events.removeEventListener(name, listener);
    this.#abandon();
    this.#setState(State.OFFLINE, { code: "stopped" });
  }

  /** Tries at once, also out of `failed`. An open socket stays. */
  retryNow() {
    if (!this.#started || this.isOpen) return;
    this.#renewals = 0;
    this.#connect();
  }

  /**
   * @param {import("./frames.js").ClientFrame} frame
   * @returns {boolean} whether it went out; nothing is kept for later here
   */
  send(frame) {
    if (!this.#socket || !this.isOpen || this.#socket.readyState !== 1) return false;
    this.#socket.send(encode(frame));
    this.emit("wire", { direction: "out", frame });
    return true;
  }

  /** Shows that a gap in the log is being filled, or that it is filled. @param {boolean} on */
  showCatchingUp(on) {
    if (on && this.#status.state === State.CONNECTED) this.#setState(State.STALE);
    if (!on && this.#status.state === State.STALE) this.#setState(State.CONNECTED);
  }

  /** The only place where the state changes. @param {string} state @param {Partial<Status>} [more] */
  #setState(state, more = {}) {
    const next = { attempt: this.#status.attempt, nextTryAt: null, code: "", detail: "", ...more, state };
    this.#status = Object.freeze(next);
    this.emit("status", this.#status);
  }

  async #connect() {
    this.#abandon();
    const run = this.#run;
    this.#setState(this.#tryingState(), { nextTryAt: null });
    try {
      const token = this.#getToken ? await this.#getToken({ renew: this.#renew }) : "";
      if (run !== this.#run) return;
      this.#renew = false;
      this.#open(token, run);
    } catch (error) {
      if (run === this.#run) this.#giveUpOrRetry(error);
    }
  }

  #tryingState() {
    if (!this.#platform.isOnline()) return State.OFFLINE;
    return this.#wasReady || this.#status.attempt ? State.RECONNECTING : State.CONNECTING;
  }

  /** @param {string} token @param {number} run */
  #open(token, run) {
    const socket = this.#platform.openSocket(this.#url, token ? [SUBPROTOCOL, `bearer.${token}`] : [SUBPROTOCOL]);
    let ready = false;
    this.#socket = socket;
    this.#arm("ready", READY_WITHIN_MS, () => this.#onLost({ code: 0, ready: false, token }));
    socket.onmessage = ({ data }) => {
      const frame = run === this.#run ? decode(data) : null;
      if (!frame) return;
      if (frame.type === "ready") ready = true;
      this.#onFrame(frame);
    };
    socket.onclose = ({ code }) => run === this.#run && this.#onLost({ code, ready, token });
  }

  /** @param {import("./frames.js").ServerFrame} frame */
  #onFrame(frame) {
    this.#disarm("pong");
    if (frame.type === "ready") this.#onReady(frame);
    this.emit("wire", { direction: "in", frame });
    this.emit("frame", frame);
  }

  /** @param {import("./frames.js").ReadyFrame} frame */
  #onReady(frame) {
    this.#disarm("ready");
    this.#wasReady = true;
    this.#heartbeatMs = (frame.heartbeat_s || 30) * 1000;
    this.#setState(State.CONNECTED, { attempt: 0 });
    this.#arm("heartbeat", this.#heartbeatMs, () => this.#beat());
    // A token that lasts is no longer new: the next expiry may be answered at once again.
    this.#arm("settled", PONG_WITHIN_MS, () => (this.#renewals = 0));
  }

  #beat() {
    this.#checkAlive();
    this.#arm("heartbeat", this.#heartbeatMs, () => this.#beat());
  }

  /** Asks the server for a sign of life and its head number. Silence means that the socket is dead. */
  #checkAlive() {
    if (!this.isOpen) return;
    this.send({ type: "ping", id: ++this.#pings, ...this.#position() });
    if (this.#timers.has("pong")) return;
    // A page that was frozen runs its late timers before it hears the answers already there.
    this.#arm("pong", PONG_WITHIN_MS, () =>
      this.#arm("pong", LATE_TIMER_GRACE_MS, () => this.#onLost({ code: 0, ready: true, token: "" })),
    );
  }

  /** @param {{code: number, ready: boolean, token: string}} how */
  async #onLost({ code, ready, token }) {
    this.#abandon();
    const run = this.#run;
    const name = code ? String(code) : "silent";
    if (code === Close.FORBIDDEN) return this.#fail("forbidden", "");
    if (code === Close.TOKEN_EXPIRED) return this.#renewToken();
    if (code === Close.RESTARTING) return this.#tryAgainIn(this.#platform.random() * RESTART_SPREAD_MS, name);
    if (ready || !this.#whyUrl) return this.#backOff({ code: name });
    this.#setState(this.#tryingState(), { code: name });
    try {
      await this.#askWhy(token);
      if (run === this.#run) this.#backOff({ code: name });
    } catch (error) {
      if (run === this.#run) this.#giveUpOrRetry(error);
    }
  }

  /** Resolves where the server would have us; throws a CodedError with its reason where not. @param {string} token */
  async #askWhy(token) {
    const headers = token ? { Authorization: `Bearer ${token}` } : undefined;
    const response = await fetch(this.#whyUrl, { headers, cache: "no-store" });
    if (!response.ok) throw await errorFromResponse(response);
  }

  /** @param {unknown} error */
  #giveUpOrRetry(error) {
    if (!(error instanceof CodedError)) return this.#backOff({ code: "unreachable" });
    const { code, message: detail, fatal, retryAfterS } = error;
    if (code === "unauthorised" || code === "http_401") return this.#renewToken(detail);
    if (fatal) return this.#fail(code, detail);
    return this.#backOff({ code, detail, atLeastMs: retryAfterS * 1000 });
  }

  /** A new token at once, but only once: a server that refuses new ones too is left in peace. @param {string} [detail] */
  #renewToken(detail = "") {
    if (!this.#getToken) return this.#fail("unauthorised", detail);
    this.#renew = true;
    this.#renewals += 1;
    if (this.#renewals > 3) return this.#fail("unauthorised", detail);
    if (this.#renewals > 1) return this.#backOff({ code: "unauthorised", detail });
    return this.#tryAgainIn(0, "unauthorised");
  }

  /** Full jitter: anything between nothing and the ceiling, so that many clients spread out. */
  #backOff({ code = "", detail = "", atLeastMs = 0 }) {
    const ceiling = Math.min(BACKOFF_MOST_MS, BACKOFF_BASE_MS * 2 ** this.#status.attempt);
    this.#tryAgainIn(atLeastMs + this.#platform.random() * ceiling, code, detail);
  }

  /** @param {number} ms @param {string} code @param {string} [detail] */
  #tryAgainIn(ms, code, detail = "") {
    const attempt = this.#status.attempt + 1;
    const state = this.#platform.isOnline() ? State.RECONNECTING : State.OFFLINE;
    this.#setState(state, { attempt, nextTryAt: this.#platform.now() + ms, code, detail });
    this.#arm("retry", ms, () => this.#connect());
  }

  /** @param {string} code @param {string} detail */
  #fail(code, detail) {
    this.#abandon();
    this.#setState(State.FAILED, { code, detail });
  }

  #onOnline() {
    if (this.isOpen) this.#checkAlive();
    else if (this.#status.state !== State.FAILED) this.#connect();
  }

  /** The browser may be wrong about being offline, so slow tries go on. */
  #onOffline() {
    if (this.#status.state === State.FAILED) return;
    this.#abandon();
    this.#tryAgainIn(BACKOFF_MOST_MS * (0.5 + this.#platform.random() / 2), "offline");
  }

  /** Forgets the socket and all that waits for it. */
  #abandon() {
    this.#run += 1;
    for (const name of [...this.#timers.keys()]) this.#disarm(name);
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onmessage = socket.onclose = null;
    socket.close();
  }

  /** @param {string} name @param {number} ms @param {() => void} action */
  #arm(name, ms, action) {
    this.#disarm(name);
    const timer = this.#platform.setTimeout(() => {
      this.#timers.delete(name);
      action();
    }, ms);
    this.#timers.set(name, timer);
  }

  /** @param {string} name */
  #disarm(name) {
    this.#platform.clearTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }
}
