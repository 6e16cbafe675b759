import { ATTEMPTS, backoffMs, offlineMs, restartMs } from "./backoff.js";
import { Close, CodedError, State } from "./codes.js";
import { AT_FIRST, DEFAULTS } from "./connection_options.js";
import { Credential } from "./credential.js";
import { Emitter } from "./emitter.js";
import { Heartbeat } from "./heartbeat.js";
import { PageLife } from "./page_life.js";
import { browserPlatform } from "./platform.js";
import { askWhy, isReachable } from "./reachability.js";
import { Rescue } from "./rescue.js";
import { SocketTransport } from "./socket_transport.js";
import { Timers } from "./timers.js";
import { Ways } from "./ways.js";

const READY_WITHIN_MS = 10_000;
const SETTLED_AFTER_MS = 10_000;
const SWITCH_AFTER_MS = 500;

/**
 * @typedef {import("./connection_options.js").Status} Status
 * @typedef {import("./connection_options.js").ConnectionOptions} ConnectionOptions
 * @typedef {import("./socket_transport.js").Transport} Transport
 */

/**
 * One connection that keeps itself open. Emits `status` (a Status), `frame` (a decoded server frame), `wire`
 * (`{direction, frame}`, both ways), `step` (`{what, …}`: what it does, for the debug log), `switched` and
 * `settled` (it has been open for a while).
 */
export class Connection extends Emitter {
  /** @type {Required<Omit<ConnectionOptions, "storage" | "platform">> & ConnectionOptions} */
  #options;
  #platform;
  #credential;
  #ways;
  #timers;
  #heartbeat;
  #page;
  #rescue;
  /** @type {Readonly<Status>} */
  #status = Object.freeze(AT_FIRST);
  /** @type {Transport | null} */
  #transport = null;
  #started = false;
  #wasReady = false;
  /** Counts tries: whatever an earlier one still has to say is not heard. */
  #run = 0;
  #pings = 0;
  /** @type {any} */
  #switching = null;

