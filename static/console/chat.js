import { Composer } from "../widget/composer.js";
import { byId, initialOf } from "../widget/dom.js";
import { Log } from "../widget/log.js";
import { Drafts } from "./drafts.js";
import { sayClock, secondsSince } from "./durations.js";
import { listItems } from "./thread.js";
import { words } from "./words.js";

const WRITING_MS = 4_000;
const TICK_MS = 1_000;

/** The middle column: one conversation, who has it, and where one answers. */
export class ChatView {
  #client;
  #agent;
  #actions;
  #log;
  #composer;
  #drafts = new Drafts();
  #shown = "";
  #wroteAt = 0;
  #noticeOf = "";

  /**
   * @param {import("./client.js").ConsoleClient} client
   * @param {{id: number, name: string}} agent
   * @param {{accept: (handoff: import("./handoffs.js").Handoff) => void, end: () => void}} actions
   */
  constructor(client, agent, actions) {
    this.#client = client;
    this.#agent = agent;
    this.#actions = actions;
    this.#log = new Log(
      { list: byId("bubbles"), scroller: byId("log"), jump: byId("jump") },
      this.#bubbleActions,
    );
    this.#composer = new Composer(
      { form: byId("composer"), field: byId("field"), button: byId("send"), hint: byId("hint") },
      { send: (text) => this.#send(text), typing: () => client.typing() },
    );
    byId("field").addEventListener("input", () => this.#onInput());
    byId("accept").addEventListener("click", () => this.#accept());
    byId("end").addEventListener("click", () => actions.end());
    byId("chat-retry").addEventListener("click", () => client.show(client.sessionId));
    setInterval(() => this.#drawLine(), TICK_MS);
  }

  /** Whether one is in the middle of a sentence, so that nothing should move. */
  isWriting() {
    return document.activeElement === byId("field") && Date.now() - this.#wroteAt < WRITING_MS;
  }

  /** Where one writes, or reads where one may not write. */
  focus() {
    if (byId("composer").hidden) byId("log").focus({ preventScroll: true });
    else this.#composer.focus();
  }

  /** A calm word above the field, about the open conversation. @param {string} text */
  tell(text) {
    this.#noticeOf = text ? this.#client.sessionId : "";
    byId("chat-notice").textContent = text;
    byId("chat-notice").hidden = !text;
  }

  draw() {
    const open = this.#client.open;
    byId("chat-none").hidden = Boolean(open);
    byId("chat-open").hidden = !open;
    if ((open?.sessionId ?? "") !== this.#shown) this.#change(open?.sessionId ?? "");
    if (!open) return;
    const { conversation, broken } = open;
    byId("chat-loading").hidden = broken || conversation.loaded;
    byId("chat-broken").hidden = !broken;
    this.#drawHead(open);
    this.#drawFoot(open);
    this.#log.show(open.sessionId, broken ? [] : listItems(open, this.#agent, this.#bubbleActions));
  }

  get #bubbleActions() {
    return {
      press: () => {},
      retry: (/** @type {string} */ clientId) => this.#client.retry(clientId),
      remove: (/** @type {string} */ clientId) => void this.#client.remove(clientId),
    };
  }

  /** Another conversation: what was begun there stays there. @param {string} sessionId */
  #change(sessionId) {
    if (this.#noticeOf !== sessionId) this.tell("");
    this.#shown = sessionId;
    this.#composer.text = sessionId ? this.#drafts.get(sessionId) : "";
  }

  #onInput() {
    this.#wroteAt = Date.now();
    this.#drafts.keep(this.#shown, this.#composer.text);
  }

  /** @param {string} text */
  #send(text) {
    void this.#client.send(text);
    this.#drafts.keep(this.#shown, "");
    this.tell("");
    this.#log.scrollToEnd();
  }

  #accept() {
    const handoff = this.#client.open?.handoff;
    if (handoff) this.#actions.accept(handoff);
  }

  /** @param {import("./client.js").Open} open */
  #drawHead({ handoff, conversation }) {
    const name = handoff?.visitor.name ?? "";
    byId("chat-name").textContent = name;
    byId("chat-face").textContent = initialOf(name);
    byId("accept").hidden = handoff?.state !== "waiting";
    const mayEnd = handoff?.state === "active" && (this.#client.handoffs.isMine(handoff) || this.#client.handoffs.readsEverything);
    byId("end").hidden = !mayEnd;
    byId("chat").dataset.state = conversation.state;
    this.#drawLine();
  }

  #drawLine() {
    const open = this.#client.open;
    const line = open ? this.#describe(open) : "";
    if (byId("chat-line").textContent !== line) byId("chat-line").textContent = line;
  }

  /** @param {import("./client.js").Open} open */
  #describe({ handoff, conversation }) {
    if (conversation.typing.has("visitor")) return words.typing;
    if (!handoff) return conversation.state === "bot" ? words.bot : "";
    if (handoff.state === "waiting") {
      return words.aboutWaiting(sayClock(secondsSince(handoff.started_at, Date.now() + this.#client.clockOffset)));
    }
    if (handoff.state === "ended") return words.aboutEnded(words.byWhom[/** @type {"agent"} */ (handoff.ended_by)] ?? handoff.ended_by);
    return this.#client.handoffs.isMine(handoff) ? words.aboutMine : words.aboutOther(handoff.agent?.name ?? "");
  }

  /** @param {import("./client.js").Open} open */
  #drawFoot({ handoff, conversation, outgoing, broken }) {
    const isMine = handoff?.state === "active" && this.#client.handoffs.isMine(handoff);
    byId("composer").hidden = !isMine;
    if (!isMine) byId("hint").hidden = true;
    const why = isMine || broken || !conversation.loaded ? "" : explainReading(handoff);
    byId("readonly").hidden = !why;
    if (byId("readonly").textContent !== why) byId("readonly").textContent = why;
    byId("chat").classList.toggle("chat--unsent", outgoing.length > 0);
  }
}

/** Why one cannot write here. @param {import("./handoffs.js").Handoff | undefined} handoff */
function explainReading(handoff) {
  if (handoff?.state === "waiting") return words.queueWaiting;
  if (handoff?.state === "active") return words.held(handoff.agent?.name ?? "");
  return words.ended;
}
