// Copy buttons: data-copy="id of the element whose words are copied".

import { showToast } from "./toast.js";

export function startCopyButtons() {
  document.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (!button) return;
    const source = document.getElementById(button.getAttribute("data-copy") ?? "");
    const text = source instanceof HTMLInputElement ? source.value : (source?.textContent ?? "").trim();
    const copied = await copyText(text);
    showToast(copied ? "Copied." : "Your browser did not allow copying. Select the text and copy it by hand.", copied ? "success" : "warning");
  });
}

/** @param {string} text */
async function copyText(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
