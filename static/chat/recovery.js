import { ATTEMPTS, backoffMs } from "./backoff.js";
import { State } from "./codes.js";

/**
 * @typedef {object} Result how a recovery ended
 * @property {boolean} ok whether the connection is open
 * @property {"quick" | "full"} kind
 * @property {boolean} cancelled
 * @property {number} attempts
 * @property {number} ms
 * @property {string} code why not, "" where it is open
 * @property {"socket" | "poll"} via
 * @property {import("./diagnostics.js").Report | null} diagnostics null where it was cancelled before they were done
 */

/** One recovery that somebody asked for: quick is one try, full examines everything first and takes a new token. */
export class Recovery {
  #connection;
  #platform;
  #full;
  #cancelled = false;
  /** @type {() => void} */
  #cancel = () => {};
  /** @type {Promise<void>} */
  #whenCancelled;
  /** @type {Promise<Result> | null} */
  #result = null;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {{platform: import("./platform.js").Platform, full: boolean}} options
   */
  constructor(connection, { platform, full }) {
    this.#connection = connection;
    this.#platform = platform;
    this.#full = full;
    this.#whenCancelled = new Promise((resolve) => (this.#cancel = resolve));
  }

  /** @returns {Promise<Result>} the same for whoever asks */
  run() {
    this.#result ??= this.#recover();
    return this.#result;
  }

  cancel() {
    this.#cancelled = true;
    this.#cancel();
  }

  /** @returns {Promise<Result>} */
  async #recover() {
    const began = this.#platform.now();
    const examined = this.#connection.diagnose({ brief: !this.#full });
    // Without being able to fetch even the diagnostics it is still worth a try.
    const diagnostics = (await Promise.race([examined.catch(() => null), this.#whenCancelled])) ?? null;
    const attempts = await this.#tryAll(this.#full ? ATTEMPTS : 1);
    const { code, via } = this.#connection.status;
    const ok = this.#connection.isOpen;
    const ms = this.#platform.now() - began;
    return { ok, kind: this.#full ? "full" : "quick", cancelled: this.#cancelled, attempts, ms, code: ok ? "" : code, via, diagnostics };
  }

  /** @param {number} most @returns {Promise<number>} how many it took */
  async #tryAll(most) {
    let attempts = 0;
    while (attempts < most && !this.#cancelled && !this.#connection.isOpen) {
      if (attempts) await this.#wait(backoffMs(this.#platform, attempts - 1));
      if (this.#cancelled) break;
      attempts += 1;
      const fatal = await this.#tryOnce(this.#full && attempts === 1);
      if (fatal) break;
    }
    return attempts;
  }

  /** @param {boolean} renew @returns {Promise<boolean>} whether another try is in vain */
  async #tryOnce(renew) {
    let stop = () => {};
    const outcome = new Promise((resolve) => {
      stop = this.#connection.on("status", (/** @type {import("./connection.js").Status} */ status) => {
        if (status.state === State.FAILED) resolve(true);
        else if (this.#connection.isOpen || status.nextTryAt !== null) resolve(false);
      });
    });
    this.#connection.retryNow({ renew });
    const fatal = await Promise.race([outcome, this.#whenCancelled]);
    stop();
    return fatal === true;
  }

  /** @param {number} ms */
  async #wait(ms) {
    let timer;
    const over = new Promise((resolve) => (timer = this.#platform.setSteadyTimeout(() => resolve(null), ms)));
    await Promise.race([over, this.#whenCancelled]);
    this.#platform.clearSteadyTimeout(timer);
  }
}
