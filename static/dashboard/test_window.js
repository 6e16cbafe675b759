// The test window: a dialog around /bots/<slug>/test/. Opened by data-test-bot and by ?test=<slug> in the address.

const PARAMETER = "test";
const SLUG = /^[-a-zA-Z0-9_]+$/;

export function startTestWindow() {
  const dialog = document.getElementById("test-window");
  if (!(dialog instanceof HTMLDialogElement)) return;
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-test-bot]") : null;
    if (button instanceof HTMLElement) openTestWindow(dialog, button.dataset.testBot ?? "", button.dataset.testName);
  });
  dialog.addEventListener("close", () => {
    dialog.querySelector("iframe")?.remove();
    dialog.classList.remove("test-window--ready");
    rememberInAddress(null);
  });
  const asked = new URLSearchParams(location.search).get(PARAMETER);
  if (asked) openTestWindow(dialog, asked);
}

/** @param {HTMLDialogElement} dialog @param {string} slug @param {string} [name] */
export function openTestWindow(dialog, slug, name) {
  if (!SLUG.test(slug) || dialog.open) return;
  const button = document.querySelector(`[data-test-bot="${CSS.escape(slug)}"]`);
  const title = name ?? (button instanceof HTMLElement ? button.dataset.testName : undefined) ?? slug;
  const heading = dialog.querySelector("h2");
  if (heading) heading.textContent = `Test ${title}`;
  const frame = document.createElement("iframe");
  frame.className = "dialog__frame";
  frame.title = `Test of ${title}`;
  frame.src = `/bots/${encodeURIComponent(slug)}/test/`;
  // Escape inside the frame does not reach this page by itself.
  frame.addEventListener("load", () => {
    dialog.classList.add("test-window--ready");
    closeOnEscape(frame, dialog);
  });
  dialog.querySelector("header")?.after(frame);
  dialog.showModal();
  rememberInAddress(slug);
}

/** @param {HTMLIFrameElement} frame @param {HTMLDialogElement} dialog */
function closeOnEscape(frame, dialog) {
  frame.contentWindow?.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented) dialog.close();
  });
}

/** @param {string|null} slug */
function rememberInAddress(slug) {
  const address = new URL(location.href);
  if (slug) address.searchParams.set(PARAMETER, slug);
  else address.searchParams.delete(PARAMETER);
  history.replaceState(history.state, "", address);
}
