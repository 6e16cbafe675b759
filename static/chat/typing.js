const AGAIN_AFTER_MS = 2_500;
const PAUSE_MS = 5_000;

/** Tells the other side that one is writing: at most every few seconds, and takes it back after a pause. */
export class TypingNotice {
  #send;
  #platform;
  #sessionId = "";
  #saidAt = 0;
  /** @type {any} */
  #timer = null;

  /** @param {(frame: import("./frames.js").TypingOut) => boolean} send @param {import("./platform.js").Platform} platform */
  constructor(send, platform) {
    this.#send = send;
    this.#platform = platform;
  }

  /** @param {string} sessionId */
  keyPressed(sessionId) {
    if (!sessionId) return;
    if (sessionId !== this.#sessionId) this.stop();
    this.#platform.clearTimeout(this.#timer);
    this.#timer = this.#platform.setTimeout(() => this.stop(), PAUSE_MS);
    const now = this.#platform.now();
    if (this.#sessionId && now - this.#saidAt < AGAIN_AFTER_MS) return;
    this.#saidAt = now;
    this.#sessionId = this.#send({ type: "typing", session_id: sessionId, on: true }) ? sessionId : "";
  }

  stop() {
    this.#platform.clearTimeout(this.#timer);
    if (this.#sessionId) this.#send({ type: "typing", session_id: this.#sessionId, on: false });
    this.#sessionId = "";
  }
}
