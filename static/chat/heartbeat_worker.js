// The clock of the connection, in a thread of its own: a hidden tab's timers stall, a Worker's do not.
// In: {id, ms} sets a timer, {id} takes it back. Out: the id, once its time has come.

/** @type {Map<number, ReturnType<typeof setTimeout>>} */
const timers = new Map();

onmessage = ({ data: { id, ms } }) => {
  clearTimeout(timers.get(id));
  timers.delete(id);
  if (ms === undefined) return;
  const ring = () => {
    timers.delete(id);
    postMessage(id);
  };
  timers.set(id, setTimeout(ring, ms));
};
