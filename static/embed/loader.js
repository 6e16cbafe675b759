/**
 * Parley's loader: the one script line on a site. Draws the launcher in a shadow root, and makes
 * the frame only once somebody means to chat. Needs `script-src` and `frame-src` of its host's
 * content security policy and nothing else. A classic script, so that `async src` is all there is.
 */
(() => {
  "use strict";
  const VERSION = "1";
  const PHONE = "(max-width: 480px)";
  const script =
    /** @type {HTMLScriptElement | null} */ (document.currentScript) ??
    /** @type {HTMLScriptElement | null} */ (document.querySelector('script[data-bot][src*="/embed/loader.js"]'));
  const id = script?.dataset.bot?.trim() ?? "";
  if (!script || !/^[\w-]{1,64}$/.test(id)) return console.error("Parley: the script line needs data-bot with the bot's public id.");
  const server = new URL(script.src, location.href).origin;
  const page = /** @type {any} */ (window);
  if (page.Parley?.destroy) return;

  const CSS = `
    :host { all: initial !important; position: fixed !important; z-index: 2147483000 !important; inset: auto 20px 20px auto !important; display: block !important; }
    :host([data-position="left"]) { inset: auto auto 20px 20px !important; }
    button { all: unset; box-sizing: border-box; position: relative; display: grid; place-items: center; width: 56px; height: 56px; border-radius: 50%; background: var(--colour, #1f6f5c); color: var(--on, #fff); cursor: pointer; box-shadow: 0 2px 6px rgb(0 0 0 / 20%), 0 8px 24px rgb(0 0 0 / 18%); animation: rise .2s; transition: scale .12s; }
    button:hover { scale: 1.05; }
    button:focus-visible { outline: 3px solid var(--on, #fff); outline-offset: -6px; box-shadow: 0 0 0 3px var(--colour, #1f6f5c); }
    svg { width: 26px; height: 26px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
    [data-open] .chat, button:not([data-open]) .shut { display: none; }
    button[data-open] .chat { display: none; }
    b { position: absolute; inset: -2px -2px auto auto; min-width: 20px; height: 20px; box-sizing: border-box; padding: 0 6px; border-radius: 10px; background: #b3261e; color: #fff; font: 600 12px/20px system-ui, sans-serif; text-align: center; }
    b:empty { display: none; }
    iframe { all: unset; position: fixed; inset: auto 20px 92px auto; width: min(400px, calc(100vw - 40px)); height: min(640px, calc(100dvh - 120px)); border-radius: 14px; background: Canvas; box-shadow: 0 4px 12px rgb(0 0 0 / 12%), 0 16px 48px rgb(0 0 0 / 22%); color-scheme: light dark; visibility: hidden; opacity: 0; translate: 0 8px; transition: opacity .14s, translate .14s, visibility .14s; }
    :host([data-position="left"]) iframe { inset: auto auto 92px 20px; }
    iframe[data-open] { visibility: visible; opacity: 1; translate: none; }
    @media ${PHONE} {
      iframe, :host([data-position="left"]) iframe { inset: var(--top, 0) 0 auto 0; width: 100%; height: var(--height, 100dvh); border-radius: 0; translate: none; }
      button[data-open] { visibility: hidden; }
    }
    @media (prefers-reduced-motion: reduce) { button, iframe { animation: none; transition: none; } }
    @media print { :host { display: none !important; } }
    @keyframes rise { from { opacity: 0; scale: .6; } }
  `;
  const SVG = "http://www.w3.org/2000/svg";
  const SHAPES = { chat: "M21 12a8 8 0 0 1-8 8H4l1.8-3A8 8 0 1 1 21 12Z", shut: "m6 9 6 6 6-6" };

  const ends = new AbortController();
  const { signal } = ends;
  const host = document.createElement("parley-widget");
  const root = host.attachShadow({ mode: "open" });
  const button = document.createElement("button");
  const badge = document.createElement("b");
  const lock = makeSheet(`@media ${PHONE} { html { overflow: hidden !important; } }`);
  /** @type {HTMLIFrameElement | null} */
  let frame = null;
  let isOpen = false;
  let isGreeted = false;
  let name = "";

  /** @param {string} css */
  function makeSheet(css) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(css);
    return sheet;
  }

  /** @param {"chat" | "shut"} shape */
  function makeIcon(shape) {
    const svg = document.createElementNS(SVG, "svg");
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", SHAPES[shape]);
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("class", shape);
    svg.setAttribute("aria-hidden", "true");
    svg.append(path);
    return svg;
  }

  function drawLauncher() {
    root.adoptedStyleSheets = [makeSheet(CSS)];
    button.type = "button";
    button.append(makeIcon("chat"), makeIcon("shut"), badge);
    button.setAttribute("aria-haspopup", "dialog");
    button.addEventListener("click", toggle, { signal });
    // What one points at or tabs to, one is likely to open: the frame is ready by the click.
    for (const hint of ["pointerenter", "focus"]) button.addEventListener(hint, makeFrame, { signal, once: true });
    label();
    root.append(button);
    // Beside the body: pages that replace their body keep the chat.
    document.documentElement.append(host);
  }

  function label() {
    const count = Number(badge.textContent) || 0;
    const unread = count && !isOpen ? `, ${count} unread` : "";
    const whom = name && ` with ${name}`;
    button.setAttribute("aria-label", `${isOpen ? "Close" : "Open"} chat${whom}${unread}`);
    button.setAttribute("aria-expanded", String(isOpen));
  }

  /** @param {any} look */
  function applyLook({ name: title, appearance }) {
    name = title;
    if (appearance.position === "left") host.dataset.position = "left";
    const colours = { "--colour": appearance.primary, "--on": appearance.on_primary };
    for (const [role, colour] of Object.entries(colours)) if (/^#[\da-f]{6}$/i.test(colour)) button.style.setProperty(role, colour);
    if (frame) frame.title = titleOf();
    label();
  }

  const titleOf = () => (name ? `Chat with ${name}` : "Chat");

  function makeFrame() {
    if (frame) return;
    frame = document.createElement("iframe");
    frame.title = titleOf();
    frame.allow = "clipboard-write";
    frame.src = `${server}/embed/frame/${id}/`;
    // A frame that is closed is not to be tabbed into, nor read out.
    frame.inert = !isOpen;
    root.append(frame);
  }

  /** @param {object} message */
  function tell(message) {
    if (isGreeted) frame?.contentWindow?.postMessage({ parley: 1, ...message }, server);
  }

  function open() {
    if (isOpen || signal.aborted) return;
    isOpen = true;
    makeFrame();
    show();
    frame?.focus();
    tell({ type: "open" });
  }

  function close() {
    if (!isOpen) return;
    isOpen = false;
    const hadFocus = document.activeElement === host;
    show();
    tell({ type: "close" });
    if (hadFocus) button.focus();
  }

  function toggle() {
    if (isOpen) close();
    else open();
  }

  function show() {
    if (!frame) return;
    frame.toggleAttribute("data-open", isOpen);
    button.toggleAttribute("data-open", isOpen);
    frame.inert = !isOpen;
    const others = document.adoptedStyleSheets.filter((sheet) => sheet !== lock);
    document.adoptedStyleSheets = isOpen ? [...others, lock] : others;
    if (isOpen) setUnread(0);
    label();
  }

  /** @param {number} count */
  function setUnread(count) {
    badge.textContent = count > 0 ? (count > 99 ? "99+" : String(count)) : "";
    label();
  }

  /** @param {MessageEvent} event */
  function hear({ source, origin, data }) {
    if (!frame || source !== frame.contentWindow || origin !== server || data?.parley !== 1) return;
    if (data.type === "hello") {
      isGreeted = true;
      tell({ type: "init", loader: VERSION, page: { path: location.pathname } });
    } else if (data.type === "ready" && isOpen) tell({ type: "open" });
    else if (data.type === "close") close();
    else if (data.type === "unread") setUnread(isOpen ? 0 : Number(data.count) || 0);
  }

  /** On a phone the frame ends where the keyboard begins; a page that was zoomed into is left alone. */
  function followViewport() {
    const view = window.visualViewport;
    if (!frame || !view || view.scale !== 1) return;
    frame.style.setProperty("--height", `${view.height}px`);
    frame.style.setProperty("--top", `${view.offsetTop}px`);
  }

  function destroy() {
    ends.abort();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((sheet) => sheet !== lock);
    host.remove();
    frame = null;
    delete page.Parley;
  }

  function start() {
    if (signal.aborted) return;
    drawLauncher();
    if (isOpen) show();
    window.addEventListener("message", hear, { signal });
    window.addEventListener("keydown", (event) => event.key === "Escape" && document.activeElement === host && close(), { signal });
    for (const change of ["resize", "scroll"]) window.visualViewport?.addEventListener(change, followViewport, { signal });
  }

  page.Parley = { open, close, toggle, destroy };
  // An unknown or unpublished bot has no look: then there is no launcher to lead nowhere.
  import(`${server}/embed/bot/${id}.js`).then(
    (module) => {
      start();
      if (!signal.aborted) applyLook(module.default);
    },
    () => console.error(`Parley: there is no published bot ${id} at ${server}.`),
  );
})();
