// The live numbers stay so: read again every few seconds while somebody looks, swapped in place.

import { showTimes } from "../ui/times.js";

const EVERY_MS = 5_000;

async function refresh() {
  const shown = document.getElementById("overview");
  if (!shown || document.hidden || shown.contains(document.activeElement)) return;
  const response = await fetch(location.href, { headers: { Accept: "text/html" }, cache: "no-store" });
  if (!response.ok || response.redirected) return;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const fresh = page.getElementById("overview");
  if (!fresh || fresh.isEqualNode(shown)) return;
  showTimes(fresh);
  shown.replaceWith(fresh);
}

setInterval(() => void refresh().catch(() => {}), EVERY_MS);
document.addEventListener("visibilitychange", () => void refresh().catch(() => {}));
