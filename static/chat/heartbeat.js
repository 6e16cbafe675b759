const PONG_WITHIN_MS = 10_000;
const PROBE_WITHIN_MS = 3_000;
const FAILURES_MOST = 3;

/**
 * Watches whether the other side lives. Asks every so often; a question that stays without any
 * sign of life is asked again at once, and three in a row without one mean: unhealthy.
 */
export class Heartbeat {
  #platform;
  #ask;
  #onUnhealthy;
  #everyMs = 30_000;
  #failures = 0;
  /** @type {any} */
  #next = null;
  /** @type {any} */
  #silence = null;

  /**
   * @param {object} options
   * @param {import("./platform.js").Platform} options.platform
   * @param {() => void} options.ask sends a ping
   * @param {() => void} options.onUnhealthy
   */
  constructor({ platform, ask, onUnhealthy }) {
    this.#platform = platform;
    this.#ask = ask;
    this.#onUnhealthy = onUnhealthy;
  }

  /** How many questions in a row stayed without an answer. */
  get failures() {
    return this.#failures;
  }

  /** @param {number} everyMs */
  start(everyMs) {
    this.stop();
    this.#everyMs = everyMs;
    this.#failures = 0;
    this.#plan();
  }

  stop() {
    this.#platform.clearSteadyTimeout(this.#next);
    this.#hush();
  }

  /** Any frame is a sign of life. */
  heard() {
    this.#failures = 0;
    this.#hush();
  }

  /** Asks out of turn, and more impatiently: the page slept, or the network changed. */
  probe() {
    this.#hush();
    this.#put(PROBE_WITHIN_MS);
  }

  #plan() {
    this.#next = this.#platform.setSteadyTimeout(() => {
      if (this.#silence === null) this.#put(Math.min(PONG_WITHIN_MS, this.#everyMs));
      this.#plan();
    }, this.#everyMs);
  }

  /** @param {number} withinMs */
  #put(withinMs) {
    this.#silence = this.#platform.setSteadyTimeout(() => this.#onSilence(withinMs), withinMs);
    this.#ask();
  }

  /** @param {number} withinMs */
  #onSilence(withinMs) {
    this.#silence = null;
    this.#failures += 1;
    if (this.#failures >= FAILURES_MOST) return this.#onUnhealthy();
    this.#put(withinMs);
  }

  #hush() {
    if (this.#silence !== null) this.#platform.clearSteadyTimeout(this.#silence);
    this.#silence = null;
  }
}
