// Before something that cannot be undone: forms with data-confirm ask in the shared dialog first.

export function startConfirmations() {
  const dialog = document.getElementById("confirm");
  if (!(dialog instanceof HTMLDialogElement)) return;
  /** @type {HTMLFormElement|null} */
  let asking = null;

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !form.dataset.confirm || form.dataset.confirmed) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    asking = form;
    fillDialog(dialog, form.dataset);
    dialog.showModal();
  }, true);

  dialog.querySelector("[data-confirm-yes]")?.addEventListener("click", () => {
    const form = asking;
    dialog.close();
    if (!form) return;
    form.dataset.confirmed = "yes";
    form.requestSubmit();
    delete form.dataset.confirmed;
  });
}

/** @param {HTMLDialogElement} dialog @param {DOMStringMap} words */
function fillDialog(dialog, words) {
  /** @param {string} selector @param {string|undefined} text */
  const write = (selector, text) => {
    const element = dialog.querySelector(selector);
    if (element) element.textContent = text ?? "";
  };
  write("h2", words.confirm);
  write("[data-confirm-words]", words.confirmDetail);
  write("[data-confirm-yes]", words.confirmAction ?? "Go on");
}
