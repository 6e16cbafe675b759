// The editor saves as one types. This shows how that goes, marks fields with errors, takes a change back, and never
// loses what was typed.

import { restoreFields, snapshotFields } from "./fields.js";

const RETRY_MS = 5_000;
const WORDS = {
  saving: "Saving…",
  unreachable: "Not saved: the server cannot be reached. Your words are still here; we keep trying.",
  refused: "Not saved. Your words are still here.",
};

export function startDraftForm() {
  document.addEventListener("input", showSliderValue);
  const form = document.querySelector("[data-draft-form]");
  if (form instanceof HTMLFormElement) new DraftForm(form).start();
}

class DraftForm {
  #form;
  /** Counts edits; what was sent with the running request; what is known to be saved. */
  #edits = 0;
  #sent = 0;
  #saved = 0;
  /** @type {Map<string, string>[]} */
  #history;

  /** @param {HTMLFormElement} form */
  constructor(form) {
    this.#form = form;
    this.#history = [snapshotFields(form)];
  }

  start() {
    this.#form.addEventListener("input", () => (this.#edits += 1));
    this.#form.addEventListener("submit", (event) => event.preventDefault());
    this.#listen("htmx:beforeRequest", () => this.#onSend());
    this.#listen("htmx:afterRequest", ({ detail }) => this.#onAnswer(detail));
    document.addEventListener("htmx:oobAfterSwap", markErrors);
    window.addEventListener("online", () => this.#retry());
    window.addEventListener("beforeunload", (event) => {
      if (this.#edits > this.#saved) event.preventDefault();
    });
    this.#undoButton?.addEventListener("click", () => this.#undo());
  }

  /** Its own requests; what a part of the form asks for by itself is no save. @param {string} type @param {(event: CustomEvent) => void} act */
  #listen(type, act) {
    this.#form.addEventListener(type, (event) => {
      if (event.target === this.#form) act(/** @type {CustomEvent} */ (event));
    });
  }

  get #undoButton() {
    return /** @type {HTMLButtonElement|null} */ (this.#form.querySelector("[data-undo]"));
  }

  #onSend() {
    this.#sent = this.#edits;
    showState("saving", WORDS.saving);
  }

  /** @param {{successful: boolean, xhr: XMLHttpRequest}} answer */
  #onAnswer({ successful, xhr }) {
    if (successful) return this.#onSaved();
    // A newer save took this one's place.
    if (xhr.status === 0 && xhr.readyState !== XMLHttpRequest.DONE) return;
    showState("failed", xhr.status ? WORDS.refused : WORDS.unreachable);
    if (!xhr.status) setTimeout(() => this.#retry(), RETRY_MS);
  }

  #onSaved() {
    this.#saved = this.#sent;
    const now = snapshotFields(this.#form);
    const before = /** @type {Map<string, string>} */ (this.#history.at(-1));
    if ([...now].some(([name, value]) => before.get(name) !== value)) this.#history.push(now);
    this.#showUndo();
  }

  #undo() {
    if (this.#history.length < 2) return;
    this.#history.pop();
    restoreFields(this.#form, /** @type {Map<string, string>} */ (this.#history.at(-1)));
    this.#showUndo();
  }

  #showUndo() {
    if (this.#undoButton) this.#undoButton.hidden = this.#history.length < 2;
  }

  #retry() {
    if (this.#edits > this.#saved) this.#form.dispatchEvent(new Event("change"));
  }
}

/** @param {string} state @param {string} words */
function showState(state, words) {
  const element = document.getElementById("save-state");
  if (!element) return;
  element.dataset.state = state;
  element.textContent = words;
}

/** The error boxes are swapped by themselves; the control they belong to must say so too. */
function markErrors() {
  for (const box of document.querySelectorAll("[data-draft-form] .field__errors[id]")) {
    const control = document.getElementById(box.id.replace(/_error$/, ""));
    if (!control) continue;
    const wrong = box.childElementCount > 0;
    if (wrong) control.setAttribute("aria-invalid", "true");
    else control.removeAttribute("aria-invalid");
    const others = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== box.id);
    control.setAttribute("aria-describedby", [...others, ...(wrong ? [box.id] : [])].join(" "));
  }
}

/** @param {Event} event */
function showSliderValue(event) {
  const slider = event.target;
  if (!(slider instanceof HTMLInputElement) || slider.type !== "range") return;
  const output = slider.closest(".slider")?.querySelector("output");
  if (output) output.textContent = slider.value + (output.dataset.unit ?? "");
}
