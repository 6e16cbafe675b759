/** A browser with tabs: its Web Locks and BroadcastChannels, in the hand of the test. */

export class FakeBrowser {
  #held = new Map();
  #waiting = [];
  #tabs = new Set();

  /** What one more tab sees. `crash` ends it without a word, `freeze` lets it hear nothing until `thaw`. */
  tab({ locks = true } = {}) {
    const tab = { channels: [], late: [], frozen: false, dead: false };
    this.#tabs.add(tab);
    return {
      sharing: {
        locks: locks ? { request: (name, options, callback) => this.#request(tab, name, options, callback) } : null,
        openChannel: (name, hear) => this.#openChannel(tab, name, hear),
      },
      crash: () => this.#crash(tab),
      freeze: () => void (tab.frozen = true),
      thaw: () => {
        tab.frozen = false;
        for (const tell of tab.late.splice(0)) tell();
      },
    };
  }

  #openChannel(tab, name, hear) {
    const channel = { name, hear };
    tab.channels.push(channel);
    const postMessage = (data) => {
      const copy = structuredClone(data);
      for (const other of this.#tabs) {
        for (const one of other.channels) if (one !== channel && one.name === name) this.#tell(other, () => one.hear(structuredClone(copy)));
      }
    };
    return { postMessage };
  }

  #tell(tab, tell) {
    queueMicrotask(() => (tab.frozen ? tab.late.push(tell) : tab.dead || tell()));
  }

  #request(tab, name, { signal, steal = false }, callback) {
    return new Promise((resolve, reject) => {
      const claim = { tab, name, callback, resolve, reject };
      signal?.addEventListener("abort", () => {
        this.#waiting = this.#waiting.filter((one) => one !== claim);
        if (this.#held.get(name) !== claim) reject(new DOMException("", "AbortError"));
      });
      const robbed = steal && this.#held.get(name);
      if (steal) this.#held.delete(name);
      if (steal) this.#waiting.unshift(claim);
      else this.#waiting.push(claim);
      if (robbed) this.#tell(robbed.tab, () => robbed.reject(new DOMException("", "AbortError")));
      queueMicrotask(() => this.#grant());
    });
  }

  #grant() {
    for (const claim of [...this.#waiting]) {
      if (this.#held.has(claim.name)) continue;
      this.#waiting = this.#waiting.filter((one) => one !== claim);
      this.#held.set(claim.name, claim);
      Promise.resolve(claim.callback()).then((value) => this.#release(claim, value));
    }
  }

  #release(claim, value) {
    if (this.#held.get(claim.name) === claim) this.#held.delete(claim.name);
    claim.resolve(value);
    this.#grant();
  }

  #crash(tab) {
    tab.dead = true;
    tab.channels = [];
    this.#tabs.delete(tab);
    this.#waiting = this.#waiting.filter((claim) => claim.tab !== tab);
    for (const [name, claim] of [...this.#held]) if (claim.tab === tab) this.#held.delete(name);
    queueMicrotask(() => this.#grant());
  }
}
