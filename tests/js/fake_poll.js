import { BOT } from "./fake_platform.js";

/** The server's half of the long-poll, over a FakeServer's logs: posts are answered, requests are held until `tell()`. */
export class FakePoll {
  gets = [];
  posts = [];
  /** Answer everything with this status and code, if set. */
  refusal = null;
  unreachable = false;
  #held = new Set();

  constructor(platform, server, url = "/poll") {
    this.platform = platform;
    this.server = server;
    this.version = 1;
    platform.onfetch = (asked, options) => (asked.split("?")[0] === url ? this.#answer(asked, options) : null);
  }

  get held() {
    return this.#held.size;
  }

  /** Something happened: whoever waits reads again. */
  async tell() {
    for (const look of [...this.#held]) look();
    await this.platform.settle();
  }

  async #answer(url, { method = "GET", body, signal }) {
    if (this.unreachable) throw new TypeError("Failed to fetch");
    if (this.refusal && (this.refusal.only ?? method) === method) return json({ error: this.refusal }, this.refusal.status);
    if (method === "POST") return this.#post(JSON.parse(body));
    const query = Object.fromEntries(new URL(url, "http://x/").searchParams);
    this.gets.push(query);
    if (!query.session_id) return json({ frames: [this.#ready()], version: "" });
    return json(await this.#wait(query, signal));
  }

  #post(frame) {
    this.posts.push(frame);
    const frames = [];
    if (!this.server.holds.has(frame.type)) this.server.answer({ receive: (answer) => frames.push(answer) }, frame);
    return json({ frames });
  }

  #ready() {
    const sessions = [...this.server.logs].map(([session_id, log]) => ({
      session_id, state: "bot", last_message: "", last_message_at: "", unread: 0, head_seq: log.length,
    }));
    return { type: "ready", protocol: "parley.v1", connection_id: "", bot: BOT, fingerprint: "f", sessions, heartbeat_s: 30 };
  }

  #wait({ session_id, after_seq, wait_s, version }, signal) {
    return new Promise((resolve, reject) => {
      const finish = (answer) => {
        this.#held.delete(look);
        this.platform.clearTimeout(timer);
        resolve(answer);
      };
      const look = () => {
        const log = this.server.logs.get(session_id) ?? [];
        if (log.length > Number(after_seq) || version !== String(this.version)) finish(this.#page(session_id, Number(after_seq)));
      };
      const timer = this.platform.setTimeout(() => finish(this.#page(session_id, Number(after_seq))), Number(wait_s) * 1000);
      this.#held.add(look);
      signal.addEventListener("abort", () => {
        this.#held.delete(look);
        this.platform.clearTimeout(timer);
        reject(new DOMException("aborted", "AbortError"));
      });
      look();
    });
  }

  #page(session_id, after_seq) {
    const frames = [];
    this.server.sync({ receive: (frame) => frames.push(frame) }, { session_id, after_seq });
    return { frames, version: String(this.version) };
  }
}

const json = (value, status = 200) =>
  new Response(JSON.stringify(value), { status, headers: { "Content-Type": "application/json" } });
