// The preview beside the editor follows the fields at once, before anything is saved.

import { contrast } from "./colours.js";
import { showMenu } from "./menu/preview.js";

/** @typedef {{name: string, greeting: string, suggested_questions: string[], appearance: Record<string, string>,
 *   menu?: Parameters<typeof showMenu>[1]}} PublicBot */

const ENOUGH = 4.5;

export function startPreview() {
  const preview = document.querySelector("[data-preview]");
  const data = document.getElementById("bot-configuration");
  if (!(preview instanceof HTMLElement) || !data) return;
  /** @type {PublicBot} */
  const bot = JSON.parse(data.textContent ?? "{}");
  showBot(preview, bot);
  document.getElementById("draft-form")?.addEventListener("input", (event) => {
    readField(bot, /** @type {HTMLInputElement} */ (event.target));
    showBot(preview, bot);
  });
}

/** @param {PublicBot} bot @param {HTMLInputElement} field */
function readField(bot, field) {
  if (field.name === "name" || field.name === "greeting") bot[field.name] = field.value;
  else if (field.name === "suggested_questions") bot.suggested_questions = field.value.split("\n").map((line) => line.trim()).filter(Boolean).slice(0, 6);
  else if (field.name in bot.appearance) bot.appearance[field.name] = field.value;
}

/** @param {HTMLElement} preview @param {PublicBot} bot */
function showBot(preview, bot) {
  const { primary, on_primary: onPrimary, position, theme, avatar_url: picture } = bot.appearance;
  preview.dataset.position = position;
  preview.dataset.theme = theme;
  preview.style.setProperty("--preview-primary", primary);
  preview.style.setProperty("--preview-on-primary", onPrimary);
  const find = (/** @type {string} */ selector) => /** @type {HTMLElement} */ (preview.querySelector(selector));
  find("[data-preview-name]").textContent = bot.name;
  find("[data-preview-letter]").textContent = bot.name.trim().slice(0, 1);
  find("[data-preview-greeting]").textContent = bot.greeting;
  find("[data-preview-greeting-row]").hidden = !bot.greeting.trim();
  find("[data-preview-questions]").replaceChildren(...bot.suggested_questions.map(makeQuestion));
  showPicture(/** @type {HTMLImageElement} */ (find(".preview__picture")), picture);
  // The Menu tab shows what is being edited.
  if (!document.getElementById("menu-editor")) showMenu(preview, bot.menu);
  warnOfContrast(primary, onPrimary);
}

/** @param {string} text */
function makeQuestion(text) {
  const question = document.createElement("span");
  question.textContent = text;
  return question;
}

/** Pictures of other sites are not loaded here (the policy forbids it): only this server's own. @param {HTMLImageElement} image @param {string} address */
function showPicture(image, address) {
  const own = address.startsWith("/");
  image.hidden = !own;
  if (own && image.getAttribute("src") !== address) image.src = address;
}

/** @param {string} primary @param {string} onPrimary */
function warnOfContrast(primary, onPrimary) {
  const element = document.getElementById("colour-contrast");
  if (!element) return;
  const ratio = contrast(primary, onPrimary);
  element.textContent = ratio < ENOUGH ? `Hard to read: the contrast is ${ratio.toFixed(1)}, and 4.5 is needed. Make one of them darker or lighter.` : `Easy to read (contrast ${ratio.toFixed(1)}).`;
}
