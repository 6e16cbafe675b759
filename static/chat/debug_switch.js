const KEY = "parley:debug";

/**
 * Whether the connection's doings are written to the browser's console: by `parley:debug` in this
 * origin's storage, or `debug=1` in the address.
 */
export function isDebugging() {
  if (new URLSearchParams(location.search).get("debug") === "1") return true;
  try {
    return localStorage.getItem(KEY) === "1";
  } catch {
    return false;
  }
}

/** Remembers the wish for the pages to come. @param {boolean} on */
export function setDebugging(on) {
  try {
    if (on) localStorage.setItem(KEY, "1");
    else localStorage.removeItem(KEY);
  } catch {
    // A browser that keeps nothing asks again on the next page.
  }
}

/** @type {Map<object, Promise<() => void>>} */
const logs = new Map();

/** Begins or ends the log of a connection. @param {import("./connection.js").Connection} connection @param {boolean} on */
export async function debugConnection(connection, on) {
  const running = logs.get(connection);
  if (on && !running) logs.set(connection, import("./debug_log.js").then(({ startDebugLog }) => startDebugLog(connection)));
  if (on || !running) return;
  logs.delete(connection);
  (await running)();
}
