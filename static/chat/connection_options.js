import { State } from "./codes.js";

/**
 * @typedef {object} Status
 * @property {string} state one of `State`
 * @property {number} attempt how many tries since the last `ready`
 * @property {boolean} slow the first tries (`ATTEMPTS`) are used up: they go on, but seldom
 * @property {number | null} nextTryAt milliseconds since the epoch
 * @property {string} code why it is so: one of `CODES`
 * @property {string} detail a sentence for a person, where the server gave one
 * @property {"socket" | "poll"} via by which way it is or was connected
 * @property {string} connectionId as the server's log names it; "" before the first `ready`
 * @property {import("./diagnostics.js").Report | null} report what the diagnostics found in this outage
 * @property {"" | "quick" | "full"} recovery what the user asked for and is under way
 *
 * @typedef {object} ConnectionOptions
 * @property {string} url
 * @property {import("./credential.js").GetToken | null} [getToken] null where a cookie speaks
 * @property {string} [whyUrl] asked when a socket closes before `ready`: a browser cannot see the handshake's answer
 * @property {string} [healthUrl] answers cheaply wherever the server lives
 * @property {string} [pollUrl] the way over plain HTTP, where there is one
 * @property {() => {session_id: string, last_seq: number} | null} [position] carried by every heartbeat
 * @property {{durable: boolean}} [storage] for the diagnostics
 * @property {import("./platform.js").Platform} [platform]
 */

export const DEFAULTS = { getToken: null, whyUrl: "", healthUrl: "/health/", pollUrl: "", position: () => null };

/** @type {Status} */
export const AT_FIRST = {
  state: State.CONNECTING,
  attempt: 0,
  slow: false,
  nextTryAt: null,
  code: "",
  detail: "",
  via: "socket",
  connectionId: "",
  report: null,
  recovery: "",
};
