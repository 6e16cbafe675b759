/**
 * Where the outbox and the visitor's token are kept. One small asynchronous interface, so that
 * another store can take its place without touching those who use it.
 *
 * @typedef {object} Storage
 * @property {boolean} durable whether a reload finds what was put
 * @property {(key: string) => Promise<any>} get undefined where there is nothing
 * @property {(key: string, value: unknown) => Promise<void>} put
 * @property {(key: string) => Promise<void>} delete
 * @property {(prefix: string) => Promise<any[]>} list values whose key starts so
 */

/** @implements {Storage} */
export class MemoryStorage {
  durable = false;
  /** @type {Map<string, string>} */
  #values = new Map();

  /** @param {string} key */
  async get(key) {
    return parse(this.#values.get(key));
  }

  /** @param {string} key @param {unknown} value */
  async put(key, value) {
    this.#values.set(key, JSON.stringify(value));
  }

  /** @param {string} key */
  async delete(key) {
    this.#values.delete(key);
  }

  /** @param {string} prefix */
  async list(prefix) {
    return [...this.#values].filter(([key]) => key.startsWith(prefix)).map(([, value]) => parse(value));
  }
}

/**
 * The frame's own localStorage. A full disk or a quota turns it into memory from then on:
 * a message that cannot be kept is still sent.
 * @implements {Storage}
 */
export class LocalStorage {
  durable = true;
  #area;
  #spill = new MemoryStorage();

  /** @param {globalThis.Storage} area */
  constructor(area) {
    this.#area = area;
  }

  /** @param {string} key */
  async get(key) {
    return (await this.#spill.get(key)) ?? parse(this.#area.getItem(key));
  }

  /** @param {string} key @param {unknown} value */
  async put(key, value) {
    try {
      this.#area.setItem(key, JSON.stringify(value));
    } catch {
      this.durable = false;
      await this.#spill.put(key, value);
    }
  }

  /** @param {string} key */
  async delete(key) {
    this.#area.removeItem(key);
    await this.#spill.delete(key);
  }

  /** @param {string} prefix */
  async list(prefix) {
    const keys = Array.from({ length: this.#area.length }, (_, index) => this.#area.key(index) ?? "");
    const kept = keys.filter((key) => key.startsWith(prefix)).map((key) => parse(this.#area.getItem(key)));
    return [...kept, ...(await this.#spill.list(prefix))].filter((value) => value !== undefined);
  }
}

/** @param {string | null | undefined} text */
function parse(text) {
  try {
    return text == null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The best store this page is allowed to use.
 * @returns {Storage}
 */
export function openStorage() {
  try {
    const area = globalThis.localStorage;
    area.setItem("parley:probe", "1");
    area.removeItem("parley:probe");
    return new LocalStorage(area);
  } catch {
    return new MemoryStorage();
  }
}
