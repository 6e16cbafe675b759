// The tree as one sees it: each place with its words and buttons, and inside each button the step that it leads to.

import { make, makeButton } from "../../widget/dom.js";

/**
 * @typedef {import("./model.js").Outline} Outline
 * @typedef {import("./model.js").Menu} Menu
 * @typedef {import("./model.js").Place} Place
 * @typedef {import("./model.js").Button} Button
 *
 * @typedef {object} Actions what one can do; each changes the outline, and says so
 * @property {(edit: () => void) => void} type words only: nothing is drawn anew
 * @property {(edit: () => void, focus?: string) => void} change
 * @property {(menu: Menu, place: Place, at?: number) => void} addButton
 * @property {(menu: Menu, place: Place, button: Button, choice: string) => void} lead
 * @property {(place: Place, button: Button, by: number, at: string) => void} move
 * @property {(place: Place, button: Button, title: string) => void} rename
 * @property {(menu: Menu, place: Place, name: string) => boolean} renamePlace
 * @property {(menu: Menu, step: Place) => void} removeStep
 * @property {(menu: Menu) => void} removeMenu
 * @property {(menu: Menu, place: Place) => void} show
 * @property {(at: string) => void} jump
 */

/** Names a place, and the controls in it, in the page. @param {string} menu @param {string} step */
export const addressOf = (menu, step) => JSON.stringify([menu, step]);

/** @param {Menu} menu @param {Place} place */
const at = (menu, place) => addressOf(menu.name, /** @type {Place} */ (menu) === place ? "" : place.name);

/** @param {Outline} outline @param {Set<string>} closed addresses that are folded @param {Actions} actions @returns {HTMLElement[]} */
export function drawTree(outline, closed, actions) {
  return outline.menus.map((menu) => {
    const drawn = new Set([at(menu, menu)]);
    const draw = (/** @type {Place} */ place) => drawPlace(menu, place, { outline, closed, drawn, actions });
    const root = draw(menu);
    const lone = [];
    for (const step of menu.steps) {
      if (drawn.has(at(menu, step))) continue;
      drawn.add(at(menu, step));
      lone.push(draw(step));
    }
    const rest = lone.length ? [make("h2", { class: "menu-lone", text: "Steps that no button above leads to" }), ...lone] : [];
    return make("section", { class: "menu-card", "aria-label": outline.menus.length > 1 ? `Menu ${menu.name}` : "Menu" }, root, ...rest);
  });
}

/** @typedef {{outline: Outline, closed: Set<string>, drawn: Set<string>, actions: Actions}} Around */

/** @param {Menu} menu @param {Place} place @param {Around} around @returns {HTMLElement} */
function drawPlace(menu, place, around) {
  const { outline, closed, actions } = around;
  const address = at(menu, place);
  const atStart = /** @type {Place} */ (menu) === place;
  const details = /** @type {HTMLDetailsElement} */ (make("details", { class: "menu-place", "data-place": address }));
  details.open = !closed.has(address);
  details.addEventListener("toggle", () => (details.open ? closed.delete(address) : closed.add(address)));
  details.addEventListener("focusin", (event) => {
    event.stopPropagation();
    actions.show(menu, place);
  });
  const name = make("span", { class: "menu-place__name", text: atStart && outline.menus.length === 1 ? "Menu" : place.name });
  const kind = atStart ? (outline.first === menu.name && outline.menus.length > 1 ? "shown first" : "") : place.ends ? "answer" : "";
  const said = make("span", { class: "menu-place__said muted clip", text: place.prompt });
  const summary = make("summary", {}, name, kind ? make("span", { class: "badge", text: kind }) : null, said);
  const prompt = drawArea("What it says", place.prompt, `${address}:prompt`, (text) => {
    place.prompt = text;
    said.textContent = text;
  }, actions);
  details.append(summary, make("div", { class: "menu-place__body" }, ...drawNames(menu, place, around), prompt, drawMore(place, address, actions), drawButtons(menu, place, around)));
  return details;
}

