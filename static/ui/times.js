// Times: relative words, the exact time on hover, in the reader's own zone and language.

const STEPS = /** @type {const} */ ([["year", 31536000], ["month", 2592000], ["week", 604800], ["day", 86400], ["hour", 3600], ["minute", 60]]);
const words = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "short" });

/** @param {Date} date @param {number} now */
export function describeTime(date, now = Date.now()) {
  const seconds = (date.getTime() - now) / 1000;
  for (const [unit, size] of STEPS) if (Math.abs(seconds) >= size) return words.format(Math.round(seconds / size), unit);
  return seconds > 0 ? "in a moment" : "just now";
}

/** @param {ParentNode} root */
export function showTimes(root = document) {
  for (const element of root.querySelectorAll("time[datetime]:not([data-exact])")) {
    const date = new Date(element.getAttribute("datetime") ?? "");
    if (Number.isNaN(date.getTime())) continue;
    element.textContent = describeTime(date);
    element.setAttribute("title", exact.format(date));
  }
}

export function startTimes() {
  showTimes();
  document.addEventListener("htmx:afterSettle", (event) => showTimes(/** @type {Element} */ (event.target)));
  setInterval(() => showTimes(), 60_000);
}
