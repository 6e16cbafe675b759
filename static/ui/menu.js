// Menus are native popovers; this puts one beside the button that opened it, and lets arrow keys move within it.

const GAP = 4;

export function startMenus() {
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!(menu instanceof HTMLElement) || !menu.matches(".menu[popover]")) return;
    const button = document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
    const open = /** @type {ToggleEvent} */ (event).newState === "open";
    button?.setAttribute("aria-expanded", String(open));
    if (open && button) placeMenu(menu, button.getBoundingClientRect());
  }, true);
  document.addEventListener("keydown", moveInMenu);
}

/**
 * Below the button where there is room, above it otherwise; never outside the window.
 * @param {HTMLElement} menu
 * @param {DOMRect} anchor
 */
function placeMenu(menu, anchor) {
  const { offsetWidth: width, offsetHeight: height } = menu;
  const below = anchor.bottom + GAP + height <= innerHeight;
  const top = below ? anchor.bottom + GAP : Math.max(GAP, anchor.top - GAP - height);
  const wanted = menu.dataset.align === "end" ? anchor.right - width : anchor.left;
  menu.style.setProperty("top", `${top}px`);
  menu.style.setProperty("left", `${Math.min(Math.max(GAP, wanted), innerWidth - width - GAP)}px`);
}

/** @param {KeyboardEvent} event */
function moveInMenu(event) {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  const menu = document.querySelector(".menu:popover-open");
  if (!step || !menu) return;
  const items = [...menu.querySelectorAll(".menu__item, [data-theme-choice]")];
  const next = (items.indexOf(/** @type {Element} */ (document.activeElement)) + step + items.length) % items.length;
  /** @type {HTMLElement} */ (items[next])?.focus();
  event.preventDefault();
}
