import { Emitter } from "../chat/emitter.js";

const INIT_WITHIN_MS = 1_500;

/**
 * The page around the frame: the loader on somebody's site, or our own test modal. Every message
 * is checked for who sent it and from where. Emits `open`, `close` and `token`.
 *
 * @typedef {{page?: {path?: string}, loader?: string, token?: string, session_id?: string, expires_at?: string}} Init
 */
export class Host extends Emitter {
  #ownOnly;
  #origin = "";
  #isFramed = window.parent !== window;
  /** @type {(init: Init) => void} */
  #resolve = () => {};

  /** @param {{ownOnly: boolean}} options whether only a page of our own may hold this frame */
  constructor({ ownOnly }) {
    super();
    this.#ownOnly = ownOnly;
    window.addEventListener("message", (event) => this.#onMessage(event));
  }

  /** The page's origin as the browser names it: a script of the page cannot choose it. */
  get origin() {
    return this.#origin;
  }

  get isFramed() {
    return this.#isFramed;
  }

  /**
   * Says hello and waits for the answer. A plain iframe without the loader never answers; the
   * browser still says whose page it is.
   * @returns {Promise<Init>}
   */
  async greet() {
    if (!this.#isFramed) {
      this.#origin = location.origin;
      return {};
    }
    const answer = new Promise((resolve) => (this.#resolve = resolve));
    // Nothing secret in it: at this point anybody could hold the frame.
    window.parent.postMessage({ parley: 1, type: "hello" }, "*");
    const silence = new Promise((resolve) => setTimeout(resolve, INIT_WITHIN_MS, {}));
    const init = await Promise.race([answer, silence]);
    if (!this.#origin) this.#origin = guessOrigin();
    return init;
  }

  /** @param {string} type @param {object} [fields] */
  post(type, fields = {}) {
    if (!this.#isFramed || !this.#origin) return;
    // A sandboxed page's origin is "null" and cannot be addressed: it hears of no content.
    const target = this.#origin === "null" ? "*" : this.#origin;
    window.parent.postMessage({ parley: 1, type, ...fields }, target);
  }

  /** @param {MessageEvent} event */
  #onMessage({ source, origin, data }) {
    if (source !== window.parent || !this.#isFramed || data?.parley !== 1) return;
    if (this.#ownOnly && origin !== location.origin) return;
    if (this.#origin && origin !== this.#origin) return;
    if (data.type === "init") {
      this.#origin = origin;
      this.#resolve(data);
    } else if (this.#origin) this.emit(data.type, data);
  }
}

function guessOrigin() {
  const ancestors = /** @type {any} */ (location).ancestorOrigins;
  if (ancestors?.length) return ancestors[0];
  try {
    return new URL(document.referrer).origin;
  } catch {
    return "";
  }
}
