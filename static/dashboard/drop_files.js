// Files dropped anywhere on a form with data-drop-files go into its file field, and the form is sent.

const OVER = "drop";

export function startFileDrops() {
  for (const event of ["dragenter", "dragover"]) {
    document.addEventListener(event, (moved) => {
      const form = findForm(moved);
      if (!form || !holdsFiles(/** @type {DragEvent} */ (moved))) return;
      moved.preventDefault();
      form.classList.add(OVER);
    });
  }
  document.addEventListener("dragleave", (left) => {
    const form = findForm(left);
    const to = /** @type {DragEvent} */ (left).relatedTarget;
    if (form && !(to instanceof Node && form.contains(to))) form.classList.remove(OVER);
  });
  document.addEventListener("drop", (dropped) => {
    const form = findForm(dropped);
    const files = /** @type {DragEvent} */ (dropped).dataTransfer?.files;
    if (!form || !files?.length) return;
    dropped.preventDefault();
    form.classList.remove(OVER);
    takeFiles(form, files);
  });
}

/** The form below the pointer; anywhere in the card counts. @param {Event} event @returns {HTMLFormElement|null} */
function findForm(event) {
  const way = event.target instanceof Element ? event.target.closest(".way") : null;
  return /** @type {HTMLFormElement|null} */ (way?.querySelector("form[data-drop-files]") ?? null);
}

/** @param {DragEvent} event */
function holdsFiles(event) {
  return [...(event.dataTransfer?.types ?? [])].includes("Files");
}

/** @param {HTMLFormElement} form @param {FileList} files */
function takeFiles(form, files) {
  const field = form.querySelector("input[type=file]");
  if (!(field instanceof HTMLInputElement)) return;
  field.files = files;
  form.requestSubmit();
}
