import { byId } from "../widget/dom.js";
import { Ticket } from "./ticket.js";

const TICK_MS = 1_000;
const NOTICE_MS = 10_000;

/**
 * @typedef {import("./handoffs.js").Tab} Tab
 * @typedef {import("./handoffs.js").Handoff} Handoff
 * @typedef {"ready" | "loading" | "broken"} Condition
 */

/** The left column: tabs, rows, and what stands there when there are none. */
export class QueueView {
  #client;
  #pages;
  #actions;
  /** @type {Tab} */
  #tab;
  /** @type {Map<string, Ticket>} */
  #tickets = new Map();
  /** @type {Handoff[]} what is shown, in this order */
  #shown = [];
  /** @type {any} */
  #noticeTimer = null;

  /**
   * @param {import("./client.js").ConsoleClient} client
   * @param {import("./pages.js").Pages} pages
   * @param {{accept: (handoff: Handoff) => void, isWriting: () => boolean}} actions
   */
  constructor(client, pages, actions) {
    this.#client = client;
    this.#pages = pages;
    this.#actions = actions;
    this.#tab = /** @type {Tab} */ (byId("console").dataset.tab ?? "waiting");
    byId("tickets").replaceChildren();
    byId("tabs").addEventListener("click", (event) => this.#onTab(event));
    byId("more").addEventListener("click", () => pages.loadMore(this.#tab));
    byId("queue-retry").addEventListener("click", () => pages.load(this.#tab));
    setInterval(() => this.#tick(), TICK_MS);
  }

  get tab() {
    return this.#tab;
  }

  get tabs() {
    return [...document.querySelectorAll("#tabs [data-tab]")].map((tab) => /** @type {Tab} */ (/** @type {HTMLElement} */ (tab).dataset.tab));
  }

  /** @param {Tab} tab */
  choose(tab) {
    this.#tab = tab;
    byId("console").dataset.tab = tab;
    for (const link of document.querySelectorAll("#tabs [data-tab]")) {
      if (/** @type {HTMLElement} */ (link).dataset.tab === tab) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    history.replaceState(null, "", `?tab=${tab}${location.hash}`);
    byId("queue-body").scrollTop = 0;
    this.#shown = [];
    this.#pages.loadOnce(tab);
    this.draw();
  }

  draw() {
    const list = this.#keepOrder(this.#client.handoffs.list(this.#tab));
    const condition = this.#pages.conditionOf(this.#tab);
    this.#shown = condition === "ready" || list.length ? list : [];
    this.#drawTickets();
    this.#drawCounts();
    for (const element of document.querySelectorAll("[data-empty]")) {
      const empty = /** @type {HTMLElement} */ (element);
      empty.hidden = empty.dataset.empty !== this.#tab || condition !== "ready" || this.#shown.length > 0;
    }
    byId("queue-loading").hidden = condition !== "loading" || this.#shown.length > 0;
    byId("queue-broken").hidden = condition !== "broken";
    byId("queue-broken-words").textContent = this.#pages.problemOf(this.#tab);
    byId("more").hidden = condition !== "ready" || !this.#pages.hasMore(this.#tab);
  }

  /** A calm word above the rows, which leaves by itself. @param {string} text */
  tell(text) {
    const notice = byId("queue-notice");
    notice.textContent = text;
    notice.hidden = false;
    clearTimeout(this.#noticeTimer);
    this.#noticeTimer = setTimeout(() => (notice.hidden = true), NOTICE_MS);
  }

  /** The row after or before the open one. @param {1 | -1} step @returns {Handoff | undefined} */
  neighbour(step) {
    const now = this.#shown.findIndex(({ session_id }) => session_id === this.#client.sessionId);
    if (now < 0) return step > 0 ? this.#shown[0] : this.#shown.at(-1);
    return this.#shown[now + step];
  }

  /** @param {string} id */
  focus(id) {
    this.#tickets.get(id)?.focus();
  }

  /** @param {MouseEvent} event */
  #onTab(event) {
    const link = event.target instanceof Element ? event.target.closest("[data-tab]") : null;
    if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
    event.preventDefault();
    this.choose(/** @type {Tab} */ (/** @type {HTMLElement} */ (link).dataset.tab));
  }

  /** While one writes, rows change their words but not their places; new ones come at the end. @param {Handoff[]} list */
  #keepOrder(list) {
    if (!this.#actions.isWriting() || !this.#shown.length) return list;
    const places = new Map(this.#shown.map(({ id }, index) => [id, index]));
    const place = (/** @type {Handoff} */ { id }) => places.get(id) ?? Infinity;
    return [...list].sort((one, other) => (place(one) === place(other) ? 0 : place(one) - place(other)));
  }

  #drawTickets() {
    const list = byId("tickets");
    const pattern = /** @type {HTMLTemplateElement} */ (byId("ticket-pattern"));
    const ids = new Set(this.#shown.map(({ id }) => id));
    for (const [id, ticket] of this.#tickets) {
      if (ids.has(id)) continue;
      ticket.element.remove();
      this.#tickets.delete(id);
    }
    this.#shown.forEach((handoff, index) => {
      const accept = () => this.#actions.accept(this.#client.handoffs.find(handoff.id) ?? handoff);
      const ticket = this.#tickets.get(handoff.id) ?? new Ticket(pattern, accept);
      this.#tickets.set(handoff.id, ticket);
      ticket.draw(handoff, this.#contextOf(handoff, index));
      if (list.children[index] !== ticket.element) list.insertBefore(ticket.element, list.children[index] ?? null);
    });
    list.hidden = !this.#shown.length;
  }

  #tick() {
    this.#shown.forEach((handoff, index) => this.#tickets.get(handoff.id)?.tick(handoff, this.#contextOf(handoff, index)));
  }

  /** @param {Handoff} handoff @param {number} index @returns {import("./ticket.js").TicketContext} */
  #contextOf(handoff, index) {
    const client = this.#client;
    return {
      tab: this.#tab,
      place: index + 1,
      now: Date.now() + client.clockOffset,
      current: handoff.session_id === client.sessionId,
      typing: handoff.state === "active" && client.isVisitorTyping(handoff.session_id),
      mine: client.handoffs.isMine(handoff),
    };
  }

  #drawCounts() {
    const mine = this.#client.handoffs.list("mine");
    const unread = mine.filter(({ unread_count }) => unread_count > 0).length;
    drawCount("waiting", this.#client.waitingCount);
    drawCount("mine", mine.length);
    byId("tabs").querySelector('[data-tab="mine"]')?.classList.toggle("has-unread", unread > 0);
  }
}

/** @param {Tab} tab @param {number} count */
function drawCount(tab, count) {
  const badge = /** @type {HTMLElement | null} */ (document.querySelector(`[data-count="${tab}"]`));
  if (!badge) return;
  const text = String(count);
  if (badge.textContent !== text) badge.textContent = text;
  badge.hidden = !count;
}
