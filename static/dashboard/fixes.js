// One-click fixes: a form with data-fix is sent where it stands, and its sentence takes its place.

const UNREACHABLE = "Not done: the server cannot be reached. Try again.";
const FAILED = "That did not work. Load the page again and try once more.";

/** @param {Document|HTMLElement} root */
export function startFixes(root = document) {
  root.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !("fix" in form.dataset)) return;
    event.preventDefault();
    void sendFix(form);
  });
}

/** @param {HTMLFormElement} form */
async function sendFix(form) {
  const button = /** @type {HTMLButtonElement|null} */ (form.querySelector("button[type=submit]"));
  if (!button || button.disabled) return;
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  const problem = await send(form);
  button.disabled = false;
  button.removeAttribute("aria-busy");
  if (problem) showProblem(form, problem);
}

/** What went wrong, or nothing. @param {HTMLFormElement} form @returns {Promise<string>} */
async function send(form) {
  try {
    const response = await fetch(form.action, { method: "POST", body: new FormData(form), headers: { "HX-Request": "true" } });
    if (!response.ok) return readProblem(response);
    const template = document.createElement("template");
    template.innerHTML = await response.text();
    const done = template.content.firstElementChild;
    (form.closest(".story__write") ?? form).replaceWith(template.content);
    if (done instanceof HTMLElement) {
      done.tabIndex = -1;
      done.focus();
      done.dispatchEvent(new CustomEvent("parley:mended", { bubbles: true }));
    }
    return "";
  } catch {
    return UNREACHABLE;
  }
}

/** @param {Response} response */
function readProblem(response) {
  try {
    return JSON.parse(response.headers.get("HX-Trigger") ?? "").toast.text;
  } catch {
    return FAILED;
  }
}

/** @param {HTMLFormElement} form @param {string} words */
function showProblem(form, words) {
  let box = form.querySelector(".story__failed");
  if (!box) {
    box = document.createElement("p");
    box.className = "story__failed";
    box.setAttribute("role", "alert");
    form.append(box);
  }
  box.textContent = words;
}

startFixes();
