import { errorFromResponse } from "../chat/codes.js";

/**
 * @typedef {{id: string, session_id: string, token: string, expires_at: string}} Session
 * @typedef {{chatbot: string, organisation: string, sessions_url: string, frame_url: string,
 *   insights_url: string}} Config
 */

/** Test sessions by the API, with the dashboard's own cookie. */
export class TestSessions {
  #config;
  #csrf;

  /** @param {Config} config @param {string} csrf */
  constructor(config, csrf) {
    this.#config = config;
    this.#csrf = csrf;
  }

  /** @returns {Promise<Session>} */
  open() {
    return this.#ask("POST", "", { chatbot: this.#config.chatbot });
  }

  /** The same session with a fresh token. @param {Session} session @returns {Promise<Session>} */
  renew(session) {
    return this.#ask("GET", `${session.id}/`);
  }

  /** @param {Session} session */
  async close(session) {
    await this.#ask("DELETE", `${session.id}/`).catch(() => null);
  }

  /** @param {string} method @param {string} path @param {object} [body] */
  async #ask(method, path, body) {
    const response = await fetch(this.#config.sessions_url + path, {
      method,
      headers: { "Content-Type": "application/json", "X-CSRFToken": this.#csrf, "X-Organisation": this.#config.organisation },
      body: body && JSON.stringify(body),
      cache: "no-store",
    });
    if (!response.ok) throw await errorFromResponse(response);
    return response.status === 204 ? null : response.json();
  }
}
