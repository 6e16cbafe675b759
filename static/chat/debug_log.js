/** What of a frame may be told: never what somebody wrote, never a token. */
const TOLD = ["session_id", "turn_id", "client_id", "seq", "after_seq", "last_seq", "head_seq", "index", "outcome", "state", "code", "id", "more"];

/**
 * Writes what a connection does to the browser's console, with the ids by which the server's log
 * names the same things.
 * @param {import("./connection.js").Connection} connection
 * @param {Pick<Console, "debug">} [output]
 * @returns {() => void} ends it
 */
export function startDebugLog(connection, output = console) {
  const began = performance.now();
  const write = (/** @type {string} */ what, /** @type {object} */ more) => {
    output.debug(`[parley +${((performance.now() - began) / 1000).toFixed(3)}s] ${what}`, JSON.stringify({ connection_id: connection.status.connectionId, ...more }));
  };
  const { state, via } = connection.status;
  write("log begins", { state, via });
  const ends = [
    connection.on("step", ({ what, ...more }) => write(what, more)),
    connection.on("status", ({ state, attempt, code, via, recovery }) => write(`is ${state}`, { attempt, code, via, recovery })),
    connection.on("wire", ({ direction, frame }) => write(describeWire(direction, frame), pick(frame))),
  ];
  return () => {
    for (const end of ends) end();
  };
}

/** @param {"in" | "out"} direction @param {{type: string, session_id?: string}} frame */
function describeWire(direction, { type }) {
  if (direction === "out" && type === "session_sync") return "joining: session_sync sent";
  return direction === "in" ? `${type} received` : `${type} sent`;
}

/** @param {any} frame */
function pick(frame) {
  const told = TOLD.filter((name) => ["string", "number", "boolean"].includes(typeof frame[name])).map((name) => [name, frame[name]]);
  const message = frame.message ? { seq: frame.message.seq, sender: frame.message.sender } : {};
  const count = Array.isArray(frame.messages) ? { messages: frame.messages.length } : {};
  return { ...Object.fromEntries(told), ...message, ...count };
}
