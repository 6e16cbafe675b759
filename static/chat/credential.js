const RENEWALS_MOST = 3;

/** @typedef {(wish: {renew: boolean}) => Promise<string>} GetToken `renew`: the old one was refused */

/** The token that opens the connection, and how often a new one may be asked for. */
export class Credential {
  #getToken;
  #renew = false;
  #renewals = 0;

  /** @param {GetToken | null} getToken null where a cookie speaks */
  constructor(getToken) {
    this.#getToken = getToken;
  }

  async get() {
    const token = this.#getToken ? await this.#getToken({ renew: this.#renew }) : "";
    this.#renew = false;
    return token;
  }

  /** The next one has to be new. */
  renew() {
    this.#renew = true;
  }

  /**
   * It was refused. A new one may be tried at once, but only once: a server that refuses new ones too is left in peace.
   * @returns {"now" | "later" | "never"}
   */
  refused() {
    if (!this.#getToken) return "never";
    this.#renew = true;
    this.#renewals += 1;
    if (this.#renewals > RENEWALS_MOST) return "never";
    return this.#renewals > 1 ? "later" : "now";
  }

  /** One that lasts is no longer new. */
  lasted() {
    this.#renewals = 0;
  }
}
