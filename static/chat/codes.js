/** Every code of the wire in one place, with what it means for whoever has to go on. */

export const SUBPROTOCOL = "parley.v1";

/** Close codes that say what to do next. Every other one means: lost, try again with backoff. */
export const Close = Object.freeze({
  NORMAL: 1000,
  RESTARTING: 1012,
  TOKEN_EXPIRED: 4401,
  FORBIDDEN: 4403,
});

/**
 * Whether a socket that closed so before `ready` had met our server. Everything else may come from
 * whatever stands in between.
 * @param {number} code
 */
export const isOurs = (code) => code >= 4000 || (code >= 1011 && code <= 1013);

/** States of a connection, shown to the user as they are. */
export const State = Object.freeze({
  CONNECTING: "connecting",
  CONNECTED: "connected",
  RECONNECTING: "reconnecting",
  OFFLINE: "offline",
  STALE: "stale",
  FAILED: "failed",
});

/** What somebody who reads a code can do about it. */
export const ACTIONS = Object.freeze({
  wait: "Wait a moment: it goes on by itself.",
  retry: "Try again.",
  change: "Change what you wrote and send it again.",
  reload: "Load the page again.",
  sign_in: "Sign in again. What you wrote is kept.",
  network: "Check your network, or try another one.",
  owner: "Tell whoever runs this site.",
});

/**
 * Every code of the wire, and our own words where nobody sent one: a sentence and what to do.
 * docs/troubleshooting.md says more about each; a test compares the two.
 * @type {Readonly<Record<string, [string, keyof typeof ACTIONS]>>}
 */
export const CODES = Object.freeze({
  // Error codes: in `error` frames and in answers over HTTP.
  bad_frame: ["This page and the server do not understand each other.", "reload"],
  unknown_type: ["This page asked for something that the server does not know.", "reload"],
  invalid: ["Something in it was not accepted.", "change"],
  unauthorised: ["Your access has run out.", "reload"],
  mfa_required: ["A second factor is needed to sign in.", "sign_in"],
  forbidden: ["You are not allowed to do that here.", "owner"],
  not_found: ["It is not there any more.", "reload"],
  conflict: ["Somebody else was quicker.", "reload"],
  too_large: ["That was too much at once.", "change"],
  rate_limited: ["That was a lot in a short time.", "wait"],
  provider_failed: ["The language model did not answer.", "retry"],
  unavailable: ["The server cannot keep messages right now.", "wait"],
  internal: ["The server made a mistake.", "retry"],
  // Close codes of the socket.
  1000: ["The connection was closed.", "wait"],
  1001: ["The server went away.", "wait"],
  1005: ["The connection was closed without a reason.", "wait"],
  1006: ["The connection broke off.", "wait"],
  1007: ["A message could not be read on the way.", "wait"],
  1009: ["A message was too large to pass.", "change"],
  1011: ["The server made a mistake and closed the connection.", "wait"],
  1012: ["The server restarts.", "wait"],
  4401: ["Your access has run out and is renewed.", "wait"],
  4403: ["Your access was withdrawn.", "owner"],
  4408: ["The server had not heard from this page for long.", "wait"],
  4413: ["This page did not keep up with what arrived.", "wait"],
  4503: ["The server is not ready yet.", "wait"],
  // What this client finds out by itself.
  asleep: ["This page was asleep.", "wait"],
  blocked: ["This network lets no live connection through.", "network"],
  no_token: ["The page that opened this chat gave it no access.", "reload"],
  offline: ["This device is offline.", "network"],
  silent: ["The server did not answer in time.", "wait"],
  stopped: ["The connection was ended here.", "reload"],
  unhealthy: ["The connection was open, but nothing came through.", "wait"],
  unreachable: ["The server cannot be reached.", "network"],
});

/**
 * What a code means and what to do. One that nobody listed is still a reason to try again.
 * @param {string} code
 * @returns {{sentence: string, action: string, advice: string}}
 */
export function explain(code) {
  const [sentence, action] = CODES[code] ?? ["The chat is not available right now.", "retry"];
  return { sentence, action, advice: ACTIONS[action] };
}

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
