import { CodedError, State, explain, isOurs } from "./codes.js";
import { askWhy, isReachable } from "./reachability.js";
import { SocketTransport } from "./socket_transport.js";

const READY_WITHIN_MS = 10_000;

/**
 * @typedef {object} Check one part of the way to the server
 * @property {"online" | "reachable" | "address" | "token" | "allowed" | "trial" | "poll" | "storage"} id
 * @property {string} title what is true where it passes
 * @property {boolean | null} ok null: not tried, because something before it failed
 * @property {number} ms
 * @property {string} said what was found
 *
 * @typedef {object} Report
 * @property {boolean} ok
 * @property {string} at ISO 8601
 * @property {Check[]} checks
 * @property {string[]} failed ids of the checks that failed
 * @property {boolean} isSocketBlocked HTTP works and lets us in, the socket never gets ready
 * @property {[string, string][]} facts names and values; no token, no text of anybody
 *
 * @typedef {import("./connection_options.js").ConnectionOptions & {status: import("./connection_options.js").Status,
 *   platform: import("./platform.js").Platform, brief?: boolean}} Circumstances
 */

const TITLES = {
  online: "This device is online",
  reachable: "The server answers",
  address: "The address of the live connection is valid",
  token: "Access is valid",
  allowed: "The chat may be used here",
  trial: "A live connection can be opened",
  poll: "The slower way over plain requests works",
  storage: "This browser keeps what you write",
};
const SKIPPED = { ok: null, said: "Not tried." };

/**
 * Examines each part of the way to the server, in the order in which they depend on each other.
 * @param {Circumstances} circumstances
 * @returns {Promise<Report>}
 */
export async function diagnose(circumstances) {
  const examination = new Examination(circumstances);
  await examination.run();
  return examination.report();
}

class Examination {
  #at;
  #platform;
  #circumstances;
  /** @type {Check[]} */
  #checks = [];
  #token = "";
  #lostCode = 0;

  /** @param {Circumstances} circumstances */
  constructor(circumstances) {
    this.#circumstances = circumstances;
    this.#platform = circumstances.platform;
    this.#at = new Date(this.#platform.now()).toISOString();
  }

  async run() {
    const { brief, getToken, whyUrl, pollUrl, storage } = this.#circumstances;
    await this.#check("online", () => this.#checkOnline());
    await this.#check("reachable", () => this.#checkReachable());
    if (brief) return;
    await this.#check("address", () => this.#checkAddress());
    if (getToken || whyUrl) await this.#checkAccess();
    await this.#check("trial", () => this.#checkTrial(), ["reachable", "address", "token", "allowed"]);
    if (pollUrl) await this.#check("poll", () => this.#checkPoll(), ["reachable", "token", "allowed"]);
    if (storage) await this.#check("storage", () => this.#checkStorage());
  }

  /** @returns {Report} */
  report() {
    const failed = this.#checks.filter(({ ok }) => ok === false).map(({ id }) => id);
    // A refusal in words of its own came from the server: nothing is in between.
    const isSocketBlocked = failed.includes("trial") && !isOurs(this.#lostCode);
    const ok = failed.every((id) => id === "storage");
    return { ok, at: this.#at, checks: this.#checks, failed, isSocketBlocked, facts: this.#listFacts() };
  }

  /**
   * @param {Check["id"]} id
   * @param {() => Promise<{ok: boolean | null, said: string}> | {ok: boolean | null, said: string}} examine
   * @param {Check["id"][]} [needs] in vain where one of these failed
   */
  async #check(id, examine, needs = []) {
    const began = this.#platform.now();
    const vain = this.#checks.some((check) => check.ok !== true && needs.includes(check.id));
    const { ok, said } = vain ? SKIPPED : await examine();
    this.#checks.push({ id, title: TITLES[id], ok, ms: Math.round(this.#platform.now() - began), said });
  }

  #checkOnline() {
    const ok = this.#platform.isOnline();
    return { ok, said: ok ? "The browser says so." : "The browser says that it has no network." };
  }

  async #checkReachable() {
    const ok = await isReachable({ platform: this.#platform, url: this.#circumstances.healthUrl ?? "" });
    return { ok, said: ok ? "It answered." : describe("unreachable") };
  }

  #checkAddress() {
    const { url } = this.#circumstances;
    try {
      const { protocol } = new URL(url);
      if (!["ws:", "wss:"].includes(protocol)) return { ok: false, said: `${url} is not the address of a socket.` };
      const mixed = protocol === "ws:" && globalThis.location?.protocol === "https:";
      return { ok: !mixed, said: mixed ? "A secure page may not open an insecure connection." : url };
    } catch {
      return { ok: false, said: `${url || "An empty address"} cannot be read as an address.` };
    }
  }

