import { formatReport } from "../chat/diagnostics.js";
import { make, makeButton } from "./dom.js";

/**
 * The report on the connection, in a dialog that examines everything while one looks, and can be
 * copied. Fetched only when somebody wants it, its style sheet with it.
 */
const words = {
  title: "How the connection is",
  examining: "Examining the connection…",
  fine: "Everything works.",
  broken: "Something is in the way. Copy this report for whoever helps you.",
  slower: "You are connected, by a slower way: this network lets no live connection through.",
  unfinished: "The examination could not be finished. Load the page again.",
  copy: "Copy report",
  copied: "Copied.",
  byHand: "Your browser did not allow copying. The text below is selected: copy it by hand.",
  again: "Run again",
  close: "Close",
  passed: "Fine",
  failed: "Not working",
  skipped: "Not tried",
  asText: "As text",
};

/** @param {import("../chat/connection.js").Connection} connection */
export async function showReport(connection) {
  const dialog = new ReportDialog(connection);
  await dialog.examine();
}

class ReportDialog {
  #connection;
  #say = make("p", { class: "report__say", role: "status" });
  #list = make("ul", { class: "report__checks" });
  #text = /** @type {HTMLTextAreaElement} */ (make("textarea", { class: "report__text", readonly: "", rows: "9", "aria-label": words.asText, spellcheck: "false" }));
  #details = make("details", { class: "report__details" }, make("summary", { text: words.asText }), this.#text);
  #again = makeButton(words.again, "button button--secondary", () => void this.examine());
  #copy = makeButton(words.copy, "button button--primary", () => void this.#copyText());
  #dialog;

  /** @param {import("../chat/connection.js").Connection} connection */
  constructor(connection) {
    this.#connection = connection;
    addStyle();
    const close = makeButton(words.close, "button button--quiet", () => this.#dialog.close());
    const acts = make("div", { class: "report__acts" }, this.#copy, this.#again, close);
    const title = make("h2", { id: "report-title", text: words.title });
    const body = make("div", { class: "report__body" }, title, this.#say, this.#list, this.#details);
    this.#dialog = /** @type {HTMLDialogElement} */ (make("dialog", { class: "dialog report", "aria-labelledby": "report-title" }, body, acts));
    this.#dialog.addEventListener("close", () => this.#dialog.remove());
    document.body.append(this.#dialog);
    this.#dialog.showModal();
  }

  async examine() {
    this.#say.textContent = words.examining;
    this.#wait(true);
    try {
      this.#draw(await this.#connection.diagnose());
    } catch {
      this.#say.textContent = words.unfinished;
    }
    this.#wait(false);
  }

  /** @param {boolean} on */
  #wait(on) {
    this.#dialog.setAttribute("aria-busy", String(on));
    this.#again.toggleAttribute("disabled", on);
    this.#copy.toggleAttribute("disabled", on || !this.#text.value);
    this.#details.hidden = !this.#text.value;
  }

  /** @param {import("../chat/diagnostics.js").Report} report */
  #draw(report) {
    this.#text.value = formatReport(report);
    this.#say.textContent = report.ok ? words.fine : report.isSocketBlocked && this.#connection.isOpen ? words.slower : words.broken;
    this.#list.replaceChildren(...report.checks.map(drawCheck));
  }

  async #copyText() {
    try {
      await navigator.clipboard.writeText(this.#text.value);
      this.#say.textContent = words.copied;
    } catch {
      // A frame on somebody's site may not write to the clipboard by itself; a selection may be copied.
      this.#details.setAttribute("open", "");
      this.#text.select();
      this.#say.textContent = document.execCommand("copy") ? words.copied : words.byHand;
    }
  }
}

/** @param {import("../chat/diagnostics.js").Check} check */
function drawCheck({ title, ok, said, ms }) {
  const [mark, state, word] = ok === null ? ["–", "skipped", words.skipped] : ok ? ["✓", "passed", words.passed] : ["✕", "failed", words.failed];
  const sign = make("span", { class: "report__mark", "aria-hidden": "true", text: mark });
  const detail = make("span", { class: "report__said", text: ms ? `${said} ${ms.toLocaleString()} ms.` : said });
  const text = make("span", {}, make("strong", { text: title }), make("span", { class: "visually-hidden", text: `: ${word}. ` }), detail);
  return make("li", { class: `report__check report__check--${state}` }, sign, text);
}

function addStyle() {
  const href = new URL("./report.css", import.meta.url).href;
  if (document.querySelector(`link[href="${href}"]`)) return;
  document.head.append(make("link", { rel: "stylesheet", href }));
}
