import { State } from "../chat/codes.js";
import { debugConnection, isDebugging } from "../chat/debug_switch.js";
import { openStorage } from "../chat/storage.js";
import { Announcer } from "../widget/announcer.js";
import { byId } from "../widget/dom.js";
import { StatusLine, openReport } from "../widget/status.js";
import { Api } from "./api.js";
import { ChatView } from "./chat.js";
import { ConsoleClient } from "./client.js";
import { listenToKeys } from "./keys.js";
import { Pages } from "./pages.js";
import { QueueView } from "./queue.js";
import { VisitorPanel } from "./visitor.js";
import { CONNECTION, explainFailure, words } from "./words.js";

/** @typedef {import("./handoffs.js").Handoff} Handoff */

const start = JSON.parse(byId("console-data").textContent ?? "");
const title = document.title;
const csrfToken = /** @type {HTMLInputElement} */ (document.querySelector("#console [name=csrfmiddlewaretoken]")).value;
const socketUrl = new URL("/ws/agent/", location.href);
socketUrl.protocol = socketUrl.protocol.replace("http", "ws");

const isSeen = () => document.visibilityState === "visible" && byId("console").dataset.pane === "chat";
const api = new Api({ organisation: start.organisation.slug, csrfToken });
const storage = await openStorage();
const client = new ConsoleClient({
  connection: { url: socketUrl.href, getToken: null, whyUrl: "/api/v1/me/", storage },
  storage,
  start,
  isSeen,
});
const pages = new Pages(api, client);
const chat = new ChatView(client, start.agent, { accept, end: askToEnd });
const queue = new QueueView(client, pages, { accept, isWriting: () => chat.isWriting() });
const visitor = new VisitorPanel(client);
const announcer = new Announcer(byId("live"));
const status = new StatusLine(byId("console"), client.connection, { retry: retryConnection, explain: explainFailure });

// Acts ----------------------------------------------------------------------------------------------------------------
/** The accept under way, by handoff: a second press changes nothing. @type {Set<string>} */
const accepting = new Set();

/** @param {Handoff} handoff */
async function accept(handoff) {
  if (accepting.has(handoff.id)) return;
  accepting.add(handoff.id);
  try {
    const accepted = await api.post(`handoffs/${handoff.id}/accept/`);
    client.take(accepted);
    if (queue.tab === "waiting") queue.choose("mine");
    goTo(accepted.session_id);
    drawAll();
    chat.focus();
  } catch (error) {
    tell(handoff.session_id, messageOf(error));
  } finally {
    accepting.delete(handoff.id);
  }
}

function askToEnd() {
  if (!byId("end").hidden && !byId("chat-open").hidden) /** @type {HTMLDialogElement} */ (byId("end-dialog")).showModal();
}

async function end() {
  /** @type {HTMLDialogElement} */ (byId("end-dialog")).close();
  const handoff = client.open?.handoff;
  if (!handoff) return;
  try {
    client.take(await api.post(`handoffs/${handoff.id}/end/`));
    chat.focus();
  } catch (error) {
    tell(handoff.session_id, messageOf(error));
  }
}

/** A calm word where the eye is: in the open conversation if it is about that one, else above the list. @param {string} sessionId @param {string} text */
function tell(sessionId, text) {
  if (sessionId && sessionId === client.sessionId) chat.tell(text);
  else queue.tell(text);
}

/** @param {unknown} error */
const messageOf = (error) => (error instanceof Error ? error.message : String(error));

function retryConnection() {
  if (client.status.state === State.FAILED) return location.reload();
  return client.connection.recover({ full: client.status.slow }).catch(() => client.retryNow());
}

// Where one is: the open conversation is the address's hash, so that Back, reload and links work ------------------------
/** @param {string} sessionId */
function goTo(sessionId) {
  if (location.hash.slice(1) !== sessionId) history.pushState(null, "", sessionId ? `#${sessionId}` : location.pathname + location.search);
  follow();
}

function follow() {
  const sessionId = location.hash.slice(1);
  if (sessionId === "main") return;
  byId("console").dataset.pane = sessionId ? "chat" : "list";
  if (sessionId !== client.sessionId) client.show(sessionId);
  else drawAll();
}

/** @param {1 | -1} step */
function walk(step) {
  const next = queue.neighbour(step);
  if (!next) return;
  goTo(next.session_id);
  queue.focus(next.id);
}

function leave() {
  if (visitor.isOver) return visitor.toggle(false);
  if (document.activeElement === byId("field")) return byId("field").blur();
  if (!client.sessionId) return undefined;
  const { id } = client.open?.handoff ?? { id: "" };
  goTo("");
  return queue.focus(id);
}

function acceptNext() {
  const open = client.open?.handoff;
  const next = open?.state === "waiting" ? open : client.handoffs.list("waiting")[0];
  if (next) void accept(next);
}

// Drawing -------------------------------------------------------------------------------------------------------------
function drawAll() {
  queue.draw();
  chat.draw();
  visitor.draw();
  drawConnection();
  document.title = client.waitingCount ? `(${client.waitingCount}) ${title}` : title;
  readIfSeen();
}

function drawConnection() {
  status.show(client.status);
  const text = CONNECTION[client.status.state];
  if (byId("connection-words").textContent !== text) byId("connection-words").textContent = text;
}

function readIfSeen() {
  if (isSeen()) client.read();
}

/** What happened in the queue that the agent should hear of. @param {{change: string, handoff: Handoff}} frame */
function onQueue({ handoff }) {
  if (handoff.session_id !== client.sessionId) return;
  const name = handoff.visitor.name;
  if (handoff.state === "active" && !client.handoffs.isMine(handoff)) chat.tell(words.taken(handoff.agent?.name ?? ""));
  if (handoff.state === "ended" && handoff.ended_by === "visitor") chat.tell(handoff.agent ? words.endedByVisitor(name) : words.left(name));
}

let wasReady = false;
client.on("ready", () => {
  if (wasReady) pages.forget(queue.tab);
  wasReady = true;
});
client.on("change", drawAll);
client.on("queue", onQueue);
client.on("behind", () => void pages.readWaiting());
client.on("notice", (/** @type {any} */ { detail, code }) => code !== "not_found" && tell(client.sessionId, detail));
client.on("logged", (/** @type {any} */ { conversation, message }) => {
  if (conversation.id === client.sessionId && message.sender === "visitor") announcer.say(`${message.sender_name || "Visitor"}: ${message.text}`);
});
pages.on("change", drawAll);
document.addEventListener("visibilitychange", drawAll);
addEventListener("hashchange", follow);
addEventListener("popstate", follow);
byId("end-yes").addEventListener("click", () => void end());
byId("connection").addEventListener("click", () => void openReport(client.connection));
byId("back").addEventListener("click", () => goTo(""));
/** @type {Record<string, () => void>} */
const keys = {
  j: () => walk(1),
  k: () => walk(-1),
  a: acceptNext,
  e: askToEnd,
  r: () => client.sessionId && chat.focus(),
  Escape: leave,
  "?": () => /** @type {HTMLDialogElement} */ (byId("keys")).showModal(),
};
queue.tabs.forEach((tab, index) => (keys[String(index + 1)] = () => queue.choose(tab)));
listenToKeys(keys);

pages.loadOnce(queue.tab);
follow();
drawAll();
void debugConnection(client.connection, isDebugging());
await client.start();
