/** Timers by name, in a clock that also runs in a hidden tab: setting one again replaces it. */
export class Timers {
  #platform;
  /** @type {Map<string, any>} */
  #timers = new Map();

  /** @param {import("./platform.js").Platform} platform */
  constructor(platform) {
    this.#platform = platform;
  }

  /** @param {string} name @param {number} ms @param {() => void} action */
  arm(name, ms, action) {
    this.disarm(name);
    const ring = () => {
      this.#timers.delete(name);
      action();
    };
    this.#timers.set(name, this.#platform.setSteadyTimeout(ring, ms));
  }

  /** @param {string} name */
  disarm(name) {
    this.#platform.clearSteadyTimeout(this.#timers.get(name));
    this.#timers.delete(name);
  }

  clear() {
    for (const name of [...this.#timers.keys()]) this.disarm(name);
  }
}
