import { make } from "../widget/dom.js";

const KEPT = 300;

/** The raw frames as they went over the wire, newest last; secrets are none among them. */
export class FrameList {
  #list;
  #count;
  #number = 0;

  /** @param {HTMLElement} list @param {HTMLElement} count */
  constructor(list, count) {
    this.#list = list;
    this.#count = count;
  }

  /** @param {{direction: "in" | "out", frame: {type: string}}} event */
  add({ direction, frame }) {
    this.#number += 1;
    this.#count.textContent = String(this.#number);
    const time = new Date().toLocaleTimeString(undefined, { hour12: false });
    const way = direction === "in" ? "←" : "→";
    const summary = make("summary", {}, make("span", { class: "muted number", text: time }), ` ${way} `, make("strong", { text: frame.type }));
    this.#list.append(make("li", {}, make("details", {}, summary, make("pre", { tabindex: "0", text: JSON.stringify(frame, null, 2) }))));
    if (this.#list.children.length > KEPT) this.#list.firstElementChild?.remove();
  }

  clear() {
    this.#number = 0;
    this.#count.textContent = "0";
    this.#list.replaceChildren();
  }
}
