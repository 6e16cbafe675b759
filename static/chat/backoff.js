const BASE_MS = 1_000;
const MOST_MS = 30_000;
const RESTART_SPREAD_MS = 1_500;

/** Tries before it goes on slowly. */
export const ATTEMPTS = 5;

/**
 * Full jitter: anything between nothing and the ceiling, so that many clients spread out.
 * @param {import("./platform.js").Platform} platform @param {number} attempt tries so far
 */
export const backoffMs = (platform, attempt) => platform.random() * Math.min(MOST_MS, BASE_MS * 2 ** attempt);

/** A server that restarts is back soon, and not to be met by all at once. @param {import("./platform.js").Platform} platform */
export const restartMs = (platform) => platform.random() * RESTART_SPREAD_MS;

/** While the browser says that it is offline: seldom, but it may be wrong. @param {import("./platform.js").Platform} platform */
export const offlineMs = (platform) => MOST_MS * (0.5 + platform.random() / 2);
