import { Emitter } from "../chat/emitter.js";

const PAGE = 50;
/** @type {Record<string, string>} the lists that the socket does not bring, and where they are read */
const PATHS = { all: `handoffs/all/?limit=${PAGE}`, history: `handoffs/history/?limit=${PAGE}` };

/**
 * The lists that are read by REST, page by page, into the client's handoffs. Emits `change`.
 *
 * @typedef {import("./handoffs.js").Tab} Tab
 * @typedef {{condition: "none" | "loading" | "ready" | "broken", next: string, problem: string}} Book
 */
export class Pages extends Emitter {
  #api;
  #client;
  /** @type {Map<string, Book>} */
  #books = new Map();

  /** @param {import("./api.js").Api} api @param {import("./client.js").ConsoleClient} client */
  constructor(api, client) {
    super();
    this.#api = api;
    this.#client = client;
  }

  /** @param {Tab} tab @returns {"loading" | "ready" | "broken"} */
  conditionOf(tab) {
    if (!PATHS[tab]) return "ready";
    const { condition } = this.#book(tab);
    return condition === "none" ? "loading" : condition;
  }

  /** @param {Tab} tab */
  problemOf(tab) {
    return this.#books.get(tab)?.problem ?? "";
  }

  /** @param {Tab} tab */
  hasMore(tab) {
    return Boolean(this.#books.get(tab)?.next);
  }

  /** @param {Tab} tab */
  loadOnce(tab) {
    if (PATHS[tab] && this.#book(tab).condition === "none") void this.load(tab);
  }

  /** The first page; what is shown meanwhile stays. @param {Tab} tab */
  async load(tab) {
    if (PATHS[tab]) await this.#read(tab, PATHS[tab]);
  }

  /** @param {Tab} tab */
  async loadMore(tab) {
    const { next } = this.#book(tab);
    if (next) await this.#read(tab, next);
  }

  /** After a lost connection nothing that was read still holds. @param {Tab} current */
  forget(current) {
    this.#books.clear();
    this.loadOnce(current);
  }

  /** Reads the queue again, where a hint was lost. */
  async readWaiting() {
    try {
      const { results } = await this.#api.get("handoffs/waiting/?limit=100");
      this.#client.handoffs.replaceWaiting(results);
      this.emit("change");
    } catch {
      // The next heartbeat compares again.
    }
  }

  /** @param {Tab} tab @param {string} path */
  async #read(tab, path) {
    const book = this.#book(tab);
    if (book.condition === "loading") return;
    book.condition = "loading";
    this.emit("change");
    try {
      const { results, next } = await this.#api.get(path);
      this.#client.handoffs.putAll(results);
      Object.assign(book, { condition: "ready", next: next ?? "", problem: "" });
    } catch (error) {
      Object.assign(book, { condition: "broken", problem: error instanceof Error ? error.message : "" });
    }
    this.emit("change");
  }

  /** @param {Tab} tab @returns {Book} */
  #book(tab) {
    const book = this.#books.get(tab) ?? { condition: "none", next: "", problem: "" };
    this.#books.set(tab, book);
    return book;
  }
}
