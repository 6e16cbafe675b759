// The Handoff tab: rules are cards in an order. Moving, adding and removing them changes the page, and the form around
// them saves what it then holds, in the order in which it stands.

import { startHours } from "./hours.js";

class RuleList {
  #list;
  #said;
  /** @type {HTMLElement | null} */
  #dragged = null;

  /** @param {HTMLElement} list */
  constructor(list) {
    this.#list = list;
    this.#said = /** @type {HTMLElement|null} */ (document.querySelector("[data-rule-said]"));
  }

  start() {
    this.#list.addEventListener("click", (event) => this.#onClick(event));
    this.#list.addEventListener("change", (event) => showWords(event.target));
    this.#list.addEventListener("dragstart", (event) => this.#onDragStart(event));
    this.#list.addEventListener("dragover", (event) => this.#onDragOver(event));
    this.#list.addEventListener("drop", (event) => event.preventDefault());
    this.#list.addEventListener("dragend", () => this.#onDragEnd());
    const add = /** @type {HTMLButtonElement|null} */ (document.querySelector("[data-rule-add]"));
    if (add) {
      add.hidden = false;
      add.addEventListener("click", () => this.#add());
    }
    for (const card of this.#cards) takeOver(card);
    this.#showEnds();
  }

  get #cards() {
    return /** @type {HTMLElement[]} */ ([...this.#list.querySelectorAll(":scope > [data-rule]")]);
  }

  /** @param {MouseEvent} event */
  #onClick(event) {
    const button = /** @type {Element} */ (event.target).closest("button");
    const card = button?.closest("[data-rule]");
    if (!(button instanceof HTMLButtonElement) || !(card instanceof HTMLElement)) return;
    if (button.dataset.ruleMove) this.#move(card, Number(button.dataset.ruleMove), button);
    else if (button.dataset.ruleRemove) this.#remove(card);
  }

  /** @param {HTMLElement} card @param {number} step @param {HTMLButtonElement} button */
  #move(card, step, button) {
    const neighbour = step < 0 ? card.previousElementSibling : card.nextElementSibling;
    if (!(neighbour instanceof HTMLElement) || !neighbour.matches("[data-rule], [data-rule-gone]")) return;
    if (step < 0) neighbour.before(card);
    else neighbour.after(card);
    this.#onOrder(card);
    // The button may have become useless at the end of the list.
    const other = /** @type {HTMLButtonElement|null} */ (card.querySelector(`[data-rule-move="${-step}"]`));
    (button.disabled ? other : button)?.focus();
  }

  /** @param {HTMLElement} card */
  #onOrder(card) {
    this.#showEnds();
    const place = this.#cards.indexOf(card) + 1;
    if (this.#said) this.#said.textContent = `${card.querySelector("h3")?.textContent}: now rule ${place} of ${this.#cards.length}.`;
    saveNow(card);
  }

  /** The first cannot go up, the last not down. */
  #showEnds() {
    const cards = this.#cards;
    for (const [place, card] of cards.entries()) {
      const [up, down] = /** @type {NodeListOf<HTMLButtonElement>} */ (card.querySelectorAll("[data-rule-move]"));
      if (up) up.disabled = place === 0;
      if (down) down.disabled = place === cards.length - 1;
    }
  }

