import { words } from "./strings.js";

/** @typedef {import("../chat/outbox.js").Entry} Entry */

/**
 * Tells whoever listens instead of looking what becomes of own messages, each thing once: that one
 * waits, that it was sent after all, that it failed. One that is simply sent is not worth a word.
 */
export class DeliveryNews {
  #announcer;
  /** What was said last, by client_id. @type {Map<string, string>} */
  #said = new Map();

  /** @param {import("./announcer.js").Announcer} announcer */
  constructor(announcer) {
    this.#announcer = announcer;
  }

  /** @param {readonly Entry[]} outgoing @param {boolean} isConnected */
  tell(outgoing, isConnected) {
    for (const { client_id, state, detail, text } of outgoing) {
      if (state === "failed") this.#say(client_id, `${words.failedMessage}: ${detail || ""} ${text}`);
      else if (!isConnected && !this.#said.has(client_id)) this.#say(client_id, `${words.queued}: ${text}`);
    }
  }

  /** @param {Entry} entry */
  sent({ client_id, text }) {
    if (this.#said.has(client_id)) this.#say(client_id, `${words.sent}: ${text}`);
    this.#said.delete(client_id);
  }

  /** @param {string} clientId @param {string} sentence */
  #say(clientId, sentence) {
    if (this.#said.get(clientId) === sentence) return;
    this.#said.set(clientId, sentence);
    this.#announcer.say(sentence);
  }
}
