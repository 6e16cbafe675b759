import { State } from "../chat/codes.js";
import { explainFailure, words } from "./strings.js";

const CALM_MS = 700;

/**
 * Says how the connection is. A short hiccup is not worth a word, so anything but a failure
 * shows only once it lasts; the state itself stands on the root element at once.
 */
export class StatusLine {
  #root;
  #line;
  #text;
  #button;
  #explain;
  /** @type {any} */
  #calm = null;
  /** @type {any} */
  #clock = null;
  /** @type {Readonly<import("../chat/connection.js").Status> | null} */
  #status = null;

  /**
   * @param {{root: HTMLElement, line: HTMLElement, text: HTMLElement, button: HTMLElement}} parts
   * @param {() => void} retry
   * @param {(code: string, detail: string) => string} [explain] why it does not work at all, for this page's reader
   */
  constructor({ root, line, text, button }, retry, explain = explainFailure) {
    this.#explain = explain;
    this.#root = root;
    this.#line = line;
    this.#text = text;
    this.#button = button;
    button.addEventListener("click", retry);
  }

  /** @param {Readonly<import("../chat/connection.js").Status>} status */
  show(status) {
    if (status === this.#status) return;
    this.#status = status;
    this.#root.dataset.connection = status.state;
    clearTimeout(this.#calm);
    clearInterval(this.#clock);
    if (status.state === State.CONNECTED) this.#line.hidden = true;
    else if (status.state === State.FAILED || !this.#line.hidden) this.#tell();
    else this.#calm = setTimeout(() => this.#tell(), CALM_MS);
  }

  #tell() {
    const status = /** @type {import("../chat/connection.js").Status} */ (this.#status);
    this.#write();
    this.#line.hidden = false;
    this.#line.classList.toggle("banner--danger", status.state === State.FAILED);
    this.#button.hidden = ![State.RECONNECTING, State.OFFLINE, State.FAILED].includes(/** @type {any} */ (status.state));
    this.#button.textContent = status.state === State.FAILED ? words.retry : words.tryNow;
    if (status.nextTryAt) this.#clock = setInterval(() => this.#write(), 1_000);
  }

  #write() {
    const text = describe(/** @type {import("../chat/connection.js").Status} */ (this.#status), this.#explain);
    if (this.#text.textContent !== text) this.#text.textContent = text;
  }
}

/** @param {import("../chat/connection.js").Status} status @param {(code: string, detail: string) => string} explain */
function describe({ state, nextTryAt, code, detail }, explain) {
  if (state === State.CONNECTING) return words.connecting;
  if (state === State.OFFLINE) return words.offline;
  if (state === State.STALE) return words.catchingUp;
  if (state === State.FAILED) return explain(code, detail);
  return words.reconnecting(nextTryAt ? Math.ceil((nextTryAt - Date.now()) / 1000) : 0);
}
