// Toasts: the server's messages and those of scripts. Errors stay until dismissed; the rest leaves by itself.

const STAY_MS = 6000;

/**
 * @param {string} text
 * @param {"info"|"success"|"warning"|"danger"} tone
 */
export function showToast(text, tone = "info") {
  const region = document.getElementById("toasts");
  const pattern = document.getElementById("toast-pattern");
  if (!region || !(pattern instanceof HTMLTemplateElement)) return;
  const toast = /** @type {HTMLElement} */ (pattern.content.firstElementChild?.cloneNode(true));
  toast.classList.add(`toast--${tone}`);
  toast.dataset.tone = tone;
  const words = toast.querySelector(".toast__text");
  if (words) words.textContent = text;
  region.append(toast);
  leaveLater(toast);
}

/** @param {HTMLElement} toast */
function leaveLater(toast) {
  if (toast.dataset.tone === "danger") return;
  let timer = setTimeout(() => toast.remove(), STAY_MS);
  toast.addEventListener("pointerenter", () => clearTimeout(timer));
  toast.addEventListener("focusin", () => clearTimeout(timer));
  toast.addEventListener("pointerleave", () => (timer = setTimeout(() => toast.remove(), STAY_MS)));
}

export function startToasts() {
  document.addEventListener("click", (event) => {
    const close = event.target instanceof Element ? event.target.closest("[data-toast-close]") : null;
    close?.closest(".toast")?.remove();
  });
  for (const toast of document.querySelectorAll("#toasts > .toast")) leaveLater(/** @type {HTMLElement} */ (toast));
  // The server may send a toast with any htmx answer: HX-Trigger {"toast": {"text", "tone"}}.
  document.addEventListener("toast", (event) => {
    const detail = /** @type {CustomEvent} */ (event).detail;
    showToast(detail.text, detail.tone);
  });
}
