/**
 * Recovery and diagnostics, which are fetched only when they are needed, or ahead of that while
 * all is well: without a server they could not be.
 */
export class Rescue {
  #connection;
  #platform;
  #onChange;
  /** @type {Promise<import("./recovery.js").Recovery> | null} */
  #recovery = null;

  /**
   * @param {import("./connection.js").Connection} connection
   * @param {import("./platform.js").Platform} platform
   * @param {(recovery: "" | "quick" | "full") => void} onChange what is under way
   */
  constructor(connection, platform, onChange) {
    this.#connection = connection;
    this.#platform = platform;
    this.#onChange = onChange;
  }

  get isRunning() {
    return this.#recovery !== null;
  }

  /** @param {{full: boolean}} how @returns {Promise<import("./recovery.js").Result>} */
  async recover({ full }) {
    if (this.#recovery) return (await this.#recovery).run();
    this.#recovery = this.#make(full);
    this.#onChange(full ? "full" : "quick");
    try {
      return await (await this.#recovery).run();
    } finally {
      this.#recovery = null;
      this.#onChange("");
    }
  }

  cancel() {
    this.#recovery?.then((recovery) => recovery.cancel(), () => {});
  }

  /** @param {Parameters<typeof import("./diagnostics.js").diagnose>[0]} circumstances */
  async diagnose(circumstances) {
    return (await import("./diagnostics.js")).diagnose(circumstances);
  }

  prepare() {
    for (const part of [import("./diagnostics.js"), import("./recovery.js")]) part.catch(() => {});
  }

  /** @param {boolean} full */
  async #make(full) {
    const { Recovery } = await import("./recovery.js");
    return new Recovery(this.#connection, { platform: this.#platform, full });
  }
}
