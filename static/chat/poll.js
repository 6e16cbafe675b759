import { CodedError, errorFromResponse } from "./codes.js";
import { PollSession } from "./poll_session.js";

const WAIT_S = 20;
const ANSWER_WITHIN_MS = 15_000;
const FAILURES_MOST = 3;
const PAUSE_MS = 1_000;
const HIDDEN_PAUSE_MS = 15_000;

/**
 * The way over plain requests, for where sockets are blocked: what one says is posted, what others
 * say is fetched by a request that the server holds until there is something. The same shape as
 * SocketTransport, the same frames.
 *
 * @typedef {import("./socket_transport.js").Transport} Transport
 * @implements {Transport}
 */
export class PollTransport {
  /** @type {"socket" | "poll"} */
  via = "poll";
  isOpen = false;
  /** @type {Transport["onframe"]} */
  onframe = () => {};
  /** @type {Transport["onclose"]} */
  onclose = () => {};
  #platform;
  #url;
  #headers;
  #position;
  #session = new PollSession();
  #closed = new AbortController();
  /** @type {AbortController | null} the request that is held now */
  #held = null;
  #failures = 0;
  /** Posts go one after the other, so that they arrive in order. */
  #posts = Promise.resolve();
  #posting = 0;
  /** @type {() => void} */
  #wake = () => {};
  #onVisible = () => this.#look();

