// The editor saves as one types. This shows how that goes, marks fields with errors, and never loses what was typed.

const WORDS = { saving: "Saving…", failed: "Not saved: we could not reach the server. Your words are still here; change something or try again." };

export function startDraftForm() {
  document.addEventListener("input", showSliderValue);
  const form = document.querySelector("[data-draft-form]");
  if (!form) return;
  let unsaved = false;
  form.addEventListener("input", () => (unsaved = true));
  form.addEventListener("htmx:beforeRequest", () => showState("saving", WORDS.saving));
  form.addEventListener("htmx:afterRequest", (event) => {
    const { successful, xhr } = /** @type {CustomEvent} */ (event).detail;
    unsaved = !successful;
    if (!successful) showState("failed", xhr?.status ? `Not saved (error ${xhr.status}). Load the page again and repeat it.` : WORDS.failed);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  document.addEventListener("htmx:oobAfterSwap", markErrors);
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
  window.addEventListener("online", () => unsaved && form.dispatchEvent(new Event("change")));
}

/** @param {string} state @param {string} words */
function showState(state, words) {
  const element = document.getElementById("save-state");
  if (!element) return;
  element.dataset.state = state;
  element.textContent = words;
}

/** The error boxes are swapped by themselves; the control they belong to must say so too. */
function markErrors() {
  for (const box of document.querySelectorAll("[data-draft-form] .field__errors[id]")) {
    const control = document.getElementById(box.id.replace(/_error$/, ""));
    if (!control) continue;
    const wrong = box.childElementCount > 0;
    control.toggleAttribute("aria-invalid", wrong);
    if (wrong) control.setAttribute("aria-invalid", "true");
    const others = (control.getAttribute("aria-describedby") ?? "").split(" ").filter((id) => id && id !== box.id);
    control.setAttribute("aria-describedby", [...others, ...(wrong ? [box.id] : [])].join(" "));
  }
}

/** @param {Event} event */
function showSliderValue(event) {
  const slider = event.target;
  if (!(slider instanceof HTMLInputElement) || slider.type !== "range") return;
  const output = slider.closest(".slider")?.querySelector("output");
  if (output) output.textContent = slider.value + (output.dataset.unit ?? "");
}
