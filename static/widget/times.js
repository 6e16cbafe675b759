const DAY_MS = 86_400_000;

/** @param {Date} date */
const startOfDay = (date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/**
 * "now", "5 min ago", "14:05", "Yesterday 14:05", "3 May 14:05": short, and exact where it is long ago.
 * @param {Date} date
 * @param {Date} now
 */
export function sayWhen(date, now = new Date()) {
  const minutes = Math.floor((now.getTime() - date.getTime()) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min ago`;
  const clock = date.toLocaleTimeString(undefined, { hour: "2-digit", minute: "2-digit" });
  const days = Math.round((startOfDay(now) - startOfDay(date)) / DAY_MS);
  if (days < 1) return clock;
  if (days === 1) return `Yesterday ${clock}`;
  return `${date.toLocaleDateString(undefined, { day: "numeric", month: "short" })} ${clock}`;
}

/** @param {string} iso */
export function makeTime(iso) {
  const date = new Date(iso);
  const time = document.createElement("time");
  if (Number.isNaN(date.getTime())) return time;
  time.dateTime = iso;
  time.title = date.toLocaleString(undefined, { dateStyle: "full", timeStyle: "short" });
  time.textContent = sayWhen(date);
  return time;
}

/** Brings all times below `root` up to date. @param {ParentNode} root */
export function refreshTimes(root) {
  for (const time of root.querySelectorAll("time")) {
    if (time.dateTime) time.textContent = sayWhen(new Date(time.dateTime));
  }
}
