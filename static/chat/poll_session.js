/** @typedef {{session_id: string, last_seq: number}} Position */

/** What a poll knows of the conversation that it follows: how far, at which version, and whether its log was read. */
export class PollSession {
  #id = "";
  #version = "";
  /** Whose log was read to its end: what comes after is news. @type {Set<string>} */
  #read = new Set();
  /** @type {Set<string>} */
  #gone = new Set();

  /** @param {Position} position */
  query({ session_id, last_seq }) {
    if (session_id !== this.#id) this.#version = "";
    this.#id = session_id;
    return { session_id, after_seq: String(last_seq), version: this.#version };
  }

  /**
   * The answer to a held request, as a socket would have said it: once the log was read, each new
   * message is a frame of its own, so that it is announced and counted.
   * @param {string} id @param {{frames: any[], version?: string}} answer @returns {any[]}
   */
  take(id, { frames, version }) {
    this.#version = version ?? "";
    const isNews = this.#read.has(id);
    this.note(frames);
    return isNews ? frames.flatMap((frame) => (frame.type === "session_synced" ? spread(frame) : [frame])) : frames;
  }

  /** @param {any[]} frames */
  note(frames) {
    for (const { type, session_id, more } of frames) if (type === "session_synced" && !more) this.#read.add(session_id);
  }

  /** @param {Position} before @param {Position | null} now */
  hasMoved(before, now) {
    return now?.session_id !== before.session_id || now.last_seq > before.last_seq;
  }

  /** @param {Position | null} position */
  isOther(position) {
    return Boolean(position?.session_id) && position?.session_id !== this.#id;
  }

  /** @param {string} id */
  lose(id) {
    this.#gone.add(id);
  }

  /** @param {string} id */
  isGone(id) {
    return this.#gone.has(id);
  }
}

/** @param {any} page */
function spread(page) {
  const { session_id, messages } = page;
  return [...messages.map((/** @type {object} */ message) => ({ type: "message", session_id, message })), { ...page, messages: [] }];
}
