// Menus as the editor holds them (chatbots/menus/outline.py makes the first), and as JSON in the shape of the API.

/**
 * @typedef {{key: string, title: string, kind: "" | "step" | "menu" | "answer" | "agent" | "start", target: string}} Button
 * @typedef {{name: string, header: string, prompt: string, footer: string, buttons: Button[], ends?: boolean}} Place
 * @typedef {Place & {steps: Place[]}} Menu
 * @typedef {{first: string, menus: Menu[]}} Outline
 */

const ONLY = "main";
const EXAMPLE_PROMPT = "What is it about?";

/** @template T @param {T} value @returns {T} */
export const clone = (value) => JSON.parse(JSON.stringify(value));

/** @param {Outline} outline @returns {string} "" for none */
export function writeOutline({ first, menus }) {
  if (!menus.length) return "";
  const written = menus.map((menu) => [menu.name, writeMenu(menu, menus)]);
  const isSingle = menus.length === 1 && menus[0].name === ONLY;
  return JSON.stringify(isSingle ? written[0][1] : { first, menus: Object.fromEntries(written) }, null, 2);
}

/** @param {Menu} menu @param {Menu[]} menus */
function writeMenu(menu, menus) {
  const names = namesOf(menu, menus);
  const targets = menu.buttons.filter(({ key, kind, target }) => kind && !(kind === "step" && target === key) && !(kind === "agent" && key === "AGENT_MODE"));
  const steps = menu.steps.map((step) => [step.name, writeStep(step, names)]);
  return {
    ...writeHead(menu),
    body: { text: menu.prompt },
    ...(menu.footer ? { footer: { text: menu.footer } } : {}),
    action: writeAction(menu.buttons),
    ...writeTargets(targets, names),
    ...(steps.length ? { steps: Object.fromEntries(steps) } : {}),
  };
}

/** @param {Place} step @param {Set<string>} names */
function writeStep(step, names) {
  const { buttons, ends = false } = step;
  const frame = { ...writeHead(step), prompt: step.prompt, ...(step.footer ? { footer: { text: step.footer } } : {}) };
  if (!buttons.length) return ends ? frame : { ...frame, next_steps: {} };
  // Titles alone say it all, unless one leads nowhere as yet, comes twice, or is a number, which would not keep its place.
  const plain = new Set(buttons.map(({ title }) => title)).size === buttons.length;
  const isShort = plain && buttons.every((button) => button.key === button.title && writes(button) && !/^\d*$/.test(button.key));
  return { ...frame, ...(isShort ? {} : { action: writeAction(buttons) }), ...writeTargets(buttons, names) };
}

/** @param {Place} place */
const writeHead = ({ header }) => (header ? { header: { type: "text", text: header } } : {});

/** @param {Button[]} buttons */
const writeAction = (buttons) => ({ buttons: buttons.map(({ key, title }) => ({ type: "reply", reply: { id: key, title } })) });

/** @param {Button[]} buttons @param {Set<string>} names */
function writeTargets(buttons, names) {
  const targets = buttons.filter(writes).map((button) => [button.key, writeTarget(button, names)]);
  return targets.length ? { next_steps: Object.fromEntries(targets) } : {};
}

/** An answer without words leads nowhere as yet. @param {Button} button */
const writes = ({ kind, target }) => kind === "agent" || kind === "start" || Boolean(kind && target.trim());

/** @param {Button} button @param {Set<string>} names */
function writeTarget({ kind, target }, names) {
  if (kind === "agent") return "AGENT_MODE";
  if (kind === "start") return "MENU";
  // One word could be a name: it is said to be an answer.
  if (kind === "answer" && (!/\s/.test(target.trim()) || names.has(target.trim()))) return { answer: target };
  return target;
}

/** What a target in this menu may name. @param {Menu} menu @param {Menu[]} menus */
const namesOf = (menu, menus) => new Set([...menu.steps, ...menus].map(({ name }) => name));

/** @returns {Menu} */
export const makeMenu = (name = ONLY) => ({
  name,
  header: "",
  prompt: EXAMPLE_PROMPT,
  footer: "",
  buttons: [{ key: "person", title: "Talk to a person", kind: "agent", target: "" }],
  steps: [],
});

