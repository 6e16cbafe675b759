import { errorFromResponse } from "./codes.js";

const ANSWER_WITHIN_MS = 5_000;

/**
 * Whether the server answers at all: asked before each new attempt, because a plain request fails
 * at once where a socket would hang.
 * @param {{platform: import("./platform.js").Platform, url: string}} where
 * @returns {Promise<boolean>}
 */
export async function isReachable({ platform, url }) {
  const stop = new AbortController();
  let timer;
  const silence = new Promise((resolve) => (timer = platform.setSteadyTimeout(() => resolve(null), ANSWER_WITHIN_MS)));
  const asked = platform.fetch(url, { cache: "no-store", credentials: "omit", signal: stop.signal }).catch(() => null);
  const response = /** @type {Response | null} */ (await Promise.race([asked, silence]));
  platform.clearSteadyTimeout(timer);
  stop.abort();
  // A proxy answers 502 to 504 in the place of a server that is not there.
  return response !== null && ![502, 503, 504].includes(response.status);
}

/**
 * Asks why a socket was refused, which a browser cannot see. Resolves where the server would have
 * us; throws a CodedError with its reason where not, and whatever fetch throws where it is away.
 * @param {{platform: import("./platform.js").Platform, url: string, token: string}} where
 */
export async function askWhy({ platform, url, token }) {
  const headers = token ? { Authorization: `Bearer ${token}` } : undefined;
  const response = await platform.fetch(url, { headers, cache: "no-store" });
  if (!response.ok) throw await errorFromResponse(response);
}
