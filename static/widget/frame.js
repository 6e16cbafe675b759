import { ChatClient } from "../chat/client.js";
import { errorFromResponse } from "../chat/codes.js";
import { debugConnection, isDebugging } from "../chat/debug_switch.js";
import { openMemory, openStorage } from "../chat/storage.js";
import { byId } from "./dom.js";
import { Host } from "./host.js";
import { openReport } from "./status.js";
import { words } from "./strings.js";
import { View } from "./view.js";
import { TestTokens, VisitorTokens } from "./visitor.js";

/** @type {{bot: import("../chat/frames.js").Bot, test: boolean, bootstrap_url: string, session_url: string, messages_url: string, socket_path: string}} */
const config = JSON.parse(byId("parley-config").textContent ?? "");

const host = new Host({ ownOnly: config.test });
const [init, storage] = await Promise.all([host.greet(), config.test ? openMemory() : openStorage()]);
let isOpen = !host.isFramed || config.test;

const describePage = () => ({ page: host.origin + (init.page?.path ?? ""), loader: init.loader ?? "" });
const tokens = config.test
  ? new TestTokens(host, init.token ?? "")
  : new VisitorTokens({ url: config.bootstrap_url, storage, publicId: config.bot.public_id, describePage });

const socketUrl = new URL(config.socket_path, location.href);
socketUrl.protocol = socketUrl.protocol.replace("http", "ws");

/** What a connection would begin with: the list of conversations, without a new one. */
async function readMessages() {
  const headers = { Authorization: `Bearer ${await tokens.get({ renew: false })}` };
  const response = await fetch(config.messages_url, { headers, cache: "no-store", signal: AbortSignal.timeout(10_000) });
  if (!response.ok) throw await errorFromResponse(response);
  return response.json();
}

const client = new ChatClient({
  connection: {
    url: socketUrl.href,
    getToken: (wish) => tokens.get(wish),
    whyUrl: config.session_url,
    pollUrl: config.messages_url,
    // A test session is meant to be gone with its page.
    ...(config.test ? {} : { storage }),
  },
  storage,
  owner: config.test ? `test:${init.session_id ?? ""}` : config.bot.public_id,
  sessionId: config.test ? init.session_id : "",
  listSessions: async () => (await readMessages()).frames[0],
});

const notice = () => (storage.durable || config.test ? "" : words.notDurable);
const view = new View(client, config.bot, { notice, isOpen: () => isOpen });

client.subscribe(({ unread, connection }) => {
  host.post("unread", { count: isOpen ? 0 : unread });
  if (config.test) host.post("connection", { status: { ...connection } });
});
if (config.test) {
  client.on("wire", (/** @type {object} */ event) => host.post("wire", event));
  client.on("frame", (/** @type {any} */ frame) => {
    if (frame.type === "complete") host.post("trace", { complete: frame });
  });
}

host.on("open", () => {
  isOpen = true;
  view.readIfSeen();
  view.focus();
});
host.on("close", () => (isOpen = false));

const close = () => host.post("close");
byId("close").hidden = !host.isFramed || config.test;
byId("close").addEventListener("click", close);
document.addEventListener("keydown", (event) => {
  // An open menu or dialog takes the first Escape for itself.
  if (event.key === "Escape" && !event.defaultPrevented && !document.querySelector("dialog[open], :popover-open")) close();
});

byId("menu-report").addEventListener("click", () => void openReport(client.connection));
void debugConnection(client.connection, isDebugging());
host.on("debug", ({ on }) => config.test && void debugConnection(client.connection, on));
const started = client.start();
view.takeUp();
await started;
host.post("ready");