  /** @param {ConnectionOptions} options */
  constructor({ platform = browserPlatform(), ...options }) {
    super();
    this.#options = { ...DEFAULTS, ...options };
    this.#platform = platform;
    this.#credential = new Credential(this.#options.getToken);
    this.#ways = new Ways(platform);
    this.#timers = new Timers(platform);
    this.#rescue = new Rescue(this, platform, (recovery) => this.#setState(this.#status.state, { ...this.#status, recovery }));
    const ask = () => void this.send({ type: "ping", id: ++this.#pings, ...this.#options.position() });
    this.#heartbeat = new Heartbeat({ platform, ask, onUnhealthy: () => void this.#onLost({ code: 0, name: "unhealthy", ready: true }) });
    const [onOnline, onOffline] = [() => this.#onOnline(), () => this.#onOffline()];
    this.#page = new PageLife(platform, { onOnline, onOffline, onWake: () => this.#onWake(), onPutAside: () => this.#onPutAside() });
  }

  /** @returns {Readonly<Status>} */
  get status() {
    return this.#status;
  }

  get isOpen() {
    return this.#status.state === State.CONNECTED || this.#status.state === State.STALE;
  }

  start() {
    if (this.#started) return;
    this.#started = true;
    this.#page.watch();
    void this.#connect({ check: false });
  }

  stop() {
    this.#started = false;
    this.#page.leave();
    this.#platform.clearTimeout(this.#switching);
    this.cancelRecovery();
    this.#abandon();
    this.#setState(State.OFFLINE, { code: "stopped" });
  }

  /** Tries at once, also out of `failed`. An open connection stays. @param {{renew?: boolean}} [wish] */
  retryNow({ renew = false } = {}) {
    if (!this.#started || this.isOpen) return;
    this.#credential.lasted();
    if (renew) this.#credential.renew();
    void this.#connect();
  }

  /**
   * @param {import("./frames.js").ClientFrame} frame
   * @returns {boolean} whether it went out; nothing is kept for later here
   */
  send(frame) {
    if (!this.isOpen || !this.#transport?.send(frame)) return false;
    this.emit("wire", { direction: "out", frame });
    return true;
  }

  /** Shows that a gap in the log is being filled, or that it is filled. @param {boolean} on */
  showCatchingUp(on) {
    if (on && this.#status.state === State.CONNECTED) this.#setState(State.STALE);
    if (!on && this.#status.state === State.STALE) this.#setState(State.CONNECTED);
  }

  /**
   * Goes over to another session or bot, once nobody changed their mind for half a second. An open
   * connection to the same bot is used again. Emits `switched` (`{target, reused}`).
   * @param {Partial<ConnectionOptions> & {session_id?: string}} target what is different there
   */
  switchTo(target) {
    this.#platform.clearTimeout(this.#switching);
    this.#switching = this.#platform.setTimeout(() => this.#switch(target), SWITCH_AFTER_MS);
  }

  /** Tries once (quick), or examines everything and tries afresh (full). A second wish joins the first. @param {{full?: boolean}} [how] */
  recover({ full = false } = {}) {
    return this.#rescue.recover({ full });
  }

  /** Ends a recovery under way: its result says so. Tries go on by themselves. */
  cancelRecovery() {
    this.#rescue.cancel();
  }

  /** Examines each part of the way to the server; `brief`: only whether it is there. @param {{brief?: boolean}} [how] */
  async diagnose({ brief = false } = {}) {
    const report = await this.#rescue.diagnose({ ...this.#options, platform: this.#platform, status: this.#status, brief });
    this.#step("diagnosed", { ok: report.ok, failed: report.failed });
    if (brief || this.isOpen || !this.#started) return report;
    this.#setState(this.#status.state, { ...this.#status, report });
    if (report.isSocketBlocked && this.#options.pollUrl && this.#ways.takePoll()) void this.#connect({ check: false });
    return report;
  }

  /** The only place where the state changes. @param {string} state @param {Partial<Status>} [more] */
  #setState(state, more = {}) {
    this.#status = Object.freeze({ ...this.#status, nextTryAt: null, code: "", detail: "", ...more, state });
    this.emit("status", this.#status);
  }

  /** @param {{check?: boolean}} [how] */
  async #connect({ check = true } = {}) {
    this.#abandon();
    const run = this.#run;
    const { code, detail, attempt } = this.#status;
    this.#setState(this.#tryingState(), { code, detail });
    try {
      if (check && !(await isReachable({ platform: this.#platform, url: this.#options.healthUrl }))) throw new CodedError("unreachable", "");
      if (run !== this.#run) return;
      this.#timers.arm("token", READY_WITHIN_MS, () => this.#giveUpOrRetry(new CodedError("silent", "")));
      const token = await this.#credential.get();
      const Transport = await this.#ways.load();
      if (run !== this.#run) return;
      this.#timers.disarm("token");
      this.#step("connecting", { attempt, via: this.#ways.via, url: this.#options.url });
      this.#timers.arm("ready", READY_WITHIN_MS, () => void this.#onLost({ code: 0, ready: false, token }));
      this.#use(new Transport({ ...this.#options, platform: this.#platform, token }), { token, ready: false });
    } catch (error) {
      if (run === this.#run) this.#giveUpOrRetry(error);
    }
  }

  #tryingState() {
    if (!this.#platform.isOnline()) return State.OFFLINE;
    return this.#wasReady || this.#status.attempt ? State.RECONNECTING : State.CONNECTING;
  }

  /** @param {Transport} transport @param {{token: string, ready: boolean}} how */
  #use(transport, { token, ready }) {
    this.#transport = transport;
    transport.onframe = (frame) => {
      ready ||= frame.type === "ready";
      this.#onFrame(frame);
    };
    transport.onclose = ({ code, error }) => (error ? this.#giveUpOrRetry(error) : void this.#onLost({ code, ready, token }));
  }

  /** @param {import("./frames.js").ServerFrame} frame */
  #onFrame(frame) {
    this.#heartbeat.heard();
    if (frame.type === "ready") this.#onReady(frame);
    this.emit("wire", { direction: "in", frame });
    this.emit("frame", frame);
  }

  /** @param {import("./frames.js").ReadyFrame} frame */
  #onReady({ heartbeat_s, connection_id }) {
    const via = this.#transport?.via ?? "socket";
    this.#timers.disarm("ready");
    this.#wasReady = true;
    this.#ways.onReady(via);
    this.#setState(State.CONNECTED, { attempt: 0, slow: false, via, connectionId: connection_id ?? "", report: null });
    this.#step("ready", { via });
    this.#heartbeat.start((heartbeat_s || 30) * 1000);
    this.#timers.arm("settled", SETTLED_AFTER_MS, () => this.#onSettled());
    if (via === "poll") this.#lookForSocket();
  }

  /** A token that lasts is no longer new. What an outage will need is fetched while it can be. */
  #onSettled() {
    this.#credential.lasted();
    this.#rescue.prepare();
    this.emit("settled");
  }

  #lookForSocket() {
    const open = (/** @type {string} */ token) => new SocketTransport({ ...this.#options, platform: this.#platform, token });
    this.#ways.lookBack({ getToken: () => this.#credential.get(), open }, (socket, ready) => {
      this.#transport?.close();
      this.#use(socket, { token: "", ready: true });
      this.#onFrame(ready);
    });
  }

  /** @param {{code: number, ready: boolean, token?: string, name?: string}} how */
  async #onLost({ code, ready, token = "", name = code ? String(code) : "silent" }) {
    this.#abandon();
    const run = this.#run;
    this.#step("lost", { code: name, ready });
    if (code === Close.FORBIDDEN) return this.#fail("forbidden", "");
    if (code === Close.TOKEN_EXPIRED) return this.#renewToken();
    if (code === Close.RESTARTING) return this.#tryAgainIn(restartMs(this.#platform), name);
    if (ready && this.#page.justWoke) return this.#tryAgainIn(0, name);
    if (ready || !this.#options.whyUrl) return this.#backOff({ code: name });
    this.#setState(this.#tryingState(), { code: name });
    try {
      await askWhy({ platform: this.#platform, url: this.#options.whyUrl, token });
      if (run === this.#run) this.#onRefused(code, name);
    } catch (error) {
      if (run === this.#run) this.#giveUpOrRetry(error);
    }
  }

  /** HTTP works and we are welcome, but the transport does not get ready. @param {number} code @param {string} name */
  #onRefused(code, name) {
    const canPoll = Boolean(this.#options.pollUrl);
    if (this.#ways.onRefused(code, { wasReady: this.#wasReady, canPoll })) void this.#connect({ check: false });
    else this.#backOff({ code: this.#ways.isBlocked ? "blocked" : name });
  }

  /** @param {unknown} error */
  #giveUpOrRetry(error) {
    this.#abandon();
    if (!(error instanceof CodedError)) return this.#backOff({ code: "unreachable" });
    const { code, message: detail, fatal, retryAfterS } = error;
    if (code === "unauthorised" || code === "http_401") return this.#renewToken(detail);
    if (fatal) return this.#fail(code, detail);
    return this.#backOff({ code, detail, atLeastMs: retryAfterS * 1000 });
  }

  /** @param {string} [detail] */
  #renewToken(detail = "") {
    const when = this.#credential.refused();
    if (when === "never") return this.#fail("unauthorised", detail);
    if (when === "later") return this.#backOff({ code: "unauthorised", detail });
    return this.#tryAgainIn(0, "unauthorised");
  }

  #backOff({ code = "", detail = "", atLeastMs = 0 }) {
    this.#tryAgainIn(atLeastMs + backoffMs(this.#platform, this.#status.attempt), code, detail);
  }

  /** @param {number} ms @param {string} code @param {string} [detail] */
  #tryAgainIn(ms, code, detail = "") {
    const isOnline = this.#platform.isOnline();
    const attempt = this.#status.attempt + 1;
    const slow = attempt > ATTEMPTS;
    this.#setState(isOnline ? State.RECONNECTING : State.OFFLINE, { attempt, slow, nextTryAt: this.#platform.now() + ms, code, detail });
    this.#timers.arm("retry", ms, () => void this.#connect({ check: ms > 0 }));
    if (slow && isOnline && attempt === ATTEMPTS + 1 && !this.#rescue.isRunning) this.diagnose().catch(() => {});
  }

  /** @param {string} code @param {string} detail */
  #fail(code, detail) {
    this.#abandon();
    this.#setState(State.FAILED, { code, detail });
  }

  #onOnline() {
    this.#step("online");
    this.#ways.forget();
    if (this.isOpen) this.#heartbeat.probe();
    else if (this.#status.state !== State.FAILED) void this.#connect();
  }

  /** The browser may be wrong about being offline, so seldom tries go on. */
  #onOffline() {
    if (this.#status.state === State.FAILED) return;
    this.#step("offline");
    this.#abandon();
    this.#tryAgainIn(offlineMs(this.#platform), "offline");
  }

  /** After a sleep the connection is dead more often than not, and nobody may have said so yet. */
  #onWake() {
    this.#step("woken");
    if (this.isOpen && this.#transport?.isOpen) this.#heartbeat.probe();
    else if (this.#status.state !== State.FAILED) void this.#connect({ check: false });
  }

  /** No open socket may be in the back/forward cache. */
  #onPutAside() {
    this.#step("put aside");
    this.#abandon();
    if (this.#status.state !== State.FAILED) this.#setState(State.RECONNECTING, { code: "asleep" });
  }

  /** @param {Partial<ConnectionOptions> & {session_id?: string}} target */
  #switch({ session_id = "", ...options }) {
    const same = Object.entries(options).every(([name, value]) => typeof value === "function" || this.#options[/** @type {"url"} */ (name)] === value);
    const reused = same && this.isOpen;
    Object.assign(this.#options, options);
    if (options.getToken) this.#credential = new Credential(options.getToken);
    this.#step("switched", { session_id, reused });
    if (!same) {
      this.#wasReady = false;
      this.#setState(this.#status.state, { attempt: 0, slow: false, report: null });
    }
    if (!reused && this.#started) void this.#connect({ check: false });
    this.emit("switched", { target: { session_id, ...options }, reused });
  }

  /** Forgets the transport and all that waits for it. */
  #abandon() {
    this.#run += 1;
    this.#heartbeat.stop();
    this.#ways.rest();
    this.#timers.clear();
    if (this.#transport) this.#transport.onframe = this.#transport.onclose = () => {};
    this.#transport?.close();
    this.#transport = null;
  }

  /** @param {string} what @param {object} [more] */
  #step(what, more = {}) {
    this.emit("step", { what, connection_id: this.#status.connectionId, session_id: this.#options.position()?.session_id ?? "", ...more });
  }
}
