import { make, makeButton } from "./dom.js";
import { words } from "./strings.js";

/** Above where one writes: a word about why a reply helped, or did not. Not needed, and gone on its own. */
export class FeedbackForm {
  /** @type {(text: string) => void} */
  onSend = () => {};

  /** @param {HTMLElement} place @param {1 | -1} value */
  constructor(place, value) {
    const label = value > 0 ? words.whyGood : words.whyBad;
    const field = /** @type {HTMLInputElement} */ (make("input", { maxlength: "500", "aria-label": label, placeholder: label, autocomplete: "off" }));
    const send = make("button", { class: "button button--secondary", text: words.send });
    const away = makeButton("×", "button button--quiet button--icon", () => form.remove());
    away.setAttribute("aria-label", words.cancel);
    const form = make("form", { class: "why" }, field, send, away);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (field.value.trim()) this.onSend(field.value.trim());
      form.remove();
    });
    place.replaceChildren(form);
  }
}
