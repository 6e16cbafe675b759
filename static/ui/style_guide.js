// The style guide's own page: swatches show the tokens themselves; sample toasts.

import { showToast } from "./toast.js";

for (const swatch of document.querySelectorAll("[data-colour]"))
  /** @type {HTMLElement} */ (swatch).style.setProperty("--swatch", `var(--${swatch.getAttribute("data-colour")})`);

document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("[data-toast-sample]") : null;
  const tone = button?.getAttribute("data-toast-sample");
  if (tone === "success") showToast("Saved.", tone);
  if (tone === "danger") showToast("Not saved. Check your connection and try again.", tone);
});
