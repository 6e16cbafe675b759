import { CODES, State, explain } from "../chat/codes.js";

/** Every word that the console's scripts say. */
export const words = {
  accept: "Accept",
  aboutWaiting: (/** @type {string} */ clock) => `Waiting for ${clock}`,
  aboutMine: "With you",
  aboutOther: (/** @type {string} */ name) => `With ${name}`,
  aboutEnded: (/** @type {string} */ by) => `Ended by ${by}`,
  bot: "With the bot",
  byWhom: { agent: "the agent", visitor: "the visitor", supervisor: "a supervisor", system: "the clock" },
  chosen: "Chosen by button",
  closed: "Closed",
  ended: "This chat has ended. You are reading its history.",
  helpful: "Found helpful",
  held: (/** @type {string} */ name) => `${name} has this conversation. You are reading along.`,
  messages: (/** @type {number} */ count) => `${count.toLocaleString()} message${count === 1 ? "" : "s"}`,
  noConnection: "You are not connected. Try again once you are.",
  place: (/** @type {number} */ place) => `Place ${place}`,
  queueWaiting: "Accept this conversation to answer.",
  taken: (/** @type {string} */ name) => `${name} has taken this conversation.`,
  left: (/** @type {string} */ name) => `${name} is no longer waiting.`,
  endedByVisitor: (/** @type {string} */ name) => `${name} ended the chat.`,
  today: "Today",
  tokens: (/** @type {number} */ count, /** @type {boolean} */ about) => `${about ? "about " : ""}${count.toLocaleString()} tokens`,
  typing: "is writing…",
  unhelpful: "Found not helpful",
  unknown: "Not known",
  why: "Why this reply?",
  with: (/** @type {string} */ name) => `With ${name}`,
  withYou: "With you",
  waiting: "Waiting",
  yesterday: "Yesterday",
  you: "You",
};

/** @type {Record<string, string>} */
export const CONNECTION = {
  [State.CONNECTING]: "Connecting…",
  [State.CONNECTED]: "Connected",
  [State.RECONNECTING]: "Reconnecting…",
  [State.OFFLINE]: "Offline",
  [State.STALE]: "Catching up…",
  [State.FAILED]: "Not connected",
};

/** Where an agent needs other words than codes.js has. @type {Record<string, string>} */
const FAILURES = {
  forbidden: "You have no access to this organisation any more. Ask an owner, then load the page again.",
  not_found: "You have no access to this organisation any more. Ask an owner, then load the page again.",
  unauthorised: "You are signed out. Sign in again; what you wrote is kept.",
};

/** Why the console does not work at all, and what to do. @param {string} code @param {string} detail the server's own words */
export function explainFailure(code, detail) {
  if (FAILURES[code]) return FAILURES[code];
  const { sentence, advice } = explain(code);
  return CODES[code] || !detail ? `${sentence} ${advice}` : detail;
}
