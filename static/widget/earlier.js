import { make } from "./dom.js";
import { words } from "./strings.js";
import { makeTime } from "./times.js";

/** The list of earlier conversations, in a dialog: what it shows is current whenever it is opened. */
export class Earlier {
  #dialog;
  #list;
  #open;

  /**
   * @param {{dialog: HTMLDialogElement, list: HTMLElement}} parts
   * @param {(sessionId: string) => void} open
   */
  constructor({ dialog, list }, open) {
    this.#dialog = dialog;
    this.#list = list;
    this.#open = open;
  }

  /** @param {import("../chat/frames.js").SessionSummary[]} sessions @param {string} current */
  show(sessions, current) {
    const rows = sessions.map((session) => this.#drawRow(session, session.session_id === current));
    this.#list.replaceChildren(...(rows.length ? rows : [make("li", { class: "muted", text: words.noEarlier })]));
    this.#dialog.showModal();
  }

  /** @param {import("../chat/frames.js").SessionSummary} session @param {boolean} isOpen */
  #drawRow({ session_id, last_message, last_message_at, unread }, isOpen) {
    const button = make("button", { type: "button", class: "menu__item earlier__row", "aria-current": isOpen ? "true" : undefined });
    button.append(make("span", { class: "clip grow", text: last_message || words.unnamed }));
    if (unread) button.append(make("span", { class: "badge badge--count", text: String(unread) }));
    button.append(make("span", { class: "muted small" }, makeTime(last_message_at)));
    button.addEventListener("click", () => {
      this.#dialog.close();
      this.#open(session_id);
    });
    return make("li", {}, button);
  }
}