/** @param {Place} place @param {boolean} atStart whether it is a menu: its buttons have ids of their own @returns {Button} */
export function addButton(place, atStart, at = place.buttons.length) {
  const title = freeName("New choice", place.buttons.map((button) => button.title));
  const key = atStart ? freeName("choice", place.buttons.map((button) => button.key)) : title;
  /** @type {Button} */
  const button = { key, title, kind: "", target: "" };
  place.buttons.splice(at, 0, button);
  delete place.ends;
  return button;
}

/** @param {Menu} menu @param {string} wish @returns {Place} */
export function addStep(menu, wish) {
  const name = freeName(wish.trim().slice(0, 50) || "step", menu.steps.map((step) => step.name));
  /** @type {Place} */
  const step = { name, header: "", prompt: wish.trim() || name, footer: "", buttons: [], ends: true };
  menu.steps.push(step);
  return step;
}

/** Its title is its id too where nobody gave it another. @param {Place} place @param {Button} button @param {string} title */
export function renameButton(place, button, title) {
  const linked = button.key === button.title || /-\d+$/.test(button.key) && button.key.startsWith(button.title);
  button.title = title;
  if (linked) button.key = freeName(title || "choice", place.buttons.filter((one) => one !== button).map(({ key }) => key));
}

/** @param {Menu} menu @param {Place} step @param {string} name @returns {boolean} whether it could be */
export function renameStep(menu, step, name) {
  if (!name.trim() || menu.steps.some((other) => other !== step && other.name === name)) return false;
  for (const button of buttonsOf(menu)) if (button.kind === "step" && button.target === step.name) button.target = name;
  step.name = name;
  return true;
}

/** @param {Outline} outline @param {Menu} menu @param {string} name @returns {boolean} */
export function renameMenu(outline, menu, name) {
  if (!name.trim() || /[/#]/.test(name) || outline.menus.some((other) => other !== menu && other.name === name)) return false;
  for (const button of outline.menus.flatMap(buttonsOf)) if (button.kind === "menu" && button.target === menu.name) button.target = name;
  if (outline.first === menu.name) outline.first = name;
  menu.name = name;
  return true;
}

/** Buttons that led there lead nowhere. @param {Menu} menu @param {Place} step */
export function removeStep(menu, step) {
  menu.steps.splice(menu.steps.indexOf(step), 1);
  for (const button of buttonsOf(menu)) if (button.kind === "step" && button.target === step.name) Object.assign(button, { kind: "", target: "" });
}

/** @param {Outline} outline @param {Menu} menu */
export function removeMenu(outline, menu) {
  outline.menus.splice(outline.menus.indexOf(menu), 1);
  for (const button of outline.menus.flatMap(buttonsOf)) if (button.kind === "menu" && button.target === menu.name) Object.assign(button, { kind: "", target: "" });
  if (outline.first === menu.name) outline.first = outline.menus[0]?.name ?? "";
}

/** @param {Menu} menu */
const buttonsOf = (menu) => [menu, ...menu.steps].flatMap(({ buttons }) => buttons);

/** `wish`, or with the first number that makes it new. @param {string} wish @param {string[]} taken */
export function freeName(wish, taken) {
  if (!taken.includes(wish)) return wish;
  let number = 2;
  while (taken.includes(`${wish}-${number}`)) number += 1;
  return `${wish}-${number}`;
}

/**
 * The place that a field of the API's errors means, and what of it.
 * @param {Outline} outline
 * @param {string} field such as menu.steps.delivery.next_steps.Yes
 * @returns {{menu: string, step: string, rest: string}}
 */
export function findPlace({ menus }, field) {
  const places = menus.flatMap((menu) => {
    const heads = [`menu.menus.${menu.name}`, ...(menus.length === 1 ? ["menu"] : [])];
    return heads.flatMap((head) => [{ menu: menu.name, step: "", head }, ...menu.steps.map(({ name }) => ({ menu: menu.name, step: name, head: `${head}.steps.${name}` }))]);
  });
  const found = places.filter(({ head }) => field === head || field.startsWith(`${head}.`)).sort((one, other) => other.head.length - one.head.length)[0];
  return found ? { menu: found.menu, step: found.step, rest: field.slice(found.head.length + 1) } : { menu: "", step: "", rest: field };
}
