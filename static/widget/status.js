import { ATTEMPTS } from "../chat/backoff.js";
import { State, explain } from "../chat/codes.js";
import { byId } from "./dom.js";
import { explainFailure, words } from "./strings.js";

const CALM_MS = 700;

/** @typedef {import("../chat/connection.js").Status} Status */

/**
 * Says how the connection is. A short hiccup is not worth a word, so anything but a failure shows
 * only once it lasts; the state itself stands on the root element at once. Whoever listens instead
 * of looking hears each sentence once, and no countdown.
 */
export class StatusLine {
  #root;
  #connection;
  #explain;
  #line = byId("banner");
  #text = byId("banner-text");
  #count = byId("banner-count");
  #live = byId("banner-live");
  #buttons = { retry: byId("banner-retry"), cancel: byId("banner-cancel"), report: byId("banner-report") };
  /** @type {any} */
  #calm = null;
  /** @type {any} */
  #clock = null;
  /** @type {Readonly<Status> | null} */
  #status = null;

  /**
   * @param {HTMLElement} root
   * @param {import("../chat/connection.js").Connection} connection
   * @param {{retry?: () => void, explain?: (code: string, detail: string) => string}} [options] what this page
   *   does instead of a recovery, and why it does not work at all, for this page's reader
   */
  constructor(root, connection, { retry, explain = explainFailure } = {}) {
    this.#root = root;
    this.#connection = connection;
    this.#explain = explain;
    this.#buttons.retry.addEventListener("click", retry ?? (() => this.#recover()));
    this.#buttons.cancel.addEventListener("click", () => connection.cancelRecovery());
    this.#buttons.report.addEventListener("click", () => void openReport(connection));
    connection.on("settled", () => void import("./report.js").catch(() => {}));
  }

  /** @param {Readonly<Status>} status */
  show(status) {
    if (status === this.#status) return;
    this.#status = status;
    this.#root.dataset.connection = status.state;
    this.#root.dataset.via = status.via;
    clearTimeout(this.#calm);
    clearInterval(this.#clock);
    if (status.state === State.CONNECTED && status.via === "socket") this.#hide();
    else if (status.state === State.FAILED || !this.#line.hidden) this.#tell();
    else this.#calm = setTimeout(() => this.#tell(), CALM_MS);
  }

  #hide() {
    if (!this.#line.hidden) setText(this.#live, words.connectedAgain);
    this.#line.hidden = true;
  }

  #tell() {
    const { state, slow, via, nextTryAt, recovery } = /** @type {Status} */ (this.#status);
    const isOpen = state === State.CONNECTED || state === State.STALE;
    this.#write();
    this.#line.hidden = false;
    this.#line.classList.toggle("banner--danger", state === State.FAILED);
    this.#line.classList.toggle("banner--info", isOpen);
    this.#buttons.retry.hidden = isOpen || state === State.CONNECTING || Boolean(recovery);
    this.#buttons.retry.textContent = slow || state === State.FAILED ? words.retryNow : words.tryNow;
    this.#buttons.cancel.hidden = !recovery;
    this.#buttons.report.hidden = !(slow || state === State.FAILED || (isOpen && via === "poll"));
    if (nextTryAt) this.#clock = setInterval(() => this.#write(), 1_000);
  }

  #write() {
    const status = /** @type {Status} */ (this.#status);
    const text = describe(status, this.#explain);
    setText(this.#text, text);
    setText(this.#live, text);
    setText(this.#count, countDown(status));
  }

  async #recover() {
    try {
      await this.#connection.recover({ full: Boolean(this.#status?.slow) });
    } catch {
      this.#connection.retryNow();
    }
  }
}

/** Opens the report on how the connection is. @param {import("../chat/connection.js").Connection} connection */
export async function openReport(connection) {
  const { showReport } = await import("./report.js");
  await showReport(connection);
}

/** @param {Status} status @param {(code: string, detail: string) => string} explainFailed */
function describe({ state, slow, via, code, detail, recovery }, explainFailed) {
  if (recovery === "full") return words.examining;
  if (state === State.STALE) return words.catchingUp;
  if (state === State.CONNECTED) return via === "poll" ? words.slowerWay : "";
  if (state === State.CONNECTING) return words.connecting;
  if (state === State.OFFLINE) return words.offline;
  if (state === State.FAILED) return explainFailed(code, detail);
  const { sentence, advice } = explain(code);
  if (slow) return `${code ? sentence : words.connectionLost} ${advice}`;
  return `${code ? sentence : words.connectionLost} ${words.tryingAgain}`;
}

/** What changes every second, for the eye only. @param {Status} status */
function countDown({ state, attempt, slow, nextTryAt, recovery }) {
  if (recovery || ![State.RECONNECTING, State.OFFLINE].includes(/** @type {any} */ (state))) return "";
  const seconds = nextTryAt ? Math.ceil((nextTryAt - Date.now()) / 1000) : 0;
  const when = seconds > 1 ? words.inSeconds(seconds) : words.now;
  return attempt && !slow && state === State.RECONNECTING ? `${words.attempt(attempt, ATTEMPTS)}, ${when}` : words.nextTry(when);
}

/** @param {HTMLElement} element @param {string} text */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