  #add() {
    const pattern = document.getElementById("rule-pattern");
    if (!(pattern instanceof HTMLTemplateElement)) return;
    const used = this.#cards.map((card) => Number(/^keywords-(\d+)$/.exec(card.dataset.rule ?? "")?.[1] ?? 0));
    const key = `keywords-${Math.max(0, ...used, this.#list.children.length) + 1}`;
    const card = /** @type {HTMLElement} */ (pattern.content.firstElementChild?.cloneNode(true));
    for (const element of [card, ...card.querySelectorAll("*")]) {
      for (const { name, value } of [...element.attributes]) {
        if (value.includes("keywords-0")) element.setAttribute(name, value.replaceAll("keywords-0", key));
      }
    }
    takeOver(card);
    this.#list.prepend(card);
    this.#showEnds();
    card.querySelector("textarea")?.focus();
  }

  /** What is removed leaves a line in its place, from which it can be taken back until one leaves the page. @param {HTMLElement} card */
  #remove(card) {
    const line = document.createElement("li");
    line.className = "rule__gone";
    line.dataset.ruleGone = "";
    const words = document.createElement("span");
    words.textContent = `${card.querySelector("h3")?.textContent}: removed.`;
    const undo = document.createElement("button");
    undo.type = "button";
    undo.className = "button button--link";
    undo.textContent = "Take it back";
    line.append(words, undo);
    card.replaceWith(line);
    undo.addEventListener("click", () => {
      line.replaceWith(card);
      this.#showEnds();
      card.querySelector("textarea")?.focus();
      saveNow(card);
    });
    this.#showEnds();
    undo.focus();
    saveNow(line);
  }

  /** @param {DragEvent} event */
  #onDragStart(event) {
    const grip = event.target instanceof Element ? event.target.closest("[data-rule-grip]") : null;
    const card = grip?.closest("[data-rule]");
    if (!(card instanceof HTMLElement) || !event.dataTransfer) return;
    this.#dragged = card;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    event.dataTransfer.setDragImage(card, 20, 20);
    card.classList.add("rule--dragged");
  }

  /** @param {DragEvent} event */
  #onDragOver(event) {
    const card = event.target instanceof Element ? event.target.closest("[data-rule]") : null;
    if (!this.#dragged || !(card instanceof HTMLElement)) return;
    event.preventDefault();
    if (card === this.#dragged) return;
    const box = card.getBoundingClientRect();
    if (event.clientY < box.top + box.height / 2) card.before(this.#dragged);
    else card.after(this.#dragged);
  }

  #onDragEnd() {
    const card = this.#dragged;
    this.#dragged = null;
    if (!card) return;
    card.classList.remove("rule--dragged");
    this.#onOrder(card);
  }
}

/** Without script the buttons send the form and name what to do; a save must not do it a second time. @param {Element} card */
function takeOver(card) {
  for (const button of /** @type {NodeListOf<HTMLButtonElement>} */ (card.querySelectorAll("[data-rule-move], [data-rule-remove]"))) {
    button.type = "button";
    button.removeAttribute("name");
  }
}

/** The form counts an input as an edit, and saves on a change. @param {Element} element */
function saveNow(element) {
  for (const type of ["input", "change"]) element.closest("form")?.dispatchEvent(new Event(type, { bubbles: true }));
}

/** What a rule says by default depends on what it does. @param {EventTarget|null} target */
function showWords(target) {
  if (!(target instanceof HTMLSelectElement) || !("ruleOutcome" in target.dataset)) return;
  const text = target.closest("[data-rule]")?.querySelector("[data-rule-text]");
  if (text instanceof HTMLTextAreaElement) text.placeholder = target.selectedOptions[0]?.dataset.words ?? "";
}

/** What is tried is tried again once the rules have been saved. */
function retryWhenSaved() {
  document.querySelector("[data-draft-form]")?.addEventListener("htmx:afterRequest", (event) => {
    if (/** @type {CustomEvent} */ (event).detail.successful) document.body.dispatchEvent(new Event("rules-saved"));
  });
}

/** The box for trying asks only for what the chosen event has. @param {HTMLFormElement} form */
function startTrying(form) {
  const event = /** @type {HTMLSelectElement} */ (form.elements.namedItem("event"));
  const show = () => (form.dataset.event = event.value);
  event.addEventListener("change", show);
  show();
}

const list = document.getElementById("rules");
if (list) new RuleList(list).start();
const trying = document.querySelector("form.try");
if (trying instanceof HTMLFormElement) startTrying(trying);
retryWhenSaved();
startHours();
