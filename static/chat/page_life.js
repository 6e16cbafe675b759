const WAKING_MS = 5_000;

/**
 * What happens to the page that a connection should know of: the network goes and comes, the
 * page is frozen, put into the back/forward cache, and woken again.
 *
 * @typedef {object} Listener
 * @property {() => void} onOnline
 * @property {() => void} onOffline
 * @property {() => void} onWake
 * @property {() => void} onPutAside the page leaves for the back/forward cache
 */
export class PageLife {
  #platform;
  #wokeAt = -Infinity;
  /** @type {[string, (event: any) => void][]} */
  #listeners;

  /** @param {import("./platform.js").Platform} platform @param {Listener} listener */
  constructor(platform, listener) {
    this.#platform = platform;
    const wake = () => {
      this.#wokeAt = platform.now();
      listener.onWake();
    };
    this.#listeners = [
      ["online", listener.onOnline],
      ["offline", listener.onOffline],
      ["resume", wake],
      ["pageshow", (event) => event.persisted && wake()],
      ["pagehide", (event) => event.persisted && listener.onPutAside()],
    ];
  }

  /** A connection that breaks now most likely died while the page slept. */
  get justWoke() {
    return this.#platform.now() - this.#wokeAt < WAKING_MS;
  }

  watch() {
    // `resume` is the document's: only the way down passes the window.
    for (const [name, listener] of this.#listeners) this.#platform.events.addEventListener(name, listener, true);
  }

  leave() {
    for (const [name, listener] of this.#listeners) this.#platform.events.removeEventListener(name, listener, true);
  }
}
