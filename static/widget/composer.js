import { MAX_TEXT, checkText, cleanText, countCharacters } from "../chat/frames.js";
import { words } from "./strings.js";

const COUNT_FROM = 7_000;
const TALLEST_PX = 160;

/** Where one writes: grows with the text, counts towards the limit, refuses what cannot be sent. */
export class Composer {
  #form;
  #field;
  #button;
  #hint;
  #onSend;

  /**
   * @param {{form: HTMLFormElement, field: HTMLTextAreaElement, button: HTMLButtonElement, hint: HTMLElement}} parts
   * @param {{send: (text: string) => void, typing: () => void}} actions
   */
  constructor({ form, field, button, hint }, { send, typing }) {
    this.#form = form;
    this.#field = field;
    this.#button = button;
    this.#hint = hint;
    this.#onSend = send;
    button.disabled = false;
    hint.classList.remove("composer__hint--starting");
    form.addEventListener("submit", (event) => this.#onSubmit(event));
    field.addEventListener("keydown", (event) => this.#onKey(event));
    field.addEventListener("input", () => {
      this.#show();
      if (field.value.trim()) typing();
    });
    this.#show();
  }

  focus() {
    this.#field.focus();
  }

  /** Sends what was finished with Enter before there was a script to hear of it. */
  takeUp() {
    if (/\S[^\S\n]*\n+$/.test(this.#field.value)) this.#form.requestSubmit();
  }

  /** What is written and not sent. */
  get text() {
    return this.#field.value;
  }

  set text(text) {
    this.#field.value = text;
    this.#show();
  }

  /** @param {KeyboardEvent} event */
  #onKey(event) {
    // Enter also confirms a word in many input methods; only a plain one sends.
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    this.#form.requestSubmit();
  }

  /** @param {Event} event */
  #onSubmit(event) {
    event.preventDefault();
    const text = cleanText(this.#field.value);
    const problem = checkText(text);
    if (problem) return this.#refuse(problem);
    this.#onSend(text);
    this.#field.value = "";
    this.#show();
    this.#field.focus();
  }

  /** @param {"empty" | "too_long"} problem */
  #refuse(problem) {
    this.#hint.textContent = problem === "empty" ? words.empty : words.tooLong;
    this.#hint.hidden = false;
    this.#field.focus();
  }

  #show() {
    const count = countCharacters(cleanText(this.#field.value));
    const tooLong = count > MAX_TEXT;
    this.#hint.hidden = count < COUNT_FROM;
    this.#hint.textContent = count < COUNT_FROM ? "" : words.count(count, MAX_TEXT);
    this.#hint.classList.toggle("composer__hint--over", tooLong);
    this.#field.setAttribute("aria-invalid", String(tooLong));
    this.#button.setAttribute("aria-disabled", String(tooLong || count === 0));
    this.#field.style.setProperty("height", "auto");
    this.#field.style.setProperty("height", `${Math.min(TALLEST_PX, this.#field.scrollHeight + 2)}px`);
  }
}
