/** A browser whose sockets, clock, coin and network the test holds in its hand. */

export class FakeSocket {
  readyState = 0;
  sent = [];
  onmessage = null;
  onclose = null;

  constructor(url, protocols) {
    this.url = url;
    this.protocols = protocols;
  }

  send(text) {
    const frame = JSON.parse(text);
    this.sent.push(frame);
    this.onsent?.(frame);
  }

  close() {
    this.readyState = 3;
    this.closedByPage = true;
  }

  receive(frame) {
    this.onmessage?.({ data: typeof frame === "string" ? frame : JSON.stringify(frame) });
  }

  ready(more = {}) {
    this.readyState = 1;
    this.receive({ type: "ready", protocol: "parley.v1", connection_id: "c", bot: BOT, fingerprint: "f", sessions: [], heartbeat_s: 30, ...more });
  }

  drop(code = 1006) {
    this.readyState = 3;
    this.onclose?.({ code });
  }

  of(type) {
    return this.sent.filter((frame) => frame.type === type);
  }
}

export const BOT = {
  name: "Bot", slug: "bot", public_id: "p", greeting: "Hello", appearance: {}, languages: ["en"],
  suggested_questions: [], handoff: { offer_button: true },
};

export class FakePlatform {
  sockets = [];
  online = true;
  coin = 0.5;
  events = new EventTarget();
  #time = 0;
  #timers = new Map();
  #ids = 0;

  openSocket = (url, protocols) => {
    const socket = new FakeSocket(url, protocols);
    this.sockets.push(socket);
    this.onsocket?.(socket);
    return socket;
  };
  setTimeout = (action, ms) => {
    this.#timers.set(++this.#ids, { at: this.#time + ms, action });
    return this.#ids;
  };
  clearTimeout = (id) => void this.#timers.delete(id);
  setSteadyTimeout = this.setTimeout;
  clearSteadyTimeout = this.clearTimeout;
  /** What was asked over HTTP; `onfetch` may answer it, else the test's own server does. */
  fetches = [];
  onfetch = null;
  reachable = true;
  hidden = false;
  isHidden = () => this.hidden;
  fetch = async (url, options = {}) => {
    this.fetches.push({ url, options });
    const answer = await this.onfetch?.(url, options);
    if (answer) return answer;
    if (url !== "/health/") return fetch(url, options);
    if (!this.reachable) throw new TypeError("Failed to fetch");
    return new Response("{}");
  };
  random = () => this.coin;
  now = () => this.#time;
  isOnline = () => this.online;
  uuid = () => crypto.randomUUID();

  get socket() {
    return this.sockets.at(-1);
  }

  get timers() {
    return this.#timers.size;
  }

  /** Lets all that is promised happen. */
  async settle() {
    for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
  }

  /** Lets time pass, timer by timer. */
  async pass(ms) {
    const end = this.#time + ms;
    for (;;) {
      await this.settle();
      const [id, next] = [...this.#timers].sort(([, one], [, other]) => one.at - other.at)[0] ?? [];
      if (!next || next.at > end) break;
      this.#timers.delete(id);
      this.#time = Math.max(this.#time, next.at);
      next.action();
    }
    this.#time = end;
    await this.settle();
  }

  async goOffline() {
    this.online = false;
    this.events.dispatchEvent(new Event("offline"));
    await this.settle();
  }

  async goOnline() {
    this.online = true;
    this.events.dispatchEvent(new Event("online"));
    await this.settle();
  }
}

/** A server with a log, for one visitor; answers as protocol.md says. */
export class FakeServer {
  logs = new Map();
  accepted = new Map();
  holds = new Set();

  constructor(platform) {
    platform.onsocket = (socket) => {
      this.socket = socket;
      socket.onsent = (frame) => this.holds.has(frame.type) || this.answer(socket, frame);
    };
  }

  welcome() {
    const sessions = [...this.logs].map(([session_id, log]) => ({
      session_id, state: "bot", last_message: log.at(-1)?.text ?? "", last_message_at: log.at(-1)?.created_at ?? "", unread: 0, head_seq: log.length,
    }));
    this.socket.ready({ sessions: sessions.reverse() });
  }

  answer(socket, frame) {
    if (frame.type === "message") return this.take(socket, frame);
    if (frame.type === "session_sync") return this.sync(socket, frame);
    if (frame.type === "ping") return socket.receive({ type: "pong", id: frame.id, head_seq: this.logs.get(frame.session_id)?.length ?? null, server_time: "" });
  }

  take(socket, { client_id, session_id, text }) {
    const known = this.accepted.get(client_id);
    if (known) return socket.receive({ type: "accepted", client_id, ...known });
    const id = session_id || `s${this.logs.size + 1}`;
    const message = this.write(id, { sender: "visitor", text, client_id });
    this.accepted.set(client_id, { session_id: id, seq: message.seq });
    socket.receive({ type: "accepted", client_id, session_id: id, seq: message.seq });
  }

  /** Adds to a log without telling anybody. */
  write(id, { sender = "bot", text = "", client_id = null, ...more }) {
    const log = this.logs.get(id) ?? [];
    this.logs.set(id, log);
    const message = {
      id: log.length, seq: log.length + 1, client_id, sender, sender_name: sender, text, html: `<p>${text}</p>`, parts: [], citations: [],
      state: "sent", created_at: new Date(2026, 0, 1, 12, 0, log.length).toISOString(), turn_id: null, ...more,
    };
    log.push(message);
    return message;
  }

  sync(socket, { session_id, after_seq }) {
    const log = this.logs.get(session_id) ?? [];
    const messages = log.slice(after_seq, after_seq + 50);
    socket.receive({ type: "session_synced", session_id, state: "bot", messages, head_seq: log.length, more: after_seq + 50 < log.length });
  }
}
