import { DatabaseTier } from "./database.js";

/**
 * Where the outbox and the visitor's token are kept. One small asynchronous interface.
 *
 * @typedef {object} Storage
 * @property {boolean} durable whether a reload finds what was put
 * @property {(key: string) => Promise<any>} get undefined where there is nothing
 * @property {(key: string, value: unknown) => Promise<void>} put
 * @property {(key: string) => Promise<void>} delete
 * @property {(prefix: string) => Promise<any[]>} list values whose key starts so
 *
 * @typedef {object} Tier one place to keep things in; each of its methods may throw
 * @property {(key: string) => Promise<any>} get
 * @property {(key: string, value: unknown) => Promise<unknown>} put
 * @property {(key: string) => Promise<unknown>} delete
 * @property {(prefix: string) => Promise<Map<string, any>>} entries
 */

/** What this page keeps for as long as it lives. @implements {Tier} */
export class MemoryTier {
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
  async entries(prefix) {
    return new Map([...this.#values].filter(([key]) => key.startsWith(prefix)).map(([key, value]) => [key, parse(value)]));
  }
}

/** The frame's own localStorage: where there is no database, and what earlier versions of this page used. @implements {Tier} */
export class LocalTier {
  #area;

  /** @param {() => globalThis.Storage} area throws where storage is blocked */
  constructor(area = () => globalThis.localStorage) {
    this.#area = area;
  }

  /** @param {string} key */
  async get(key) {
    return parse(this.#area().getItem(key));
  }

  /** @param {string} key @param {unknown} value */
  async put(key, value) {
    this.#area().setItem(key, JSON.stringify(value));
  }

  /** @param {string} key */
  async delete(key) {
    this.#area().removeItem(key);
  }

  /** @param {string} prefix */
  async entries(prefix) {
    const area = this.#area();
    const keys = Array.from({ length: area.length }, (_, index) => area.key(index) ?? "").filter((key) => key.startsWith(prefix));
    return new Map(keys.map((key) => [key, parse(area.getItem(key))]));
  }
}

/**
 * Several places, the best first. What the first refuses (blocked, full, locked by another version
 * of this page) goes to the next, down to this page's memory: a message that cannot be kept is
 * still sent. What lies in a lower one moves up as soon as that is possible, so that whatever an
 * older page left in localStorage is taken over.
 * @implements {Storage}
 */
export class TieredStorage {
  #tiers;
  #memory = new MemoryTier();
  /** Keys of which only this page's memory knows. @type {Set<string>} */
  #fleeting = new Set();
  #blocked;

  /** @param {Tier[]} tiers those that outlive the page */
  constructor(tiers) {
    this.#tiers = [...tiers, this.#memory];
    this.#blocked = !tiers.length;
  }

  get durable() {
    return !this.#blocked && !this.#fleeting.size;
  }

  /** Finds out whether anything can be kept here at all. */
  async probe() {
    await this.put(PROBE, 1);
    this.#blocked = this.#fleeting.has(PROBE);
    await this.delete(PROBE);
  }

  /** @param {string} key */
  async get(key) {
    for (const tier of this.#tiers) {
      const value = await tier.get(key).catch(() => undefined);
      if (value !== undefined) return value;
    }
    return undefined;
  }

  /** @param {string} key @param {unknown} value */
  async put(key, value) {
    /** @type {Tier | null} */
    let keeper = null;
    for (const tier of this.#tiers) {
      // A copy further down is older than this one.
      if (keeper) await tier.delete(key).catch(() => {});
      else if (await tier.put(key, value).then(() => true, () => false)) keeper = tier;
    }
    if (keeper === this.#memory) this.#fleeting.add(key);
    else this.#fleeting.delete(key);
  }

  /** @param {string} key */
  async delete(key) {
    this.#fleeting.delete(key);
    for (const tier of this.#tiers) await tier.delete(key).catch(() => {});
  }

  /** @param {string} prefix */
  async list(prefix) {
    /** @type {Map<string, any>} */
    const found = new Map();
    const nothing = () => new Map();
    for (const tier of this.#tiers) {
      for (const [key, value] of await tier.entries(prefix).catch(nothing)) {
        if (value === undefined || found.has(key)) continue;
        found.set(key, value);
        if (tier !== this.#tiers[0]) await this.put(key, value);
      }
    }
    return [...found.values()];
  }
}

const PROBE = "parley:probe";

/** For this page only: a test session, which nobody comes back to. */
export const openMemory = () => new TieredStorage([]);

/** The best places that this page is allowed to use. */
export async function openStorage() {
  const storage = new TieredStorage([new DatabaseTier(), new LocalTier()]);
  await storage.probe();
  return storage;
}

/** @param {string | null | undefined} text */
function parse(text) {
  try {
    return text == null ? undefined : JSON.parse(text);
  } catch {
    return undefined;
  }
}
