const QUIET_MS = 300;

/** Reads each reply once into a polite live region, whole and not token by token. */
export class Announcer {
  #region;
  /** @type {string[]} */
  #waiting = [];
  /** @type {any} */
  #timer = null;

  /** @param {HTMLElement} region */
  constructor(region) {
    this.#region = region;
  }

  /** @param {string} text */
  say(text) {
    this.#waiting.push(text);
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#speak(), QUIET_MS);
  }

  #speak() {
    const lines = this.#waiting.splice(0).map((text) => {
      const line = document.createElement("p");
      line.textContent = text;
      return line;
    });
    this.#region.replaceChildren(...lines);
  }
}
