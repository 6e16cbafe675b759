const NAME = "parley";
const STORE = "values";
const VERSION = 1;
const PATIENCE_MS = 2_000;

/**
 * The frame's own IndexedDB, one store of values by key: what all tabs of a browser share.
 *
 * Another version of this page may hold the database open in another tab while its layout is to
 * change. Whoever is asked to let go does so at once; whoever waits, or meets a browser whose
 * database hangs, gives up for now after two seconds and finds it open later.
 * @typedef {import("./storage.js").Tier} Tier
 * @implements {Tier}
 */
export class DatabaseTier {
  #name;
  #factory;
  #patienceMs;
  /** @type {Promise<IDBDatabase> | null} */
  #opening = null;
  /** @type {Promise<never> | null} */
  #patience = null;

  /** @param {{name?: string, factory?: () => IDBFactory, patienceMs?: number}} [options] */
  constructor({ name = NAME, factory = () => globalThis.indexedDB, patienceMs = PATIENCE_MS } = {}) {
    this.#name = name;
    this.#factory = factory;
    this.#patienceMs = patienceMs;
  }

  /** @param {string} key */
  async get(key) {
    return settle((await this.#begin("readonly")).get(key));
  }

  /** @param {string} key @param {unknown} value */
  async put(key, value) {
    const store = await this.#begin("readwrite");
    store.put(value, key);
    return finish(store.transaction);
  }

  /** @param {string} key */
  async delete(key) {
    const store = await this.#begin("readwrite");
    store.delete(key);
    return finish(store.transaction);
  }

  /** @param {string} prefix @returns {Promise<Map<string, any>>} */
  async entries(prefix) {
    const range = IDBKeyRange.bound(prefix, `${prefix}\uffff`);
    const store = await this.#begin("readonly");
    const [keys, values] = await Promise.all([settle(store.getAllKeys(range)), settle(store.getAll(range))]);
    return new Map(keys.map((/** @type {any} */ key, /** @type {number} */ index) => [String(key), values[index]]));
  }

  /** @param {IDBTransactionMode} mode */
  async #begin(mode) {
    const database = await this.#open();
    try {
      return database.transaction(STORE, mode).objectStore(STORE);
    } catch {
      // The browser or another tab closed it meanwhile.
      this.#opening = null;
      return (await this.#open()).transaction(STORE, mode).objectStore(STORE);
    }
  }

  #open() {
    if (!this.#opening) {
      const opening = this.#request(VERSION);
      this.#opening = opening;
      this.#patience = new Promise((_, reject) => setTimeout(reject, this.#patienceMs, new Error("The database does not open.")));
      this.#patience.catch(() => {});
      opening.catch(() => this.#opening === opening && (this.#opening = null));
    }
    return Promise.race([this.#opening, /** @type {Promise<never>} */ (this.#patience)]);
  }

  /** @param {number} [version] @returns {Promise<IDBDatabase>} */
  async #request(version) {
    const request = this.#factory().open(this.#name, version);
    request.onupgradeneeded = () => {
      if (!request.result.objectStoreNames.contains(STORE)) request.result.createObjectStore(STORE);
    };
    try {
      const database = await settle(request);
      database.onversionchange = () => database.close();
      database.onclose = () => (this.#opening = null);
      return database;
    } catch (error) {
      // A newer page has been here: its layout still has our store.
      if (version && /** @type {DOMException} */ (error).name === "VersionError") return this.#request();
      throw error;
    }
  }
}

/** @template T @param {IDBRequest<T>} request @returns {Promise<T>} */
const settle = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** Resolves once it is committed; a full disk says so only then. @param {IDBTransaction} transaction @returns {Promise<void>} */
const finish = (transaction) =>
  new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
