import { Announcer } from "./announcer.js";
import { applyAppearance } from "./appearance.js";
import { groupOf } from "./bubble.js";
import { Composer } from "./composer.js";
import { DeliveryNews } from "./delivery_news.js";
import { byId, initialOf, make, makeButton } from "./dom.js";
import { Earlier } from "./earlier.js";
import { FeedbackForm } from "./feedback.js";
import { Log } from "./log.js";
import { StatusLine } from "./status.js";
import { words } from "./strings.js";

/** @typedef {import("../chat/client.js").Snapshot} Snapshot */

/** A reply that takes less is not worth a button that comes and goes. */
const STOP_AFTER_MS = 400;

/** The widget as one sees it: header, conversation, composer. Draws what the client knows, and passes on what one does. */
export class View {
  #client;
  /** @type {import("../chat/frames.js").Bot} */
  #bot;
  #notice;
  #isOpen = () => true;
  #log;
  #status;
  #composer;
  #earlier;
  #announcer = new Announcer(byId("live"));
  #news = new DeliveryNews(this.#announcer);
  /** The turn whose loss was said. @type {number | string | null} */
  #lost = null;
  /** @type {any} */
  #stopTimer = null;

  /**
   * @param {import("../chat/client.js").ChatClient} client
   * @param {import("../chat/frames.js").Bot} bot
   * @param {{notice: () => string, isOpen: () => boolean}} options
   */
  constructor(client, bot, { notice, isOpen }) {
    this.#client = client;
    this.#bot = bot;
    this.#notice = notice;
    this.#isOpen = isOpen;
    const parts = { list: byId("bubbles"), scroller: byId("log"), jump: byId("jump") };
    this.#log = new Log(parts, {
      press: (id, title) => this.#press(id, title),
      retry: (id) => client.retry(id),
      remove: (id) => void client.remove(id),
      again: () => this.#tryAgain(),
      rate: (seq, value) => this.#rate(seq, value),
    });
    this.#status = new StatusLine(document.documentElement, client.connection);
    this.#composer = new Composer(
      { form: byId("composer"), field: byId("field"), button: byId("send"), hint: byId("hint") },
      { send: (text) => this.#send(text), typing: () => client.typing() },
    );
    this.#earlier = new Earlier(
      { dialog: byId("earlier"), line: byId("earlier-line"), list: byId("earlier-list"), refresh: byId("earlier-refresh") },
      { open: (id) => client.open(id), refresh: () => void client.refreshSessions() },
    );
    this.#listen();
    this.#drawBot();
    client.subscribe((snapshot) => this.#draw(snapshot));
  }

  focus() {
    this.#composer.focus();
  }

  /** Sends what was written before this script ran. */
  takeUp() {
    this.#composer.takeUp();
  }

  /** What is on screen counts as read as soon as somebody can see it. */
  readIfSeen() {
    if (this.#isOpen() && document.visibilityState === "visible") this.#client.read();
  }

  #listen() {
    this.#client.on("logged", (/** @type {any} */ { message }) => this.#announce(message));
    this.#client.on("sent", (/** @type {any} */ entry) => this.#news.sent(entry));
    this.#client.on("notice", (/** @type {any} */ { detail }) => this.#toast(detail));
    document.addEventListener("visibilitychange", () => this.readIfSeen());
    onClick("stop", () => this.#stop());
    onClick("talk", () => this.#wishPerson());
    onClick("menu-talk", () => this.#wishPerson());
    onClick("menu-new", () => this.#startNew());
    onClick("start-new", () => this.#startNew());
    onClick("menu-earlier", () => this.#showEarlier());
    onClick("menu-end", () => /** @type {HTMLDialogElement} */ (byId("end-dialog")).showModal());
    onClick("end-yes", () => this.#end());
    for (const item of document.querySelectorAll("#menu .menu__item")) item.addEventListener("click", () => byId("menu").hidePopover());
    for (const button of document.querySelectorAll("[data-close-dialog]")) {
      button.addEventListener("click", () => button.closest("dialog")?.close());
    }
  }

  /** @param {Snapshot} snapshot */
  #draw(snapshot) {
    if (snapshot.bot && snapshot.bot !== this.#bot) {
      this.#bot = snapshot.bot;
      this.#drawBot();
    }
    this.#status.show(snapshot.connection);
    this.#drawWho(snapshot);
    this.#log.draw(snapshot, this.#bot, this.#notice());
    byId("loading").hidden = !snapshot.loading;
    this.#drawSuggestions(snapshot);
    this.#drawActions(snapshot);
    this.#drawStop(snapshot);
    this.#announceLost(snapshot);
    this.#earlier.draw(snapshot);
    this.#news.tell(snapshot.outgoing, ["connected", "stale"].includes(snapshot.connection.state));
    document.documentElement.dataset.state = snapshot.state;
    this.readIfSeen();
  }

  #drawBot() {
    const { name, appearance, suggested_questions } = this.#bot;
    document.title = name;
    byId("name").textContent = name;
    drawFace(byId("face"), name, appearance.avatar_url);
    applyAppearance(document.documentElement, appearance);
    const chips = suggested_questions.map((question) =>
      makeButton(question, "button button--secondary button--small suggestion", () => this.#send(question)),
    );
    byId("suggestions").replaceChildren(...chips);
  }

  /** @param {Snapshot} snapshot */
  #drawWho({ state, agent, position, waitS }) {
    const who = byId("who");
    const wait = waitS ? words.waitAbout(Math.max(1, Math.round(waitS / 60))) : "";
    const waiting = position ? words.waitingAt(position) + wait : words.waiting;
    const lines = { bot: words.botStatus, waiting, agent: words.agentHere(agent?.name ?? ""), closed: words.closedStatus };
    const text = state === "agent" && !agent?.name ? "" : lines[/** @type {keyof typeof lines} */ (state)] ?? "";
    if (who.textContent !== text) who.textContent = text;
    const isAgent = state === "agent" && Boolean(agent?.name);
    drawFace(byId("face"), isAgent ? agent?.name ?? "" : this.#bot.name, isAgent ? agent?.avatar : this.#bot.appearance.avatar_url);
  }

  /** @param {Snapshot} snapshot */
  #drawSuggestions({ messages, outgoing, loading }) {
    byId("suggestions").hidden = loading || messages.length + outgoing.length > 0;
  }

  /** @param {Snapshot} snapshot */
  #drawActions({ state, sessionId, messages, outgoing }) {
    const offers = this.#bot.handoff.offer_button && (state === "bot" || state === "closed");
    byId("talk").hidden = !offers || state === "closed" || messages.length + outgoing.length === 0;
    byId("menu-talk").hidden = !offers;
    byId("menu-end").hidden = !sessionId || state === "closed";
    byId("ended").hidden = state !== "closed";
  }

  /** @param {Snapshot} snapshot */
  #drawStop({ turns, stopping, state }) {
    const button = byId("stop");
    button.setAttribute("aria-disabled", String(stopping));
    button.setAttribute("aria-label", stopping ? words.stopping : words.stopReply);
    const runs = turns.length > 0 && state === "bot";
    if (runs) this.#stopTimer ??= setTimeout(() => (button.hidden = false), STOP_AFTER_MS);
    else this.#hideStop(button);
  }

  /** @param {HTMLElement} button */
  #hideStop(button) {
    clearTimeout(this.#stopTimer);
    this.#stopTimer = null;
    const hadFocus = document.activeElement === button;
    button.hidden = true;
    if (hadFocus) this.#composer.focus();
  }

  #stop() {
    if (!this.#client.stopReply()) this.#toast(words.noConnection);
  }

  #tryAgain() {
    if (!this.#client.retryReply()) this.#toast(words.noConnection);
    this.#composer.focus();
  }

  /** @param {string} text */
  #send(text) {
    void this.#client.send(text);
    this.#log.scrollToEnd();
  }

  /** @param {string} id @param {string} title */
  #press(id, title) {
    if (id === "request_agent") return void this.#wishPerson();
    void this.#client.choose(id, title);
    this.#log.scrollToEnd();
  }

  /** It counts at once; a word about it may follow. @param {number} seq @param {1 | -1} value */
  #rate(seq, value) {
    const give = (/** @type {string} */ text) => {
      if (!this.#client.giveFeedback(seq, value, text)) return this.#toast(words.noConnection);
      this.#announcer.say(words.thanks);
    };
    give("");
    new FeedbackForm(byId("notices"), value).onSend = give;
  }

  async #wishPerson() {
    if (!(await this.#client.requestAgent(words.humanWish))) this.#toast(words.noPerson);
    this.#composer.focus();
  }

  #startNew() {
    this.#client.newSession();
    this.#composer.focus();
  }

  #showEarlier() {
    this.#earlier.show(this.#client.snapshot());
  }

  #end() {
    /** @type {HTMLDialogElement} */ (byId("end-dialog")).close();
    if (!this.#client.end()) this.#toast(words.noPerson);
    this.#composer.focus();
  }

  /** @param {import("../chat/frames.js").Message} message */
  #announce({ sender, sender_name, text, state, parts }) {
    if (sender === "visitor" || !text) return;
    const titles = groupOf(parts)?.buttons.map(({ title }) => title).join(", ");
    const choices = titles ? ` ${words.choices}: ${titles}` : "";
    const mark = state === "stopped" || state === "interrupted" ? ` ${words[state]}` : "";
    this.#announcer.say(sender === "system" ? text : `${sender_name || this.#bot.name}: ${text}${mark}${choices}`);
  }

  /** A reply that never came leaves no message to read out. @param {Snapshot} snapshot */
  #announceLost({ failedTurn, messages }) {
    const lost = messages.at(-1)?.turn_id === failedTurn ? null : failedTurn;
    if (lost !== null && lost !== this.#lost) this.#announcer.say(words.failedReply);
    this.#lost = lost;
  }

  /** @param {string} text */
  #toast(text) {
    const toast = make("p", { class: "notice", role: "alert", text });
    byId("notices").replaceChildren(toast);
    setTimeout(() => toast.remove(), 8_000);
  }
}

/** @param {string} id @param {() => void} action */
const onClick = (id, action) => byId(id).addEventListener("click", action);

/** @param {HTMLElement} face @param {string} name @param {string | undefined} url */
function drawFace(face, name, url) {
  if (face.dataset.of === `${name} ${url}`) return;
  face.dataset.of = `${name} ${url}`;
  face.replaceChildren(url ? make("img", { src: url, alt: "" }) : initialOf(name));
}
