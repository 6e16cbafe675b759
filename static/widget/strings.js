import { CODES, explain } from "../chat/codes.js";

/** Every word that the widget says. One place, so that other languages can take its place. */
export const words = {
  attempt: (/** @type {number} */ attempt, /** @type {number} */ most) => `Attempt ${attempt} of ${most}`,
  agentHere: (/** @type {string} */ name) => `${name} is here`,
  botStatus: "Answers at once",
  cancel: "Cancel",
  choices: "Choices",
  chosen: ", chosen",
  catchingUp: "Catching up on what you missed…",
  closedStatus: "This chat has ended",
  composerLabel: "Write a message",
  connectedAgain: "Connected again.",
  connecting: "Connecting…",
  connectionLost: "The connection broke off.",
  count: (/** @type {number} */ count, /** @type {number} */ most) => `${count.toLocaleString()} of ${most.toLocaleString()} characters`,
  delete: "Delete",
  earlierFailed: "Your conversations could not be loaded. Check your connection and try again.",
  earlierLoading: "Loading your conversations…",
  empty: "Write something first.",
  examining: "Examining the connection…",
  erased: "This message was deleted.",
  failedMessage: "Not sent",
  failedReply: "The reply could not be finished.",
  helpful: "Helpful",
  humanWish: "I would like to talk to a person.",
  inSeconds: (/** @type {number} */ seconds) => `in ${seconds} s`,
  interrupted: "The reply was interrupted.",
  newMessages: "New messages",
  nextTry: (/** @type {string} */ when) => `Next try ${when}`,
  noEarlier: "You have no earlier conversations.",
  noConnection: "You are not connected. Try again in a moment.",
  noPerson: "You are not connected, so nobody can be fetched. Try again in a moment.",
  notDurable: "This browser does not keep your chat. It is gone once you leave the page.",
  now: "now",
  offline: "You are offline. What you write is sent when you are back.",
  queued: "Waiting to be sent",
  read: "Read",
  retry: "Try again",
  retryNow: "Retry",
  send: "Send",
  sending: "Sending…",
  sent: "Sent",
  slowerWay: "Connected, by a slower way: this network lets no live connection through.",
  source: "Where this comes from",
  stopped: "Stopped",
  stopping: "Stopping the reply",
  stopReply: "Stop the reply",
  thanks: "Thank you.",
  tooLong: "That is too long. Shorten it or send it in parts.",
  tryingAgain: "Trying again.",
  tryNow: "Try now",
  typing: (/** @type {string} */ name) => `${name} is writing…`,
  uncited: "Partly without a source",
  unhelpful: "Not helpful",
  unnamed: "New conversation",
  waiting: "Waiting for a person",
  waitingAt: (/** @type {number} */ position) =>
    position > 1 ? `Waiting for a person. ${position - 1} before you.` : "Waiting for a person. You are next.",
  waitAbout: (/** @type {number} */ minutes) => ` About ${minutes} min.`,
  whyBad: "What was wrong? (optional)",
  whyGood: "What helped? (optional)",
  you: "You",
};

/** Where a visitor needs other words than codes.js has. @type {Record<string, string>} */
const FAILURES = {
  forbidden: "This chat is not allowed on this page. Tell the site's owner if you expected it here.",
  not_found: "This chat is not available any more.",
  unauthorised: "Your chat could not be opened again. Reload the page to start afresh.",
  rate_limited: "That was a lot at once. Wait a minute and try again.",
  no_token: "This preview needs the page that opened it. Open the test again.",
};

/** Why the chat does not work at all, and what to do. @param {string} code @param {string} detail the server's own words */
export function explainFailure(code, detail) {
  if (FAILURES[code]) return FAILURES[code];
  const { sentence, advice } = explain(code);
  return CODES[code] || !detail ? `${sentence} ${advice}` : detail;
}
