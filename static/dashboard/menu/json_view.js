// Finding a field of the API's errors in the JSON that somebody wrote.

/**
 * @param {string} text
 * @param {string} field such as menu.steps.delivery.next_steps.Yes, or a sentence that begins with "Line 3, character 5"
 * @returns {[number, number]} from and to, of the line that it stands on
 */
export function findInJson(text, field) {
  const spot = /^Line (\d+), character (\d+)/.exec(field);
  if (spot) return lineAround(text, text.split("\n").slice(0, Number(spot[1]) - 1).join("\n").length + Number(spot[2]));
  let from = 0;
  for (const part of field.split(".").slice(1)) {
    const next = /^\d+$/.test(part) && text.indexOf(`"${part}"`, from) < 0 ? nth(text, '"reply"', Number(part), from) : text.indexOf(JSON.stringify(part), from);
    if (next >= 0) from = next;
  }
  return lineAround(text, from);
}

/** @param {string} text @param {string} word @param {number} count @param {number} from */
function nth(text, word, count, from) {
  let at = text.indexOf(word, from);
  for (let seen = 0; seen < count && at >= 0; seen += 1) at = text.indexOf(word, at + 1);
  return at;
}

/** @param {string} text @param {number} at @returns {[number, number]} */
function lineAround(text, at) {
  const end = text.indexOf("\n", at);
  return [text.lastIndexOf("\n", at - 1) + 1, end < 0 ? text.length : end];
}
