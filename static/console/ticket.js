import { initialOf } from "../widget/dom.js";
import { sayWhen } from "../widget/times.js";
import { sayClock, secondsSince } from "./durations.js";
import { words } from "./words.js";

const LONG_S = 120;
const TOO_LONG_S = 300;

/**
 * @typedef {import("./handoffs.js").Handoff} Handoff
 * @typedef {object} TicketContext
 * @property {import("./handoffs.js").Tab} tab
 * @property {number} place its row, from 1
 * @property {number} now the server's time in ms
 * @property {boolean} current
 * @property {boolean} typing
 * @property {boolean} mine
 */

/** One row of the queue, made from the page's own pattern; its words change, its element stays. */
export class Ticket {
  /** @type {HTMLElement} */
  element;
  /** @type {Record<string, HTMLElement>} */
  #slots = {};

  /** @param {HTMLTemplateElement} pattern @param {() => void} accept */
  constructor(pattern, accept) {
    this.element = /** @type {HTMLElement} */ (pattern.content.firstElementChild?.cloneNode(true));
    for (const slot of this.element.querySelectorAll("[data-slot]")) {
      this.#slots[/** @type {HTMLElement} */ (slot).dataset.slot ?? ""] = /** @type {HTMLElement} */ (slot);
    }
    this.#slots.accept.addEventListener("click", accept);
  }

  focus() {
    this.#slots.link.focus({ preventScroll: true });
    this.element.scrollIntoView({ block: "nearest" });
  }

  /** @param {Handoff} handoff @param {TicketContext} context */
  draw(handoff, context) {
    const { link, face, name, last, unread, reason, accept } = this.#slots;
    const waits = handoff.state === "waiting";
    this.element.dataset.id = handoff.id;
    this.element.dataset.state = handoff.state;
    link.setAttribute("href", `#${handoff.session_id}`);
    if (context.current) link.setAttribute("aria-current", "true");
    else link.removeAttribute("aria-current");
    write(face, initialOf(handoff.visitor.name));
    write(name, handoff.visitor.name);
    write(last, context.typing ? words.typing : quote(handoff, context));
    last.classList.toggle("ticket__last--typing", context.typing);
    write(unread, String(handoff.unread_count));
    unread.hidden = !handoff.unread_count || !context.mine || handoff.state !== "active";
    write(reason, handoff.reason);
    reason.hidden = !handoff.reason || !waits;
    accept.hidden = !waits;
    accept.setAttribute("aria-label", `${words.accept} ${handoff.visitor.name}`);
    this.tick(handoff, context);
  }

  /** What changes with the clock alone. @param {Handoff} handoff @param {TicketContext} context */
  tick(handoff, context) {
    const { clock, facts } = this.#slots;
    const waited = secondsSince(handoff.started_at, context.now);
    const waits = handoff.state === "waiting";
    write(clock, waits ? sayClock(waited) : sayWhen(new Date(handoff.last_message_at), new Date(context.now)));
    clock.title = new Date(waits ? handoff.started_at : handoff.last_message_at).toLocaleString();
    clock.dataset.wait = waits && waited >= TOO_LONG_S ? "too-long" : waits && waited >= LONG_S ? "long" : "";
    write(facts, describeFacts(handoff, context));
  }
}

/** The last words, and whose they are where they are not the visitor's. @param {Handoff} handoff @param {TicketContext} context */
function quote({ last_message, last_sender, bot, agent }, { mine }) {
  if (!last_message || last_sender === "visitor" || !last_sender) return last_message;
  if (last_sender === "bot") return `${bot.name}: ${last_message}`;
  return mine ? `${words.you}: ${last_message}` : `${agent?.name ?? ""}: ${last_message}`;
}

/** @param {Handoff} handoff @param {TicketContext} context */
function describeFacts(handoff, { tab, place, now, mine }) {
  const facts = [];
  if (handoff.state === "waiting") facts.push(tab === "waiting" ? words.place(place) : words.waiting);
  else if (tab !== "mine" && handoff.agent) facts.push(tab === "all" && mine ? words.withYou : tab === "all" ? words.with(handoff.agent.name) : handoff.agent.name);
  const duration = sayDuration(handoff, now);
  if (duration) facts.push(duration);
  facts.push(words.messages(handoff.message_count), handoff.bot.name);
  return facts.join(" · ");
}

/** How long the agent had it. @param {Handoff} handoff @param {number} now */
function sayDuration({ accepted_at, ended_at }, now) {
  return accepted_at ? sayClock(secondsSince(accepted_at, ended_at ? Date.parse(ended_at) : now)) : "";
}

/** @param {HTMLElement} element @param {string} text */
function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
