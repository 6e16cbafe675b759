// What a form's fields hold, as a map that can be put back.

/** @typedef {HTMLInputElement|HTMLTextAreaElement|HTMLSelectElement} Field */

/** @param {HTMLFormElement} form @returns {Field[]} */
function listFields(form) {
  return /** @type {Field[]} */ ([...form.elements]).filter((field) => field.name && field.type !== "hidden");
}

/** @param {Field} field */
function isChoice(field) {
  return field instanceof HTMLInputElement && (field.type === "radio" || field.type === "checkbox");
}

/** @param {HTMLFormElement} form @returns {Map<string, string>} */
export function snapshotFields(form) {
  const values = new Map();
  for (const field of listFields(form)) {
    if (!isChoice(field)) values.set(field.name, field.value);
    else if (/** @type {HTMLInputElement} */ (field).checked) values.set(field.name, field.value);
  }
  return values;
}

/** Every field that changes says so (input), as if it had been typed. @param {HTMLFormElement} form @param {Map<string, string>} values */
export function restoreFields(form, values) {
  for (const field of listFields(form)) {
    const wanted = values.get(field.name);
    if (field instanceof HTMLInputElement && isChoice(field)) {
      const on = wanted === field.value;
      if (field.checked === on) continue;
      field.checked = on;
    } else if (field.value === (wanted ?? "")) continue;
    else field.value = wanted ?? "";
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}
