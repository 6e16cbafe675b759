// Colours of an owner's choice reach the page by CSSOM only: the content security policy allows no inline style.

/** @param {ParentNode} root */
export function paintTints(root = document) {
  for (const element of root.querySelectorAll("[data-tint]")) {
    const { tint, onTint } = /** @type {HTMLElement} */ (element).dataset;
    /** @type {HTMLElement} */ (element).style.setProperty("--tint", tint ?? "");
    /** @type {HTMLElement} */ (element).style.setProperty("--on-tint", onTint || "#ffffff");
  }
}
