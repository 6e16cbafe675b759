import { byId, initialOf, make } from "../widget/dom.js";
import { sayWhen } from "../widget/times.js";
import { sayClock, secondsSince } from "./durations.js";

/** The right column: who the visitor is and how it came to this. Where there is no room it opens over the conversation. */
export class VisitorPanel {
  #client;
  #drawn = "";

  /** @param {import("./client.js").ConsoleClient} client */
  constructor(client) {
    this.#client = client;
    byId("about").addEventListener("click", () => this.toggle());
    byId("visitor-close").addEventListener("click", () => this.toggle(false));
  }

  get isOver() {
    return byId("console").classList.contains("console--about");
  }

  /** @param {boolean} [on] */
  toggle(on = !this.isOver) {
    byId("console").classList.toggle("console--about", on);
    byId("about").setAttribute("aria-expanded", String(on));
    if (on) byId("visitor-close").focus();
    else if (byId("visitor").contains(document.activeElement)) byId("about").focus();
  }

  draw() {
    const handoff = this.#client.open?.handoff;
    byId("visitor").hidden = !handoff;
    byId("about").hidden = !handoff;
    if (!handoff) return this.toggle(false);
    const facts = listFacts(handoff);
    const look = JSON.stringify([handoff.id, facts.map(([name, value]) => [name, String(value)])]);
    if (look === this.#drawn) return;
    this.#drawn = look;
    byId("visitor-name").textContent = handoff.visitor.name;
    byId("visitor-face").textContent = initialOf(handoff.visitor.name);
    const rows = facts.flatMap(([name, value]) => [make("dt", { text: name }), make("dd", {}, value)]);
    byId("visitor-facts").replaceChildren(...rows);
  }
}

/** @param {import("./handoffs.js").Handoff} handoff @returns {[string, string | Node][]} what is known, and nothing that is not */
function listFacts(handoff) {
  const { visitor, bot, reason, agent, started_at, accepted_at, ended_at, message_count } = handoff;
  const moment = (/** @type {string} */ iso) => new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
  /** @type {[string, string | Node | null][]} */
  const facts = [
    ["Phone", visitor.phone],
    ["Language", sayLanguage(visitor.locale)],
    ["Page", visitor.page ? linkTo(visitor.page) : null],
    ["Bot", bot.name],
    ["Reason", reason],
    ["Asked", moment(started_at)],
    ["Waited", accepted_at ? sayClock(secondsSince(started_at, Date.parse(accepted_at))) : null],
    ["Agent", agent?.name ?? null],
    ["Lasted", accepted_at && ended_at ? sayClock(secondsSince(accepted_at, Date.parse(ended_at))) : null],
    ["Ended", ended_at ? sayWhen(new Date(ended_at)) : null],
    ["Messages", message_count.toLocaleString()],
  ];
  return /** @type {[string, string | Node][]} */ (facts.filter(([, value]) => value));
}

/** @param {string} locale */
function sayLanguage(locale) {
  try {
    return locale ? (new Intl.DisplayNames(undefined, { type: "language" }).of(locale) ?? locale) : "";
  } catch {
    return locale;
  }
}

/** @param {string} page what the visitor's browser reported: only a web address becomes a link */
function linkTo(page) {
  if (!/^https?:\/\//i.test(page)) return page;
  return make("a", { href: page, target: "_blank", rel: "noopener noreferrer nofollow", text: page.replace(/^https?:\/\//i, "") });
}
