import { Emitter } from "./emitter.js";

const SILENT_MS = 4_000;

/**
 * What the tabs of one browser have in common, in one place, so that a test can hand in its own.
 *
 * @typedef {object} Sharing
 * @property {LockManager | null} locks null on pages that came without encryption
 * @property {(name: string, hear: (data: any) => void) => {postMessage: (data: unknown) => void}} openChannel may throw
 *
 * @typedef {import("./platform.js").Platform & {sharing?: Sharing}} SharingPlatform
 */

/** @returns {Sharing} */
const browserSharing = () => ({
  locks: navigator.locks ?? null,
  openChannel: (name, hear) => Object.assign(new BroadcastChannel(name), { onmessage: (/** @type {MessageEvent} */ { data }) => hear(data) }),
});

/**
 * The tabs of one browser that share an outbox. Of those that could send, one leads: it holds a
 * Web Lock, which passes on by itself when its tab is closed or crashes. A leader that is frozen
 * lets go of it, or is robbed of it once it does not answer while something waits. Where there
 * are no locks every tab leads, for itself.
 *
 * Emits `lead` (whether this tab leads from now on) and `heard` (what another tab said).
 */
export class Tabs extends Emitter {
  #name;
  #platform;
  #locks;
  /** @type {{postMessage: (data: unknown) => void} | null} */
  #channel = null;
  #competes = false;
  #leads = false;
  /** What waits for the lock or holds it; whatever an earlier one still has to say is not heard. @type {AbortController | null} */
  #claim = null;
  #release = () => {};
  /** @type {any} */
  #watch = null;
  #heardLeader = false;

  /** @param {string} name @param {SharingPlatform} platform */
  constructor(name, platform) {
    super();
    this.#name = name;
    this.#platform = platform;
    const sharing = platform.sharing ?? browserSharing();
    this.#locks = sharing.locks;
    try {
      this.#channel = sharing.openChannel(name, (data) => this.#hear(data));
    } catch {
      // Blocked storage blocks this too: each tab is alone.
    }
    platform.events.addEventListener("freeze", () => this.#letGo(), true);
    platform.events.addEventListener("pagehide", () => this.#letGo());
    for (const back of ["resume", "pageshow"]) platform.events.addEventListener(back, () => this.#competes && this.#ask(), true);
  }

  /** Whether this tab may send. */
  get leads() {
    return this.#leads;
  }

  /** Whether one tab sends for all. */
  get areShared() {
    return Boolean(this.#locks && this.#channel);
  }

  /** This tab could send. */
  compete() {
    this.#competes = true;
    this.#ask();
  }

  /** This tab cannot send any more. */
  withdraw() {
    this.#competes = false;
    this.#letGo();
  }

  /** @param {object} message for all other tabs */
  say(message) {
    this.#channel?.postMessage(message);
  }

  /** Keeps an eye on the leader for as long as something waits. @param {boolean} waits */
  watch(waits) {
    if (waits && this.#competes && !this.#leads && this.areShared) return this.#watch ?? this.#look();
    this.#platform.clearTimeout(this.#watch);
    this.#watch = null;
  }

  #look() {
    this.#heardLeader = false;
    this.say({ ask: true });
    this.#watch = this.#platform.setTimeout(() => {
      this.#watch = null;
      if (this.#heardLeader) this.#look();
      else this.#ask({ steal: true });
    }, SILENT_MS);
  }

  /** @param {{steal?: boolean}} [how] */
  #ask({ steal = false } = {}) {
    if (this.#claim && !steal) return;
    this.#claim?.abort();
    if (!this.#locks || !this.#channel) return this.#setLead(true);
    const claim = (this.#claim = new AbortController());
    const options = steal ? { steal } : { signal: claim.signal };
    this.#locks
      .request(this.#name, options, () => new Promise((resolve) => this.#take(claim, () => resolve(null))))
      .catch((/** @type {Error} */ error) => claim === this.#claim && this.#onLost(error));
  }

  /** @param {AbortController} claim @param {() => void} release */
  #take(claim, release) {
    if (claim !== this.#claim) return release();
    this.#release = release;
    this.#setLead(true);
  }

  /** @param {Error} error */
  #onLost({ name }) {
    this.#claim = null;
    // Robbed: another tab thought that this one was dead. Anything else: locks are forbidden here.
    if (name !== "AbortError") this.#locks = null;
    else this.#setLead(false);
    if (this.#competes) this.#ask();
  }

  #letGo() {
    this.#claim?.abort();
    this.#claim = null;
    this.#release();
    this.#release = () => {};
    this.#setLead(false);
    this.watch(false);
  }

  /** @param {boolean} leads */
  #setLead(leads) {
    if (leads === this.#leads) return;
    this.#leads = leads;
    if (leads) this.watch(false);
    this.emit("lead", leads);
  }

  /** @param {any} message */
  #hear(message) {
    if (message.ask) return this.#leads && this.say({ here: true });
    if (message.here) this.#heardLeader = true;
    else this.emit("heard", message);
  }
}
