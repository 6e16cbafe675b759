import { CodedError, errorFromResponse } from "../chat/codes.js";

const ANSWER_WITHIN_MS = 10_000;

/**
 * Who talks here. Keeps the visitor's renewal token in the frame's own storage, never in the
 * host page's, and gets short-lived tokens for the socket with it.
 */
export class VisitorTokens {
  #url;
  #storage;
  #key;
  #describePage;
  #token = "";

  /**
   * @param {object} options
   * @param {string} options.url the bootstrap address
   * @param {import("../chat/storage.js").Storage} options.storage
   * @param {string} options.publicId
   * @param {() => {page: string, loader: string}} options.describePage
   */
  constructor({ url, storage, publicId, describePage }) {
    this.#url = url;
    this.#storage = storage;
    this.#key = `parley:visitor:${publicId}`;
    this.#describePage = describePage;
  }

  /** @param {{renew: boolean}} wish @returns {Promise<string>} */
  async get({ renew }) {
    if (!this.#token || renew) this.#token = await this.#inTurn(() => this.#bootstrap());
    return this.#token;
  }

  /**
   * Two tabs opened at once are one visitor: the second finds what the first was given. Where storage is
   * blocked the browser refuses locks too, and there is nothing to be found anyway.
   * @param {() => Promise<string>} action
   */
  async #inTurn(action) {
    let begun = false;
    const begin = () => {
      begun = true;
      return action();
    };
    try {
      return await (navigator.locks ? navigator.locks.request(this.#key, begin) : begin());
    } catch (error) {
      if (begun) throw error;
      return action();
    }
  }

  async #bootstrap() {
    const known = await this.#storage.get(this.#key);
    const visitor = typeof known === "string" ? { visitor_token: known } : {};
    const response = await fetch(this.#url, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ ...visitor, ...this.#describePage() }),
      credentials: "omit",
      cache: "no-store",
      // Whoever waits behind this one, in this tab or another, is not kept waiting for ever.
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
    if (!response.ok) throw await errorFromResponse(response);
    const { token, visitor_token } = await response.json();
    await this.#storage.put(this.#key, visitor_token ?? token);
    return token;
  }
}

/** A test session's token, which the dashboard's page hands in. */
export class TestTokens {
  #host;
  #token;

  /** @param {import("./host.js").Host} host @param {string} token */
  constructor(host, token) {
    this.#host = host;
    this.#token = token;
  }

  /** @param {{renew: boolean}} wish @returns {Promise<string>} */
  async get({ renew }) {
    if (!this.#token) throw new CodedError("no_token", "", { fatal: true });
    if (!renew) return this.#token;
    const fresh = new Promise((resolve) => {
      const stop = this.#host.on("token", ({ token }) => {
        stop();
        resolve(token);
      });
    });
    this.#host.post("need_token");
    const silence = new Promise((_, reject) => setTimeout(() => reject(new CodedError("silent", "")), ANSWER_WITHIN_MS));
    this.#token = await Promise.race([fresh, silence]);
    return this.#token;
  }
}
