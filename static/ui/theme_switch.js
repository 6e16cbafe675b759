// The theme switch: follow the system, light, or dark; remembered on this device.

const KEY = "parley.theme";

/** @returns {"auto"|"light"|"dark"} */
export function readTheme() {
  const chosen = document.documentElement.dataset.theme;
  return chosen === "light" || chosen === "dark" ? chosen : "auto";
}

/** @param {string} theme */
export function applyTheme(theme) {
  const root = document.documentElement;
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  else delete root.dataset.theme;
  try {
    if (theme === "auto") localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, theme);
  } catch {
    // Not remembered where storage is blocked; it still holds on this page.
  }
  showChoice();
  document.dispatchEvent(new CustomEvent("parley:theme", { detail: theme }));
}

function showChoice() {
  const current = readTheme();
  for (const button of document.querySelectorAll("[data-theme-choice]"))
    button.setAttribute("aria-pressed", String(button.getAttribute("data-theme-choice") === current));
}

export function startThemeSwitch() {
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-theme-choice]") : null;
    if (button) applyTheme(button.getAttribute("data-theme-choice") ?? "auto");
  });
  showChoice();
}
