/** 0:42, 12:05, 1:02:09. @param {number} seconds */
export function sayClock(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

/** Seconds from one moment to another. @param {string} from @param {number} until milliseconds since the epoch */
export const secondsSince = (from, until) => (until - Date.parse(from)) / 1000;
