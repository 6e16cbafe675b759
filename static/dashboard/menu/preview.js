// A menu in the preview beside the editor, as the widget draws it.

import { make } from "../../widget/dom.js";

/**
 * @param {Element} preview
 * @param {{header?: {text: string} | string, text: string, footer?: string, buttons: {title: string}[]} | null | undefined} menu
 * @param {((index: number) => void) | null} [press] the preview is a picture where nothing comes of it
 */
export function showMenu(preview, menu, press = null) {
  const place = /** @type {HTMLElement | null} */ (preview.querySelector("[data-preview-menu]"));
  if (!place) return;
  place.hidden = !menu;
  if (!menu) return;
  const header = typeof menu.header === "string" ? menu.header : menu.header?.text;
  const bubble = make("div", { class: "bubble__text" }, header ? make("strong", { class: "bubble__head", text: header }) : null, menu.text, menu.footer ? make("small", { class: "bubble__foot", text: menu.footer }) : null);
  const buttons = menu.buttons.map(({ title }, index) => {
    if (!press) return make("span", { class: "choice", text: title });
    const button = make("button", { type: "button", class: "button button--secondary button--small", text: title });
    button.addEventListener("click", () => press(index));
    return button;
  });
  place.replaceChildren(make("div", { class: "bubble bubble--bot" }, bubble, make("div", { class: "bubble__buttons" }, ...buttons)));
}