/** The name, where there is one to choose, and what concerns the whole place. @param {Menu} menu @param {Place} place @param {Around} around */
function drawNames(menu, place, { outline, actions }) {
  const address = at(menu, place);
  const atStart = /** @type {Place} */ (menu) === place;
  const row = make("div", { class: "menu-place__head" });
  if (!atStart || outline.menus.length > 1) row.append(drawName(menu, place, address, actions));
  if (atStart && outline.menus.length > 1) {
    const isFirst = outline.first === menu.name;
    const first = act("Show first", () => actions.change(() => (outline.first = menu.name), `${address}:prompt`));
    if (!isFirst) row.append(first);
  }
  row.append(atStart ? act("Delete menu", () => actions.removeMenu(menu)) : act("Delete step", () => actions.removeStep(menu, place)));
  return [row];
}

/** @param {Menu} menu @param {Place} place @param {string} address @param {Actions} actions */
function drawName(menu, place, address, actions) {
  const field = /** @type {HTMLInputElement} */ (make("input", { class: "input", value: place.name, maxlength: "60", "data-at": `${address}:name`, autocomplete: "off" }));
  field.addEventListener("change", () => {
    if (!actions.renamePlace(menu, place, field.value.trim())) field.value = place.name;
  });
  return make("label", { class: "menu-label" }, "Name", field);
}

/** @param {Place} place @param {string} address @param {Actions} actions */
function drawMore(place, address, actions) {
  const more = make("details", { class: "menu-more" }, make("summary", { text: "Heading and small print" }));
  if (place.header || place.footer) more.setAttribute("open", "");
  for (const [name, label] of /** @type {["header" | "footer", string][]} */ ([["header", "Heading"], ["footer", "Small print"]])) {
    const field = drawLine(label, place[name], `${address}:${name}`, (text) => (place[name] = text), actions);
    field.querySelector("input")?.setAttribute("maxlength", "200");
    more.append(field);
  }
  return more;
}

/** @param {Menu} menu @param {Place} place @param {Around} around */
function drawButtons(menu, place, around) {
  const { actions } = around;
  const list = make("ol", { class: "menu-buttons", "aria-label": "Buttons" });
  list.append(...place.buttons.map((button, index) => drawButton(menu, place, button, index, around)));
  const add = act(place.ends ? "Make it a question: add a button" : "Add a button", () => actions.addButton(menu, place));
  add.dataset.at = `${at(menu, place)}:add`;
  const end = !place.buttons.length && place.ends === false ? act("Make it an answer", () => actions.change(() => (place.ends = true), `${at(menu, place)}:prompt`)) : null;
  return make("div", {}, list, add, end);
}

/** @param {Menu} menu @param {Place} place @param {Button} button @param {number} index @param {Around} around */
function drawButton(menu, place, button, index, around) {
  const { actions } = around;
  const address = `${at(menu, place)}:button:${index}`;
  const title = /** @type {HTMLInputElement} */ (make("input", { class: "input", value: button.title, maxlength: "80", "aria-label": `Button ${index + 1}`, "data-at": address, "data-key": button.key, autocomplete: "off" }));
  title.addEventListener("input", () => actions.type(() => actions.rename(place, button, title.value)));
  title.addEventListener("keydown", (event) => {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (event.altKey && by) actions.move(place, button, by, at(menu, place));
    else if (event.key === "Enter" && !event.isComposing) actions.addButton(menu, place, index + 1);
    else return;
    event.preventDefault();
  });
  const tools = make("span", { class: "menu-button__tools" },
    tool("↑", `Move ${button.title} up`, index > 0, () => actions.move(place, button, -1, at(menu, place))),
    tool("↓", `Move ${button.title} down`, index < place.buttons.length - 1, () => actions.move(place, button, 1, at(menu, place))),
    tool("×", `Delete ${button.title}`, true, () => actions.change(() => removeButton(place, button), `${at(menu, place)}:add`)),
  );
  const row = make("div", { class: "menu-button" }, title, drawTarget(menu, place, button, address, around), tools);
  return make("li", {}, row, drawInside(menu, place, button, address, around));
}

