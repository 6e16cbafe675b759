/**
 * The frames of the wire: their shapes, and the way in and out of text.
 *
 * @typedef {{title: string, source: string, url: string, text: string}} Citation
 * @typedef {{type: "buttons", header?: {type: "text", text: string}, footer?: string, buttons: {id: string, title: string}[]}} ButtonsPart
 * @typedef {{type: "choice", id: string}} ChoicePart
 * @typedef {{type: "uncited", sentences: string[]}} UncitedPart
 * @typedef {{type: "usage", tokens_in: number, tokens_out: number, estimated: boolean}} UsagePart
 * @typedef {{type: "event", event: "requested"|"joined"|"transferred"|"ended"|"expired"|"waiting"}} EventPart
 * @typedef {ButtonsPart | ChoicePart | UncitedPart | UsagePart | EventPart | {type: string, [field: string]: unknown}} Part
 *
 * @typedef {object} Message one row of the log, or the local copy of one's own (`local`) until the log's is read
 * @property {number} [id]
 * @property {number} seq 1, 2, 3 … in its conversation
 * @property {string | null} client_id
 * @property {"visitor"|"bot"|"agent"|"system"} sender
 * @property {string} sender_name
 * @property {string} text
 * @property {string} html rendered and sanitised by the server
 * @property {Part[]} parts
 * @property {Citation[]} citations
 * @property {"sent"|"stopped"|"interrupted"|"superseded"|"erased"} state
 * @property {string} created_at
 * @property {0|1|-1} [feedback] whether the visitor found it helpful
 * @property {string} [feedback_text]
 * @property {number | string | null} [turn_id]
 * @property {boolean} [local]
 *
 * @typedef {object} Appearance
 * @property {string} [primary]
 * @property {string} [on_primary]
 * @property {"right"|"left"} [position]
 * @property {string} [avatar_url]
 * @property {"auto"|"light"|"dark"} [theme]
 *
 * @typedef {object} Bot public configuration
 * @property {string} name
 * @property {string} slug
 * @property {string} public_id
 * @property {string} greeting
 * @property {Appearance} appearance
 * @property {string[]} languages
 * @property {string[]} suggested_questions
 * @property {{offer_button: boolean}} handoff
 * @property {(ButtonsPart & {text: string}) | null} [menu] what stands under the greeting
 *
 * @typedef {{sender: "visitor"|"bot"|"agent", name: string}} Who
 * @typedef {"bot"|"waiting"|"agent"|"closed"} ConversationState
 *
 * @typedef {{session_id: string, state: string, last_message: string, last_message_at: string,
 *   unread: number, head_seq: number}} SessionSummary
 *
 * @typedef {{type: "ready", protocol: string, connection_id: string, bot: Bot, fingerprint: string,
 *   sessions: SessionSummary[], heartbeat_s: number}} ReadyFrame
 * @typedef {{type: "accepted", client_id: string, session_id: string, seq: number}} AcceptedFrame
 * @typedef {{type: "working", session_id: string, turn_id: number|string}} WorkingFrame
 * @typedef {{type: "text", session_id: string, turn_id: number|string, index: number, delta: string, whole?: boolean}} TextFrame
 * @typedef {{type: "saved", session_id: string, turn_id: number|string, message: Message}} SavedFrame
 * @typedef {{type: "complete", session_id: string, turn_id: number|string, outcome: string,
 *   trace?: object}} CompleteFrame
 * @typedef {{type: "message", session_id: string, message: Message}} MessageFrame
 * @typedef {{type: "session_synced", session_id: string, state: ConversationState, messages: Message[],
 *   head_seq: number, more: boolean, agent?: {name: string, avatar?: string} | null, position?: number | null,
 *   wait_s?: number | null, reason?: string, read?: {visitor: number, agent: number}}} SyncedFrame
 * @typedef {{type: "state", session_id: string, state: ConversationState,
 *   agent: {name: string, avatar?: string} | null, position: number | null, wait_s: number | null,
 *   reason: string}} StateFrame
 * @typedef {{type: "typing", session_id: string, on: boolean, who: Who}} TypingFrame
 * @typedef {{type: "read", session_id: string, seq: number, who: Who}} ReadFrame
 * @typedef {{type: "pong", id: number, head_seq: number | null, server_time: string}} PongFrame
 * @typedef {{type: "error", code: string, detail: string, client_id?: string, turn_id?: number|string,
 *   retry_after_s?: number}} ErrorFrame
 * @typedef {ReadyFrame | AcceptedFrame | WorkingFrame | TextFrame | SavedFrame | CompleteFrame | MessageFrame
 *   | SyncedFrame | StateFrame | TypingFrame | ReadFrame | PongFrame | ErrorFrame} ServerFrame
 *
 * @typedef {{type: "message", client_id: string, session_id: string, text: string}} MessageOut
 * @typedef {{type: "choose", client_id: string, session_id: string, choice: string}} ChooseOut
 * @typedef {{type: "feedback", session_id: string, seq: number, value: 1|-1, text: string}} FeedbackOut
 * @typedef {{type: "session_sync", session_id: string, after_seq: number}} SyncOut
 * @typedef {{type: "request_agent", session_id: string, reason?: string}} RequestAgentOut
 * @typedef {{type: "end", session_id: string}} EndOut
 * @typedef {{type: "typing", session_id: string, on: boolean}} TypingOut
 * @typedef {{type: "read", session_id: string, seq: number}} ReadOut
 * @typedef {{type: "ping", id: number, session_id?: string, last_seq?: number}} PingOut
 * @typedef {MessageOut | ChooseOut | FeedbackOut | SyncOut | RequestAgentOut | EndOut | TypingOut | ReadOut | PingOut
 *   | {type: string, [field: string]: unknown}} ClientFrame
 */

/** The longest text of one message, in characters as the server counts them (code points). */
export const MAX_TEXT = 8000;

/** @param {ClientFrame} frame */
export const encode = (frame) => JSON.stringify(frame);

/**
 * Reads one frame. What is not a JSON object with a `type` gives null: a newer server may say
 * things that this client does not know, and none of them may stop it.
 * @param {unknown} data
 * @returns {ServerFrame | null}
 */
export function decode(data) {
  if (typeof data !== "string") return null;
  try {
    const frame = JSON.parse(data);
    return frame && typeof frame === "object" && typeof frame.type === "string" ? frame : null;
  } catch {
    return null;
  }
}

/** @param {string} text */
export const countCharacters = (text) => [...text].length;

/**
 * Why a text cannot be sent, or null. NUL and lone surrogates are refused by the server too.
 * @param {string} text
 * @returns {"empty" | "too_long" | null}
 */
export function checkText(text) {
  if (!text.trim()) return "empty";
  return countCharacters(text) > MAX_TEXT ? "too_long" : null;
}

/**
 * What a paste can carry and no log may hold: NUL goes, a lone surrogate becomes U+FFFD.
 * @param {string} text
 */
export function cleanText(text) {
  return text.replaceAll("\0", "").replace(/\p{Surrogate}/gu, "\ufffd").trim();
}
