// Opening and closing native dialogs by attribute: data-dialog-open="id", data-dialog-close, a click on the backdrop.

export function startDialogs() {
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const opener = event.target.closest("[data-dialog-open]");
    if (opener) return openDialog(opener.getAttribute("data-dialog-open") ?? "");
    const dialog = event.target.closest("dialog");
    if (!dialog) return;
    if (event.target.closest("[data-dialog-close]") || isBackdrop(event, dialog)) dialog.close();
  });
}

/** @param {string} id */
function openDialog(id) {
  const dialog = document.getElementById(id);
  if (dialog instanceof HTMLDialogElement && !dialog.open) dialog.showModal();
}

/**
 * @param {MouseEvent} event
 * @param {HTMLDialogElement} dialog
 */
function isBackdrop(event, dialog) {
  if (event.target !== dialog || event.detail === 0) return false;
  const box = dialog.getBoundingClientRect();
  return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
}
