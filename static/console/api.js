import { CodedError, errorFromResponse } from "../chat/codes.js";

/** The REST side of the console, as the organisation that the page was opened for. */
export class Api {
  #organisation;
  #csrfToken;

  /** @param {{organisation: string, csrfToken: string}} options */
  constructor({ organisation, csrfToken }) {
    this.#organisation = organisation;
    this.#csrfToken = csrfToken;
  }

  /** @param {string} path below /api/v1/, or the whole address of a next page */
  get(path) {
    return this.#ask(path, {});
  }

  /** @param {string} path below /api/v1/ */
  post(path) {
    return this.#ask(path, { method: "POST", headers: { "X-CSRFToken": this.#csrfToken } });
  }

  /**
   * @param {string} path
   * @param {RequestInit} options
   * @returns {Promise<any>} throws a CodedError with a sentence for the agent
   */
  async #ask(path, options) {
    const headers = { ...options.headers, "X-Organisation": this.#organisation };
    /** @type {Response} */
    let response;
    try {
      response = await fetch(new URL(path, `${location.origin}/api/v1/`), { ...options, headers, cache: "no-store" });
    } catch {
      throw new CodedError("unreachable", "The server cannot be reached. Check your connection and try again.");
    }
    if (response.ok) return response.json();
    const error = await errorFromResponse(response);
    throw error.message ? error : new CodedError(error.code, "That did not work. Try again.");
  }
}
