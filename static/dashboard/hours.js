// Opening hours: a day's text, such as "09:00–12:00, 13:00–17:00", as a row of two times for each opening. The text stays
// the form's field; the times write it.

const INTERVAL = /^(\d{1,2}):(\d\d)\s*[-–—]\s*(\d{1,2}):(\d\d)$/;

export function startHours() {
  const card = document.querySelector("[data-hours]");
  if (!(card instanceof HTMLElement)) return;
  for (const day of card.querySelectorAll("[data-day]")) new Day(/** @type {HTMLElement} */ (day)).start();
  const when = /** @type {HTMLElement} */ (card.querySelector("[data-hours-when]"));
  const show = () => (when.hidden = card.querySelector("[name=hours]:checked")?.getAttribute("value") === "always");
  card.addEventListener("change", show);
  show();
  suggestTimeZone(card);
}

/** Somebody who sets hours for the first time most likely means their own clock. @param {HTMLElement} card */
function suggestTimeZone(card) {
  const zone = card.querySelector("[name=time_zone]");
  const always = card.querySelector("[name=hours][value=always]");
  if (!(zone instanceof HTMLInputElement) || !(always instanceof HTMLInputElement) || zone.disabled) return;
  if (always.checked && zone.value === "UTC") zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

class Day {
  #field;
  #name;
  #rows;

  /** @param {HTMLElement} root */
  constructor(root) {
    this.#field = /** @type {HTMLInputElement} */ (root.querySelector("input"));
    this.#name = root.dataset.day ?? "";
    this.#rows = document.createElement("div");
    this.#rows.className = "hours__rows";
    this.#rows.setAttribute("role", "group");
    this.#rows.setAttribute("aria-label", this.#name);
  }

  start() {
    const intervals = readIntervals(this.#field.value);
    if (!intervals || this.#field.disabled) return;
    this.#field.hidden = true;
    this.#field.after(this.#rows);
    this.#draw(intervals);
    // Taking a change back writes the field.
    this.#field.addEventListener("input", (event) => {
      if (!event.isTrusted && !(event instanceof CustomEvent)) this.#draw(readIntervals(this.#field.value) ?? []);
    });
    this.#rows.addEventListener("change", () => this.#write());
  }

  /** @param {string[][]} intervals */
  #draw(intervals) {
    this.#rows.replaceChildren(...intervals.map((one) => this.#makeRow(one)), this.#makeAdd(intervals.length));
  }

  /** @param {string[]} interval */
  #makeRow([opens, closes]) {
    const row = document.createElement("div");
    row.className = "hours__row";
    const dash = document.createElement("span");
    dash.textContent = "–";
    dash.ariaHidden = "true";
    const remove = makeButton("Remove", `${opens}–${closes} on ${this.#name}`, () => {
      row.remove();
      this.#write();
      this.#draw(readIntervals(this.#field.value) ?? []);
      this.#rows.querySelector("button")?.focus();
    });
    row.append(makeTime(`${this.#name} from`, opens), dash, makeTime(`${this.#name} to`, closes), remove);
    return row;
  }

  /** @param {number} count */
  #makeAdd(count) {
    const add = makeButton(count ? "Add hours" : "Closed. Add hours", `on ${this.#name}`, () => {
      const last = readIntervals(this.#field.value)?.at(-1)?.[1] ?? "";
      const next = last && last < "22:00" ? [last.slice(0, 3) + "30", "22:00"] : ["09:00", "17:00"];
      add.before(this.#makeRow(next));
      this.#write();
      this.#draw(readIntervals(this.#field.value) ?? []);
      /** @type {HTMLElement|null} */ (this.#rows.querySelector(".hours__row:last-of-type input"))?.focus();
    });
    return add;
  }

  #write() {
    const rows = [...this.#rows.querySelectorAll(".hours__row")];
    const intervals = rows.map((row) => [...row.querySelectorAll("input")].map((time) => time.value));
    this.#field.value = intervals.filter(([opens, closes]) => opens && closes).map(([opens, closes]) => `${opens}–${closes}`).join(", ");
    for (const type of ["input", "change"]) this.#field.dispatchEvent(new CustomEvent(type, { bubbles: true }));
  }
}

/** Null where somebody has written something else than times. @param {string} text @returns {string[][] | null} */
function readIntervals(text) {
  const intervals = [];
  for (const part of text.split(",").map((one) => one.trim()).filter(Boolean)) {
    const found = INTERVAL.exec(part);
    if (!found) return null;
    const [, openHour, openMinute, closeHour, closeMinute] = found;
    // A field for times knows no 24:00; midnight at the end of a day is the same.
    intervals.push([`${openHour.padStart(2, "0")}:${openMinute}`, `${closeHour === "24" ? "00" : closeHour.padStart(2, "0")}:${closeMinute}`]);
  }
  return intervals;
}

/** @param {string} label @param {string} value */
function makeTime(label, value) {
  const time = document.createElement("input");
  time.type = "time";
  time.className = "input";
  time.setAttribute("aria-label", label);
  time.value = value;
  return time;
}

/** @param {string} words @param {string} more what only ears need @param {() => void} act */
function makeButton(words, more, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button button--link small";
  const rest = document.createElement("span");
  rest.className = "visually-hidden";
  rest.textContent = ` ${more}`;
  button.append(words, rest);
  button.addEventListener("click", act);
  return button;
}
