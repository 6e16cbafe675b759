const PREFIX = "parley:console:draft:";

/** What one began to write in each conversation, kept for this tab. Where storage is blocked, for this page. */
export class Drafts {
  /** @type {Map<string, string>} */
  #here = new Map();

  /** @param {string} sessionId */
  get(sessionId) {
    return this.#here.get(sessionId) ?? read(PREFIX + sessionId);
  }

  /** @param {string} sessionId @param {string} text */
  keep(sessionId, text) {
    this.#here.set(sessionId, text);
    try {
      if (text) sessionStorage.setItem(PREFIX + sessionId, text);
      else sessionStorage.removeItem(PREFIX + sessionId);
    } catch {
      // Kept for this page.
    }
  }
}

/** @param {string} key */
function read(key) {
  try {
    return sessionStorage.getItem(key) ?? "";
  } catch {
    return "";
  }
}
