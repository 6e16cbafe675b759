// The Menu tab: a tree over the draft's menus. What one does becomes JSON in the form's field, which saves as every other.

import { make, makeButton } from "../../widget/dom.js";
import { findInJson } from "./json_view.js";
import { addButton, addStep, clone, findPlace, freeName, makeMenu, removeMenu, removeStep, renameButton, renameMenu, renameStep, writeOutline } from "./model.js";
import { showMenu } from "./preview.js";
import { addressOf, drawTree } from "./tree.js";

/**
 * @typedef {import("./model.js").Outline} Outline
 * @typedef {import("./model.js").Menu} Menu
 * @typedef {import("./model.js").Place} Place
 * @typedef {import("./model.js").Button} Button
 */

class MenuEditor {
  #root;
  #tree;
  #field;
  /** @type {Outline} */
  #outline;
  /** What each JSON means that was here, so that taking a change back needs no server. @type {Map<string, Outline>} */
  #known = new Map();
  #closed = new Set();
  #writing = false;
  /** Somebody wrote JSON: the server says what it means. */
  #waits = false;
  #sent = "";
  /** What the preview shows. @type {[string, string] | null} */
  #shown = null;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#root = root;
    this.#tree = /** @type {HTMLElement} */ (root.querySelector("#menu-tree"));
    this.#field = /** @type {HTMLTextAreaElement} */ (root.querySelector("textarea[name=menu]"));
    this.#outline = readOutline();
    this.#known.set(this.#field.value, clone(this.#outline));
  }

  start() {
    this.#field.addEventListener("input", () => this.#onWritten());
    this.#field.form?.addEventListener("htmx:beforeRequest", () => (this.#sent = this.#field.value));
    document.addEventListener("htmx:oobAfterSwap", (event) => {
      if (/** @type {CustomEvent} */ (event).detail.target?.id === "menu-faults") this.#onSaved();
    });
    document.addEventListener("click", (event) => this.#onFault(event));
    const views = /** @type {HTMLElement} */ (this.#root.querySelector(".menu-editor__views"));
    views.hidden = false;
    views.addEventListener("click", (event) => {
      const view = /** @type {Element} */ (event.target).closest("[data-menu-view]");
      if (view instanceof HTMLElement) this.#show(view.dataset.menuView === "tree");
    });
    this.#show(true);
    this.#draw();
  }

  /** @param {boolean} tree or else the JSON */
  #show(tree) {
    this.#tree.hidden = !tree;
    /** @type {HTMLElement} */ (this.#root.querySelector("#menu-json")).hidden = tree;
    for (const view of this.#root.querySelectorAll("[data-menu-view]")) {
      view.setAttribute("aria-pressed", String((/** @type {HTMLElement} */ (view).dataset.menuView === "tree") === tree));
    }
  }

  #draw(focus = "") {
    const set = /** @type {HTMLFieldSetElement} */ (make("fieldset", { class: "menu-tree" }, make("legend", { class: "visually-hidden", text: "Menus" })));
    set.disabled = !this.#root.dataset.mayEdit;
    set.append(...(this.#outline.menus.length ? drawTree(this.#outline, this.#closed, this.#actions) : [drawEmpty()]));
    const label = this.#outline.menus.length ? "Add another menu" : "Make a menu";
    if (!set.disabled) set.append(makeButton(label, "button button--secondary", () => this.#addMenu()));
    this.#tree.replaceChildren(set);
    if (focus) this.#focus(focus);
    this.#markFaults();
    this.#preview();
  }

  /** @param {string} address */
  #focus(address) {
    const control = /** @type {HTMLElement | null} */ (this.#tree.querySelector(`[data-at="${CSS.escape(address)}"]`));
    for (let node = control?.closest("details"); node; node = node.parentElement?.closest("details")) node.open = true;
    control?.focus();
    control?.scrollIntoView({ block: "nearest" });
  }

  // What one does -------------------------------------------------------------------------------------------------------
  /** @param {() => void} edit @param {string} [focus] */
  #change(edit, focus) {
    edit();
    this.#write();
    this.#draw(focus);
  }

  #write() {
    const text = writeOutline(this.#outline);
    this.#known.set(text, clone(this.#outline));
    this.#field.value = text;
    this.#waits = false;
    this.#writing = true;
    this.#field.dispatchEvent(new Event("input", { bubbles: true }));
    this.#writing = false;
  }

  #addMenu() {
    const name = freeName("main", this.#outline.menus.map((menu) => menu.name));
    this.#change(() => {
      this.#outline.menus.push(makeMenu(name));
      this.#outline.first ||= name;
    }, `${addressOf(name, "")}:prompt`);
  }

  /** @type {import("./tree.js").Actions} */
  #actions = {
    type: (edit) => {
      edit();
      this.#write();
      this.#preview();
    },
    change: (edit, focus) => this.#change(edit, focus),
    addButton: (menu, place, at = place.buttons.length) =>
      this.#change(() => void addButton(place, isMenu(place), at), `${addressOf(menu.name, stepOf(place))}:button:${at}`),
    lead: (menu, place, button, choice) => this.#lead(menu, place, button, choice),
    move: (place, button, by, address) => {
      const from = place.buttons.indexOf(button);
      const to = Math.min(place.buttons.length - 1, Math.max(0, from + by));
      if (to !== from) this.#change(() => place.buttons.splice(to, 0, ...place.buttons.splice(from, 1)), `${address}:button:${to}`);
    },
    rename: renameButton,
    renamePlace: (menu, place, name) => {
      const [before, done] = [place.name, isMenu(place) ? renameMenu(this.#outline, menu, name) : renameStep(menu, place, name)];
      if (done && name !== before) this.#change(() => {}, `${addressOf(menu.name, stepOf(place))}:name`);
      return done;
    },
    removeStep: (menu, step) => this.#change(() => removeStep(menu, step), `${addressOf(menu.name, "")}:add`),
    removeMenu: (menu) => this.#change(() => removeMenu(this.#outline, menu)),
    show: (menu, place) => {
      this.#shown = [menu.name, stepOf(place)];
      this.#preview();
    },
    jump: (address) => this.#focus(`${address}:prompt`),
  };

  /** @param {Menu} menu @param {Place} place @param {Button} button @param {string} choice kind:name */
  #lead(menu, place, button, choice) {
    const [kind, ...rest] = choice.split(":");
    const address = `${addressOf(menu.name, stepOf(place))}:button:${place.buttons.indexOf(button)}`;
    let focus = kind === "answer" ? `${address}:answer` : `${address}:target`;
    this.#change(() => {
      const target = kind === "new" ? addStep(menu, button.title).name : rest.join(":");
      Object.assign(button, { kind: kind === "new" ? "step" : kind, target });
      if (kind === "new") focus = `${addressOf(menu.name, target)}:prompt`;
    });
    this.#focus(focus);
  }

  // What comes back -----------------------------------------------------------------------------------------------------
  #onWritten() {
    if (this.#writing) return;
    const known = this.#known.get(this.#field.value);
    this.#waits = !known;
    if (!known) return;
    this.#outline = clone(known);
    this.#draw();
  }

  #onSaved() {
    const isSaved = Boolean(document.getElementById("menu-faults")?.dataset.saved);
    if (!this.#waits || !isSaved || this.#sent !== this.#field.value) return this.#markFaults();
    this.#waits = false;
    this.#outline = readOutline();
    this.#known.set(this.#field.value, clone(this.#outline));
    this.#draw();
  }

  /** Places with something to look at say so. */
  #markFaults() {
    for (const place of this.#tree.querySelectorAll("[data-place]")) place.classList.remove("menu-place--faulty");
    for (const fault of document.querySelectorAll("[data-fault]")) {
      const { menu, step } = this.#placeOf(/** @type {HTMLElement} */ (fault));
      this.#tree.querySelector(`[data-place="${CSS.escape(addressOf(menu, step))}"]`)?.classList.add("menu-place--faulty");
    }
  }

  /** @param {HTMLElement} fault @returns {{menu: string, step: string, rest: string}} */
  #placeOf({ dataset }) {
    if (dataset.menu) return { menu: dataset.menu, step: dataset.step ?? "", rest: dataset.button ? `next_steps.${dataset.button}` : "" };
    return findPlace(this.#outline, dataset.fault ?? "");
  }

  /** @param {Event} event */
  #onFault(event) {
    const fault = event.target instanceof Element ? event.target.closest("[data-fault]") : null;
    if (!(fault instanceof HTMLElement)) return;
    const { menu, step, rest } = this.#placeOf(fault);
    if (this.#tree.hidden || !menu) return this.#selectInJson(fault.dataset.fault ?? "");
    const address = addressOf(menu, step);
    const at = CSS.escape(`${address}:button:`);
    const buttons = [...this.#tree.querySelectorAll(`[data-at^="${at}"][data-key]`)];
    const key = rest.startsWith("next_steps.") ? rest.slice("next_steps.".length) : null;
    const number = /^action\.buttons\.(\d+)/.exec(rest)?.[1];
    const button = key === null ? buttons[Number(number ?? -1)] : buttons.find((one) => /** @type {HTMLElement} */ (one).dataset.key === key);
    const part = /^(header|footer)/.exec(rest)?.[1] ?? "prompt";
    this.#focus(/** @type {HTMLElement | undefined} */ (button)?.dataset.at ?? `${address}:${part}`);
  }

  /** @param {string} field */
  #selectInJson(field) {
    this.#show(false);
    this.#field.focus();
    this.#field.setSelectionRange(...findInJson(this.#field.value, field));
  }

  #preview() {
    const preview = document.querySelector("[data-preview]");
    if (!preview) return;
    const menu = this.#outline.menus.find(({ name }) => name === (this.#shown?.[0] ?? this.#outline.first)) ?? this.#outline.menus[0];
    const place = menu?.steps.find(({ name }) => name === this.#shown?.[1]) ?? menu;
    showMenu(preview, place ? { ...place, text: place.prompt } : null, (index) => this.#press(menu, place, place.buttons[index]));
  }

  /** A button in the preview does what it would do. @param {Menu} menu @param {Place} place @param {Button} button */
  #press(menu, place, { kind, target }) {
    const targets = { step: [menu.name, target], menu: [target, ""], start: [this.#outline.first, ""] };
    const to = targets[/** @type {keyof typeof targets} */ (kind)];
    if (to) this.#shown = /** @type {[string, string]} */ (to);
    const index = place.buttons.findIndex((one) => one.kind === kind && one.target === target);
    const here = `${addressOf(menu.name, stepOf(place))}:button:${index}`;
    if (to) this.#preview();
    else this.#focus(kind === "answer" ? `${here}:answer` : `${here}:target`);
  }
}

/** @param {Place} place @returns {place is Menu} */
const isMenu = (place) => "steps" in place;

/** @param {Place} place */
const stepOf = (place) => (isMenu(place) ? "" : place.name);

/** What the server says the saved JSON means. @returns {Outline} */
const readOutline = () => JSON.parse(document.getElementById("menu-outline")?.textContent ?? "null") ?? { first: "", menus: [] };

const drawEmpty = () =>
  make("div", { class: "empty" }, make("h2", { text: "No menu yet" }), make("p", { class: "muted", text: "Buttons under the greeting lead visitors to answers, to further questions or to a person. Typing still works." }));

const root = document.getElementById("menu-editor");
if (root) new MenuEditor(root).start();
