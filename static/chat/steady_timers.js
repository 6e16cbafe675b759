/**
 * Timers that keep time in a hidden tab, where a page's own may stand still for a minute and
 * more: they run in a Worker. Where Workers are blocked the page's own timers do what they can.
 */
export class SteadyTimers {
  /** @type {Map<number, {action: () => void, due: number, fallback: any}>} */
  #waiting = new Map();
  #number = 0;
  /** @type {Worker | null | undefined} undefined: not tried yet; null: there is none */
  #worker;
  #makeWorker;

  /** @param {() => Worker} [makeWorker] */
  constructor(makeWorker = () => new Worker(new URL("./heartbeat_worker.js", import.meta.url))) {
    this.#makeWorker = makeWorker;
  }

  /** @param {() => void} action @param {number} ms @returns {number} */
  set(action, ms) {
    const id = ++this.#number;
    this.#waiting.set(id, { action, due: Date.now() + ms, fallback: null });
    if (this.#worker === undefined) this.#start();
    if (this.#worker) this.#worker.postMessage({ id, ms });
    else this.#fallBack(id);
    return id;
  }

  /** @param {number | undefined} id */
  clear(id) {
    const timer = id === undefined ? undefined : this.#waiting.get(id);
    if (id === undefined || !timer) return;
    this.#waiting.delete(id);
    clearTimeout(timer.fallback);
    this.#worker?.postMessage({ id });
  }

  #start() {
    try {
      this.#worker = this.#makeWorker();
      this.#worker.onmessage = ({ data }) => this.#ring(data);
      // A policy that forbids Workers says so only after the fact.
      this.#worker.onerror = (event) => {
        event.preventDefault();
        this.#loseWorker();
      };
    } catch {
      this.#worker = null;
    }
  }

  #loseWorker() {
    this.#worker = null;
    for (const id of this.#waiting.keys()) this.#fallBack(id);
  }

  /** @param {number} id */
  #fallBack(id) {
    const timer = this.#waiting.get(id);
    if (timer) timer.fallback = setTimeout(() => this.#ring(id), Math.max(0, timer.due - Date.now()));
  }

  /** @param {number} id */
  #ring(id) {
    const timer = this.#waiting.get(id);
    this.#waiting.delete(id);
    timer?.action();
  }
}
