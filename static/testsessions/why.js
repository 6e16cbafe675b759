import { make } from "../widget/dom.js";

const UNREACHABLE = "The server cannot be reached. Try again.";
const GONE = "This reply is not there any more. Ask again.";

/** "Why?" under a reply: the dashboard's own page about a turn, in a dialog, with what can be done about it. */
export class Why {
  #dialog;
  #story;

  /** @param {HTMLDialogElement} dialog */
  constructor(dialog) {
    this.#dialog = dialog;
    this.#story = /** @type {HTMLElement} */ (dialog.querySelector("[data-why-story]"));
  }

  /** @param {string} address @returns {HTMLElement} */
  makeButton(address) {
    const button = make("button", { type: "button", class: "button button--secondary button--small", text: "Why?" });
    button.addEventListener("click", () => void this.#open(address));
    return make("p", {}, button);
  }

  /** @param {string} address */
  async #open(address) {
    this.#story.replaceChildren(make("p", { class: "muted", text: "Looking it up…" }));
    this.#dialog.showModal();
    try {
      const response = await fetch(address, { headers: { "HX-Request": "true" }, cache: "no-store" });
      if (!response.ok) return this.#say(GONE);
      const template = document.createElement("template");
      template.innerHTML = await response.text();
      this.#story.replaceChildren(template.content);
    } catch {
      this.#say(UNREACHABLE);
    }
  }

  /** @param {string} words */
  #say(words) {
    this.#story.replaceChildren(make("p", { role: "alert", text: words }));
  }
}
