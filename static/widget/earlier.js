import { State } from "../chat/codes.js";
import { make } from "./dom.js";
import { words } from "./strings.js";
import { makeTime } from "./times.js";

/** @typedef {import("../chat/client.js").Snapshot} Snapshot */

/** The list of earlier conversations, in a dialog: loading, empty, broken or full, and current for as long as it is open. */
export class Earlier {
  #parts;
  #open;
  #drawn = "";

  /**
   * @param {{dialog: HTMLDialogElement, line: HTMLElement, list: HTMLElement, refresh: HTMLElement}} parts
   * @param {{open: (sessionId: string) => void, refresh: () => void}} actions
   */
  constructor(parts, { open, refresh }) {
    this.#parts = parts;
    this.#open = open;
    parts.refresh.addEventListener("click", refresh);
  }

  /** @param {Snapshot} snapshot */
  show(snapshot) {
    this.#parts.dialog.showModal();
    this.draw(snapshot);
  }

  /** @param {Snapshot} snapshot */
  draw({ sessions, sessionId, listing, connection }) {
    const { dialog, line, list, refresh } = this.#parts;
    if (!dialog.open) return;
    const state = describe(listing, sessions.length, connection.state);
    const text = { loading: words.earlierLoading, failed: words.earlierFailed, empty: words.noEarlier, full: "" }[state];
    if (line.textContent !== text) line.textContent = text;
    line.hidden = !text;
    line.classList.toggle("earlier__line--failed", state === "failed");
    list.setAttribute("aria-busy", String(state === "loading"));
    refresh.setAttribute("aria-disabled", String(state === "loading"));
    const look = JSON.stringify([sessions, sessionId]);
    if (look === this.#drawn) return;
    this.#drawn = look;
    const focused = list.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement).dataset.session : "";
    list.replaceChildren(...sessions.map((session) => this.#drawRow(session, session.session_id === sessionId)));
    if (focused) /** @type {HTMLElement | null} */ (list.querySelector(`[data-session="${CSS.escape(focused)}"]`))?.focus();
  }

  /** @param {import("../chat/frames.js").SessionSummary} session @param {boolean} isOpen */
  #drawRow({ session_id, last_message, last_message_at, unread }, isOpen) {
    const button = make("button", { type: "button", class: "menu__item earlier__row", "data-session": session_id, "aria-current": isOpen ? "true" : undefined });
    button.append(make("span", { class: "clip grow", text: last_message || words.unnamed }));
    if (unread) button.append(make("span", { class: "badge badge--count", text: String(unread) }));
    button.append(make("span", { class: "muted small" }, makeTime(last_message_at)));
    button.addEventListener("click", () => {
      this.#parts.dialog.close();
      this.#open(session_id);
    });
    return make("li", {}, button);
  }
}

/** @param {Snapshot["listing"]} listing @param {number} count @param {string} connection @returns {"loading" | "failed" | "empty" | "full"} */
function describe(listing, count, connection) {
  if (listing === "failed") return "failed";
  // The list comes with the connection: one that does not come about brings none.
  if (listing === "loading" && !count && connection !== State.CONNECTING && connection !== State.CONNECTED) return "failed";
  if (listing === "loading") return "loading";
  return count ? "full" : "empty";
}
