// Runs before the first paint, so that a chosen theme never flashes. Classic script on purpose.
(() => {
  let chosen = null;
  try {
    chosen = localStorage.getItem("parley.theme");
  } catch {
    // Storage may be blocked; the system's theme holds then.
  }
  if (chosen === "light" || chosen === "dark") document.documentElement.dataset.theme = chosen;
})();
