import { isDebugging, setDebugging } from "../chat/debug_switch.js";
import { byId } from "../widget/dom.js";
import { FrameList } from "./frames.js";
import { TestSessions } from "./session.js";
import { drawTrace } from "./trace.js";
import { Why } from "./why.js";

const LIGHTS = {
  connecting: ["Connecting", "warning"],
  connected: ["Connected", "success"],
  reconnecting: ["Reconnecting", "warning"],
  offline: ["Offline", "danger"],
  stale: ["Catching up", "warning"],
  failed: ["Failed", "danger"],
};

/** The test page: opens a session, holds the widget, and shows what each reply was made of. */
class TestPage {
  /** @type {import("./session.js").Config} */
  #config = JSON.parse(byId("test-config").textContent ?? "");
  #sessions;
  #frames = new FrameList(byId("frame-list"), byId("frame-count"));
  /** @type {import("./session.js").Session | null} */
  #session = null;
  /** @type {HTMLIFrameElement | null} */
  #frame = null;
  /** Questions by their turn, as far as this page saw them asked. @type {Map<unknown, string>} */
  #questions = new Map();
  #lastQuestion = "";
  #why = new Why(/** @type {HTMLDialogElement} */ (byId("why")));

  constructor() {
    const field = /** @type {HTMLInputElement} */ (document.querySelector("[name=csrfmiddlewaretoken]"));
    this.#sessions = new TestSessions(this.#config, field.value);
    window.addEventListener("message", (event) => this.#onMessage(event));
    byId("reset").addEventListener("click", () => this.start());
    byId("again").addEventListener("click", () => this.start());
    for (const button of document.querySelectorAll("[data-show]")) {
      button.addEventListener("click", () => this.#showPane(/** @type {HTMLElement} */ (button).dataset.show ?? ""));
    }
    this.#offerDebugLog();
    document.documentElement.toggleAttribute("data-framed", window.parent !== window);
  }

  /** For whoever looks for a fault: what the widget's connection does, without what anybody wrote. */
  #offerDebugLog() {
    const box = /** @type {HTMLInputElement} */ (byId("debug"));
    box.checked = isDebugging();
    box.addEventListener("change", () => {
      setDebugging(box.checked);
      this.#tell("debug", { on: box.checked });
    });
  }

  async start() {
    const before = this.#session;
    this.#clear();
    try {
      this.#session = await this.#sessions.open();
      this.#show();
    } catch (error) {
      this.#fail(error);
    }
    if (before) await this.#sessions.close(before);
  }

  #clear() {
    this.#frame?.remove();
    this.#session = this.#frame = null;
    this.#questions.clear();
    this.#frames.clear();
    byId("traces").replaceChildren();
    byId("trace-empty").hidden = false;
    byId("broken").hidden = true;
    byId("wait").hidden = false;
    this.#light({ state: "connecting" });
  }

  #show() {
    byId("wait").hidden = true;
    this.#frame = document.createElement("iframe");
    this.#frame.title = "The widget, running the draft";
    this.#frame.src = this.#config.frame_url;
    byId("chat").append(this.#frame);
  }

  /** @param {unknown} error */
  #fail(error) {
    byId("wait").hidden = true;
    byId("broken").hidden = false;
    const detail = error instanceof Error ? error.message : "";
    byId("broken-text").textContent = detail || "The server did not answer. Check that you are online.";
    this.#light({ state: "failed" });
  }

  /** @param {MessageEvent} event */
  #onMessage({ source, origin, data }) {
    if (!this.#frame || source !== this.#frame.contentWindow || origin !== location.origin || data?.parley !== 1) return;
    this.#handlers[data.type]?.(data);
  }

  /** @type {Record<string, (data: any) => void>} */
  #handlers = {
    hello: () => this.#tell("init", { token: this.#session?.token, session_id: this.#session?.session_id }),
    ready: () => this.#tell("open", {}),
    need_token: () => void this.#renew(),
    connection: ({ status }) => this.#light(status),
    wire: (event) => this.#onWire(event),
    trace: ({ complete }) => this.#onTrace(complete),
    // The dialog around this page listens for Escape here.
    close: () => window.dispatchEvent(new KeyboardEvent("keydown", { key: "Escape" })),
  };

  /** @param {string} type @param {object} fields */
  #tell(type, fields) {
    this.#frame?.contentWindow?.postMessage({ parley: 1, type, ...fields }, location.origin);
  }

  async #renew() {
    if (!this.#session) return;
    try {
      this.#session = await this.#sessions.renew(this.#session);
      this.#tell("token", { token: this.#session.token });
    } catch (error) {
      this.#frame?.remove();
      this.#fail(error);
    }
  }

  /** @param {any} event */
  #onWire({ direction, frame }) {
    this.#frames.add({ direction, frame });
    if (direction === "out" && frame.type === "message") this.#lastQuestion = frame.text;
    if (direction === "in" && frame.type === "working") this.#questions.set(frame.turn_id, this.#lastQuestion);
  }

  /** @param {any} complete */
  #onTrace({ turn_id, outcome, trace }) {
    byId("trace-empty").hidden = true;
    const drawn = drawTrace(this.#questions.get(turn_id) ?? "", outcome, trace ?? {});
    drawn.append(this.#why.makeButton(`${this.#config.insights_url}${turn_id}/trace/`));
    byId("traces").prepend(drawn);
  }

  /** @param {{state: string, via?: string}} status */
  #light({ state, via }) {
    const [text, tone] = LIGHTS[/** @type {keyof typeof LIGHTS} */ (state)] ?? [state, ""];
    byId("light").className = `badge badge--${tone}`;
    byId("light-text").textContent = state === "connected" && via === "poll" ? `${text}, by a slower way` : text;
  }

  /** @param {string} pane */
  #showPane(pane) {
    byId("main").dataset.pane = pane;
    for (const button of document.querySelectorAll("[data-show]")) {
      button.setAttribute("aria-pressed", String(/** @type {HTMLElement} */ (button).dataset.show === pane));
    }
  }
}

await new TestPage().start();
