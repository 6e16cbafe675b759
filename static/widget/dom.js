/**
 * Makes an element. Text goes in as text; only `html` (the server's own, sanitised) as markup.
 * @param {string} tag
 * @param {{class?: string, text?: string, html?: string, [attribute: string]: string | undefined}} [attributes]
 * @param {...(Node | string | null)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined) continue;
    if (name === "text") element.textContent = value;
    else if (name === "html") element.innerHTML = value;
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}

/**
 * @param {string} label
 * @param {string} classes
 * @param {() => void} action
 */
export function makeButton(label, classes, action) {
  const button = make("button", { type: "button", class: classes, text: label });
  button.addEventListener("click", action);
  return button;
}

/**
 * @template {HTMLElement} [T=HTMLElement]
 * @param {string} id
 * @returns {T}
 */
export const byId = (id) => /** @type {T} */ (document.getElementById(id));

/** The first letter of a name, for an avatar without a picture. @param {string} name */
export const initialOf = (name) => ([...name.trim()][0] ?? "?").toUpperCase();