/** @param {Place} place @param {Button} button */
function removeButton(place, button) {
  place.buttons.splice(place.buttons.indexOf(button), 1);
  if (!place.buttons.length && !("steps" in place)) place.ends = true;
}

/** Where it leads. @param {Menu} menu @param {Place} place @param {Button} button @param {string} address @param {Around} around */
function drawTarget(menu, place, button, address, { outline, actions }) {
  const select = /** @type {HTMLSelectElement} */ (make("select", { class: "input", "aria-label": `${button.title} leads to`, "data-at": `${address}:target` }));
  const option = (/** @type {string} */ value, /** @type {string} */ text) => make("option", { value, text });
  const group = (/** @type {string} */ label, /** @type {HTMLElement[]} */ options) => (options.length ? make("optgroup", { label }, ...options) : null);
  const steps = menu.steps.map(({ name }) => option(`step:${name}`, name));
  const menus = outline.menus.length > 1 ? outline.menus.map(({ name }) => option(`menu:${name}`, name)) : [];
  const fixed = [option(":", "Nothing yet"), option("answer:", "An answer"), option("new:", "A new step…"), option("agent:", "A person"), option("start:", "The start")];
  select.append(...[...fixed, group("Steps", steps), group("Menus", menus)].filter((one) => one !== null));
  select.value = button.kind === "step" || button.kind === "menu" ? `${button.kind}:${button.target}` : `${button.kind}:`;
  if (select.selectedIndex < 0) select.value = "start:";
  select.addEventListener("change", () => actions.lead(menu, place, button, select.value));
  return select;
}

/** @param {Menu} menu @param {Place} place @param {Button} button @param {string} address @param {Around} around */
function drawInside(menu, place, button, address, around) {
  const { drawn, actions } = around;
  if (button.kind === "answer") return drawArea("The answer", button.target, `${address}:answer`, (text) => (button.target = text), actions);
  const step = button.kind === "step" ? menu.steps.find(({ name }) => name === button.target) : undefined;
  if (!step) return null;
  const there = at(menu, step);
  if (drawn.has(there)) return act(`Go to “${step.name}”, which is shown elsewhere`, () => actions.jump(there));
  drawn.add(there);
  return drawPlace(menu, step, around);
}

/** @param {string} label @param {string} text @param {string} address @param {(text: string) => void} take @param {Actions} actions */
function drawArea(label, text, address, take, actions) {
  const area = /** @type {HTMLTextAreaElement} */ (make("textarea", { class: "input menu-area", rows: "2", maxlength: "4000", "data-at": address }));
  area.value = text;
  area.addEventListener("input", () => actions.type(() => take(area.value)));
  return make("label", { class: "menu-label" }, label, area);
}

/** @param {string} label @param {string} text @param {string} address @param {(text: string) => void} take @param {Actions} actions */
function drawLine(label, text, address, take, actions) {
  const field = /** @type {HTMLInputElement} */ (make("input", { class: "input", value: text, "data-at": address, autocomplete: "off" }));
  field.addEventListener("input", () => actions.type(() => take(field.value)));
  return make("label", { class: "menu-label" }, label, field);
}

/** @param {string} label @param {() => void} action */
const act = (label, action) => makeButton(label, "button button--quiet button--small", action);

/** @param {string} sign @param {string} label @param {boolean} on @param {() => void} action */
function tool(sign, label, on, action) {
  const button = /** @type {HTMLButtonElement} */ (makeButton(sign, "button button--quiet button--small button--icon", action));
  button.setAttribute("aria-label", label);
  button.title = label;
  button.disabled = !on;
  return button;
}
