/** Every word that the widget says. One place, so that other languages can take its place. */
export const words = {
  agentHere: (/** @type {string} */ name) => `${name} is here`,
  botStatus: "Answers at once",
  cancel: "Cancel",
  catchingUp: "Catching up on what you missed…",
  closedStatus: "This chat has ended",
  composerLabel: "Write a message",
  connecting: "Connecting…",
  count: (/** @type {number} */ count, /** @type {number} */ most) => `${count.toLocaleString()} of ${most.toLocaleString()} characters`,
  delete: "Delete",
  empty: "Write something first.",
  erased: "This message was deleted.",
  failedMessage: "Not sent",
  humanWish: "I would like to talk to a person.",
  interrupted: "The reply was interrupted.",
  newMessages: "New messages",
  noEarlier: "You have no earlier conversations.",
  noPerson: "You are not connected, so nobody can be fetched. Try again in a moment.",
  notDurable: "This browser does not keep your chat. It is gone once you leave the page.",
  offline: "You are offline. What you write is sent when you are back.",
  queued: "Waiting to be sent",
  read: "Read",
  reconnecting: (/** @type {number} */ seconds) =>
    seconds > 1 ? `Connection lost. Next try in ${seconds} s.` : "Connection lost. Trying again…",
  retry: "Try again",
  sending: "Sending…",
  sent: "Sent",
  source: "Where this comes from",
  stopped: "Stopped",
  tooLong: "That is too long. Shorten it or send it in parts.",
  tryNow: "Try now",
  typing: (/** @type {string} */ name) => `${name} is writing…`,
  unnamed: "New conversation",
  waiting: "Waiting for a person",
  waitingAt: (/** @type {number} */ position) =>
    position > 1 ? `Waiting for a person. ${position - 1} before you.` : "Waiting for a person. You are next.",
  waitAbout: (/** @type {number} */ minutes) => ` About ${minutes} min.`,
  you: "You",
};

/** Why the chat does not work at all, and what to do: by protocol code. @type {Record<string, string>} */
const FAILURES = {
  forbidden: "This chat is not allowed on this page. Tell the site's owner if you expected it here.",
  not_found: "This chat is not available any more.",
  unauthorised: "Your chat could not be opened again. Reload the page to start afresh.",
  rate_limited: "That was a lot at once. Wait a minute and try again.",
  no_token: "This preview needs the page that opened it. Open the test again.",
};

/** @param {string} code @param {string} detail */
export const explainFailure = (code, detail) =>
  FAILURES[code] ?? (detail || "The chat is not available right now. Try again in a moment.");
