/**
 * @typedef {object} Entry one of the visitor's own messages that is not in the log yet
 * @property {string} client_id
 * @property {string} session_id "" as long as its conversation has none
 * @property {string} draft names the conversation until it has an id
 * @property {string} text
 * @property {string} [choice] the id of the button whose title `text` is
 * @property {string} created_at
 * @property {number} order
 * @property {"queued" | "sending" | "failed"} state
 * @property {string} [code] why it failed
 * @property {string} [detail]
 */

/** Which conversation an entry belongs to, also before that has an id. @param {{session_id: string, draft: string}} conversation */
export const threadOf = ({ session_id, draft }) => (session_id ? `s:${session_id}` : `d:${draft}`);

/** @param {Entry} one @param {Entry} other */
export const byOrder = (one, other) => one.order - other.order || (one.client_id < other.client_id ? -1 : 1);

/** What another version of this page, or a hand, may have left in the store. @param {any} value */
export function isEntry(value) {
  return Boolean(value && typeof value.client_id === "string" && typeof value.text === "string" && value.order > 0);
}