  /** @param {import("./socket_transport.js").TransportOptions} options */
  constructor({ platform, pollUrl, token, position }) {
    this.#platform = platform;
    this.#url = pollUrl;
    this.#headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
    this.#position = position;
    platform.events.addEventListener("visibilitychange", this.#onVisible, true);
    void this.#run();
  }

  /** @param {import("./frames.js").ClientFrame} frame */
  send(frame) {
    if (!this.isOpen || (frame.type === "typing" && this.#posting)) return this.isOpen;
    this.#posting += 1;
    this.#posts = this.#posts.then(() => this.#post(frame)).finally(() => (this.#posting -= 1));
    return true;
  }

  close() {
    this.isOpen = false;
    this.#platform.events.removeEventListener("visibilitychange", this.#onVisible, true);
    this.#closed.abort();
    this.#held?.abort();
    this.#wake();
  }

  async #run() {
    try {
      await this.#begin();
    } catch (error) {
      return this.#end(error, { fatal: true });
    }
    while (this.isOpen) await this.#listen();
  }

  /** The first answer is `ready`: from then on it is open. */
  async #begin() {
    const { frames } = await this.#ask(`${this.#url}?wait_s=0`, {}, ANSWER_WITHIN_MS);
    if (this.#closed.signal.aborted) return;
    this.isOpen = true;
    this.#deliver(frames);
  }

  /** One held request for the open conversation; where there is none, it waits for one. */
  async #listen() {
    const position = this.#position();
    if (!position?.session_id || this.#session.isGone(position.session_id)) return this.#pause(HIDDEN_PAUSE_MS * 4);
    const began = this.#platform.now();
    const waitS = this.#platform.isHidden?.() ? 0 : WAIT_S;
    this.#held = new AbortController();
    try {
      const query = new URLSearchParams({ ...this.#session.query(position), wait_s: String(waitS) });
      const answer = await this.#ask(`${this.#url}?${query}`, { signal: this.#held.signal }, waitS * 1000 + ANSWER_WITHIN_MS);
      this.#failures = 0;
      this.#deliver(this.#session.take(position.session_id, answer));
      if (!waitS) return await this.#pause(HIDDEN_PAUSE_MS);
      // An answer at once that brought nothing new: asking on without a pause would never end.
      if (!this.#session.hasMoved(position, this.#position()) && this.#platform.now() - began < PAUSE_MS) await this.#pause(PAUSE_MS);
    } catch (error) {
      await this.#onFailure(error, position.session_id);
    } finally {
      this.#held = null;
    }
  }

  /** @param {unknown} error @param {string} sessionId */
  async #onFailure(error, sessionId) {
    if (!this.isOpen || this.#held?.signal.aborted) return;
    if (error instanceof CodedError && error.code === "not_found") {
      this.#session.lose(sessionId);
      return this.onframe({ type: "error", code: error.code, detail: error.message });
    }
    const isRefused = error instanceof CodedError && ["unauthorised", "forbidden"].includes(error.code);
    this.#failures += 1;
    if (isRefused || this.#failures >= FAILURES_MOST) return this.#end(error);
    await this.#pause(Math.max(PAUSE_MS * 2 ** this.#failures, error instanceof CodedError ? error.retryAfterS * 1000 : 0));
  }

  /** @param {import("./frames.js").ClientFrame} frame */
  async #post(frame) {
    if (!this.isOpen) return;
    try {
      const { frames } = await this.#ask(this.#url, { method: "POST", body: JSON.stringify(frame) }, ANSWER_WITHIN_MS);
      this.#failures = 0;
      this.#session.note(frames);
      this.#deliver(frames);
    } catch (error) {
      this.#onRefused(frame, error);
    }
  }

  /** What a socket would have said in an `error` frame. @param {any} frame @param {unknown} error */
  #onRefused({ client_id, turn_id }, error) {
    if (!this.isOpen) return;
    if (error instanceof CodedError && error.code === "unauthorised") return this.#end(error);
    if (error instanceof CodedError && !error.code.startsWith("http_")) {
      return this.onframe({ type: "error", code: error.code, detail: error.message, client_id, turn_id, retry_after_s: error.retryAfterS || undefined });
    }
    this.#failures += 1;
    // Whether it was stored is not known: the same client_id goes out again.
    if (client_id) this.onframe({ type: "error", code: "unavailable", detail: "", client_id, retry_after_s: this.#failures });
    if (this.#failures >= FAILURES_MOST) this.#end(error);
  }

  /**
   * @param {string} url @param {RequestInit} options @param {number} withinMs
   * @returns {Promise<{frames: any[], version?: string}>}
   */
  async #ask(url, { signal, ...options }, withinMs) {
    const late = new AbortController();
    const timer = this.#platform.setSteadyTimeout(() => late.abort(), withinMs);
    const signals = [this.#closed.signal, late.signal, ...(signal ? [signal] : [])];
    const stop = new AbortController();
    for (const one of signals) one.addEventListener("abort", () => stop.abort(), { once: true });
    try {
      const response = await this.#platform.fetch(url, { ...options, headers: this.#headers, cache: "no-store", signal: stop.signal });
      if (!response.ok) throw await errorFromResponse(response);
      const answer = await response.json();
      return { ...answer, frames: Array.isArray(answer.frames) ? answer.frames : [] };
    } finally {
      this.#platform.clearSteadyTimeout(timer);
    }
  }

  /** @param {any[]} frames */
  #deliver(frames) {
    for (const frame of frames) if (this.isOpen && typeof frame?.type === "string") this.onframe(frame);
    this.#look();
  }

  /** Another conversation was opened, or this one got its id: what is held is for the wrong one. */
  #look() {
    if (this.#held && this.#session.isOther(this.#position())) this.#held.abort();
    this.#wake();
  }

  /** @param {number} ms until something happens, or the time is over */
  async #pause(ms) {
    let timer;
    await new Promise((resolve) => {
      this.#wake = () => resolve(null);
      timer = this.#platform.setSteadyTimeout(() => resolve(null), ms);
    });
    this.#wake = () => {};
    this.#platform.clearSteadyTimeout(timer);
  }

  /** @param {unknown} error @param {{fatal?: boolean}} [options] whether a refusal may end the connection for good */
  #end(error, { fatal = false } = {}) {
    if (this.#closed.signal.aborted) return;
    this.close();
    const isFinal = error instanceof CodedError && error.fatal && error.code !== "forbidden";
    const spoken = error instanceof CodedError && !error.code.startsWith("http_") && (fatal || !isFinal);
    this.onclose(spoken ? { code: 0, error } : { code: 0 });
  }
}
