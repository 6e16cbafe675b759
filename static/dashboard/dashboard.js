// The dashboard's behaviour: what several of its pages share.

import { startConfirmations } from "./confirm.js";
import { startDraftForm } from "./draft_form.js";
import { startFileDrops } from "./drop_files.js";
import { startPreview } from "./preview.js";
import { startTestWindow } from "./test_window.js";
import { paintTints } from "./tints.js";

startConfirmations();
startDraftForm();
startFileDrops();
startPreview();
startTestWindow();
paintTints();

// Choices that take effect at once, such as a member's role.
document.addEventListener("change", (event) => {
  const form = event.target instanceof Element ? event.target.closest("form[data-submit-on-change]") : null;
  if (form instanceof HTMLFormElement) form.requestSubmit();
});

// A form that takes a while says so, and is not sent twice.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !("busyOnSubmit" in form.dataset) || event.defaultPrevented) return;
  const button = form.querySelector("button[type=submit]");
  button?.setAttribute("aria-busy", "true");
  if (button instanceof HTMLButtonElement) setTimeout(() => (button.disabled = true));
});
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const button of document.querySelectorAll("button[aria-busy]")) {
    button.removeAttribute("aria-busy");
    /** @type {HTMLButtonElement} */ (button).disabled = false;
  }
});
