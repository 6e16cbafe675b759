/** Every code of the wire in one place, with what it means for whoever has to go on. */

export const SUBPROTOCOL = "parley.v1";

/** Close codes that say what to do next. Every other one means: lost, try again with backoff. */
export const Close = Object.freeze({
  NORMAL: 1000,
  RESTARTING: 1012,
  TOKEN_EXPIRED: 4401,
  FORBIDDEN: 4403,
});

/** States of a connection, shown to the user as they are. */
export const State = Object.freeze({
  CONNECTING: "connecting",
  CONNECTED: "connected",
  RECONNECTING: "reconnecting",
  OFFLINE: "offline",
  STALE: "stale",
  FAILED: "failed",
});

/** Errors after which the same `client_id` is sent again by itself. */
const PASSING = new Set(["unavailable", "rate_limited"]);

/** @param {string} code */
export const isPassing = (code) => PASSING.has(code);

/** An error with one of the protocol's codes; `fatal` ones are not tried again. */
export class CodedError extends Error {
  /**
   * @param {string} code
   * @param {string} detail a sentence for a person
   * @param {{fatal?: boolean, retryAfterS?: number}} [more]
   */
  constructor(code, detail, { fatal = false, retryAfterS = 0 } = {}) {
    super(detail);
    this.name = "CodedError";
    this.code = code;
    this.fatal = fatal;
    this.retryAfterS = retryAfterS;
  }
}

/**
 * Turns a refused HTTP answer (`{"error": {code, detail}}`) into a CodedError.
 * Refusals that another try cannot mend are fatal.
 * @param {Response} response
 * @returns {Promise<CodedError>}
 */
export async function errorFromResponse(response) {
  /** @type {any} */
  const body = await response.json().catch(() => ({}));
  const error = body?.error ?? {};
  const header = Number(response.headers.get("Retry-After"));
  return new CodedError(error.code ?? `http_${response.status}`, error.detail ?? "", {
    fatal: [400, 403, 404, 410].includes(response.status),
    retryAfterS: Number(error.retry_after_s) || header || 0,
  });
}
