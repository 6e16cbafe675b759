import { SteadyTimers } from "./steady_timers.js";

/**
 * What the client needs from the browser, in one place, so that a test can hand it a fake
 * socket, a clock and a coin.
 *
 * @typedef {object} Platform
 * @property {(url: string, protocols: string[]) => WebSocket} openSocket
 * @property {(action: () => void, ms: number) => any} setTimeout
 * @property {(timer: any) => void} clearTimeout
 * @property {(action: () => void, ms: number) => any} setSteadyTimeout the same, also in a hidden tab
 * @property {(timer: any) => void} clearSteadyTimeout
 * @property {(url: string, options?: RequestInit) => Promise<Response>} fetch
 * @property {() => number} random 0 ≤ x < 1
 * @property {() => number} now milliseconds
 * @property {() => boolean} isOnline
 * @property {() => boolean} [isHidden]
 * @property {EventTarget} events where `online`, `offline`, `pageshow`, `freeze` … are heard
 * @property {() => string} uuid
 */

/** @returns {Platform} */
export function browserPlatform() {
  const steady = new SteadyTimers();
  return {
    openSocket: (url, protocols) => new WebSocket(url, protocols),
    setTimeout: (action, ms) => globalThis.setTimeout(action, ms),
    clearTimeout: (timer) => globalThis.clearTimeout(timer),
    setSteadyTimeout: (action, ms) => steady.set(action, ms),
    clearSteadyTimeout: (timer) => steady.clear(timer),
    fetch: (url, options) => globalThis.fetch(url, options),
    random: () => Math.random(),
    now: () => Date.now(),
    isOnline: () => navigator.onLine,
    isHidden: () => document.visibilityState === "hidden",
    events: globalThis,
    uuid: makeUuid,
  };
}

/** `crypto.randomUUID` exists on secure pages only; a shop on plain http still needs an id. */
function makeUuid() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