  /** Token and permission come from the same two questions. */
  async #checkAccess() {
    const began = this.#platform.now();
    const code = await this.#askAccess();
    const ms = Math.round(this.#platform.now() - began);
    const denied = ["forbidden", "not_found"].includes(code);
    const passing = code !== "" && !denied && code !== "unauthorised" && code !== "no_token";
    const said = code ? describe(code) : "The server accepts it.";
    const token = passing ? { ok: null, said } : denied ? { ok: null, said: "Not tried." } : { ok: !code, said };
    const allowed = denied || !code ? { ok: !denied, said: denied ? said : "The server lets you in." } : SKIPPED;
    this.#checks.push({ id: "token", title: TITLES.token, ms, ...token }, { id: "allowed", title: TITLES.allowed, ms: 0, ...allowed });
  }

  /** @returns {Promise<string>} the code of the refusal, "" where there is none */
  async #askAccess() {
    const { getToken, whyUrl } = this.#circumstances;
    try {
      if (getToken) this.#token = await getToken({ renew: false });
      if (whyUrl) await askWhy({ platform: this.#platform, url: whyUrl, token: this.#token });
      return "";
    } catch (error) {
      if (!(error instanceof CodedError)) return "unreachable";
      return error.code === "http_401" ? "unauthorised" : error.code === "http_403" ? "forbidden" : error.code;
    }
  }

  async #checkTrial() {
    const { code, ready } = await this.#tryTransport(SocketTransport);
    this.#lostCode = code;
    return { ok: ready, said: ready ? "It opened." : describe(String(code || "silent")) };
  }

  async #checkPoll() {
    const { PollTransport } = await import("./poll.js");
    const { ready, code } = await this.#tryTransport(PollTransport);
    return { ok: ready, said: ready ? "It works." : describe(String(code || "silent")) };
  }

  /**
   * @param {new (options: import("./socket_transport.js").TransportOptions) => import("./socket_transport.js").Transport} Transport
   * @returns {Promise<{ready: boolean, code: number}>}
   */
  async #tryTransport(Transport) {
    const { url, pollUrl = "" } = this.#circumstances;
    const transport = new Transport({ platform: this.#platform, url, pollUrl, token: this.#token, position: () => null });
    let timer;
    const outcome = await new Promise((resolve) => {
      timer = this.#platform.setSteadyTimeout(() => resolve({ ready: false, code: 0 }), READY_WITHIN_MS);
      transport.onframe = ({ type }) => type === "ready" && resolve({ ready: true, code: 0 });
      transport.onclose = ({ code }) => resolve({ ready: false, code });
    });
    this.#platform.clearSteadyTimeout(timer);
    transport.close();
    return outcome;
  }

  #checkStorage() {
    const ok = Boolean(this.#circumstances.storage?.durable);
    return { ok, said: ok ? "It is there again after a reload." : "It is gone once you leave the page." };
  }

  /** @returns {[string, string][]} */
  #listFacts() {
    const { status, position, url } = this.#circumstances;
    const { state, via, attempt, code, connectionId } = status;
    return [
      ["State", state === State.CONNECTED && via === "poll" ? "connected, by the slower way" : state],
      ["Reason", code ? `${code}: ${explain(code).sentence}` : "none"],
      ["Tries since the last success", String(attempt)],
      ["Connection", connectionId || "none yet"],
      ["Conversation", position?.()?.session_id || "none yet"],
      ["Server", url],
      ["Page", globalThis.location ? location.origin + location.pathname : ""],
      ["Browser", globalThis.navigator?.userAgent ?? ""],
    ];
  }
}

/** @param {string} code */
const describe = (code) => `${explain(code).sentence} (${code})`;

/** @param {Check} check */
const mark = ({ ok }) => (ok === null ? "–" : ok ? "ok" : "FAILED");

/** The report as text, for a mail to whoever can help. @param {Report} report */
export function formatReport({ at, checks, facts }) {
  const lines = checks.map((check) => {
    const time = check.ms ? ` (${check.ms} ms)` : "";
    return `${mark(check).padEnd(7)}${check.title}: ${check.said}${time}`;
  });
  return [`Parley connection report, ${at}`, "", ...lines, "", ...facts.map(([name, value]) => `${name}: ${value}`), ""].join("\n");
}
