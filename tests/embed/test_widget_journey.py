"""The widget on the demo shop, in a browser, against the running product."""

import re
import threading
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from tests.server import DEMO_PASSWORD, ServerProcess
from tests.sockets import BlockingSocket

pytestmark = pytest.mark.journey

QUESTION = "How long does delivery take?"
ANSWER = re.compile("2 to 3 working days")
WIDE = f"| Grinder | Good for |\n| --- | --- |\n| Thorn | {'espresso' * 40} |\n\n```\n{'code' * 100}\n```"
UNKNOWN = "Xylophone quetzal zugzwang?"


@dataclass
class Visit:
    """A page with the widget, and what the browser complained about."""

    page: Page
    complaints: list[str]

    @property
    def frame(self) -> FrameLocator:
        return self.page.frame_locator("parley-widget iframe")

    @property
    def launcher(self) -> Any:
        return self.page.get_by_role("button", name=re.compile("(Open|Close) chat"))

    def open(self) -> None:
        self.launcher.click()
        self.expect_connection("connected")

    def expect_connection(self, state: str) -> None:
        expect(self.frame.locator("html")).to_have_attribute("data-connection", state, timeout=15_000)

    def say(self, text: str) -> None:
        self.frame.get_by_label("Write a message").fill(text)
        self.frame.get_by_label("Write a message").press("Enter")

    def bubbles(self, kind: str) -> Any:
        return self.frame.locator(f"#bubbles > .bubble--{kind}")


def watch(page: Page) -> list[str]:
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda line: complaints.append(line.text) if line.type == "error" else None)
    return complaints


@pytest.fixture
def visit(live_server_process: ServerProcess, page: Page) -> Visit:
    complaints = watch(page)
    page.goto(f"{live_server_process.url}/demo/")
    return Visit(page, complaints)


@pytest.fixture
def phone(live_server_process: ServerProcess, browser: Browser) -> Iterator[Visit]:
    context: BrowserContext = browser.new_context(
        viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True, color_scheme="dark"
    )
    page = context.new_page()
    complaints = watch(page)
    page.goto(f"{live_server_process.url}/demo/")
    yield Visit(page, complaints)
    context.close()


@dataclass
class Agent:
    """Mia at her desk: over the API, and the agent socket for what she writes."""

    server: ServerProcess

    def __post_init__(self) -> None:
        credentials = {"email": "agent@demo.test", "password": DEMO_PASSWORD}
        self.token = httpx.post(f"{self.server.url}/api/v1/token/", json=credentials).json()["access"]
        self.headers = {"Authorization": f"Bearer {self.token}"}
        self.name = httpx.get(f"{self.server.url}/api/v1/me/", headers=self.headers).json()["name"]

    def accept(self, session_id: str) -> str:
        waiting = httpx.get(f"{self.server.url}/api/v1/handoffs/waiting/", headers=self.headers).json()[
            "results"
        ]
        handoff = next(row for row in waiting if row["session_id"] == session_id)
        httpx.post(
            f"{self.server.url}/api/v1/handoffs/{handoff['id']}/accept/", headers=self.headers
        ).raise_for_status()
        return str(handoff["id"])

    def end(self, handoff_id: str) -> None:
        path = f"{self.server.url}/api/v1/handoffs/{handoff_id}/end/"
        httpx.post(path, headers=self.headers).raise_for_status()

    def write(self, session_id: str, text: str) -> None:
        socket = BlockingSocket(self.server.url, token=self.token, path="/ws/agent/")
        socket.send("message", client_id=str(uuid.uuid4()), session_id=session_id, text=text)
        socket.expect("accepted")
        socket.close()


@contextmanager
def serve_page(body: str, headers: dict[str, str] | None = None) -> Iterator[str]:
    """Somebody else's site: one page on a port, and so an origin, of its own."""

    class Site(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            for name, value in {"Content-Type": "text/html", **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body.encode() if self.path == "/" else b"")

        def log_message(self, *_: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def script_line(server: ServerProcess) -> str:
    """The one line, as the demo shop has it, but with the whole address."""
    public_id = re.search(r'data-bot="(\w+)"', httpx.get(f"{server.url}/demo/").text)
    assert public_id
    return f'<script async src="{server.url}/embed/loader.js" data-bot="{public_id[1]}"></script>'


def test_nothing_but_the_launcher_is_loaded_before_somebody_means_to_chat(visit: Visit) -> None:
    expect(visit.launcher).to_be_visible()
    assert visit.page.locator("parley-widget iframe").count() == 0
    assert len(visit.page.frames) == 1


def test_a_question_is_answered_with_its_source(visit: Visit) -> None:
    visit.open()
    visit.frame.get_by_role("button", name=QUESTION).click()
    expect(visit.bubbles("bot").last).to_contain_text(ANSWER)
    expect(visit.bubbles("visitor")).to_have_count(1)
    source = visit.frame.locator(".citation").last
    source.locator("summary").click()
    expect(source.locator(".citation__text")).to_contain_text(ANSWER)
    expect(visit.frame.locator("#live")).to_contain_text(ANSWER)
    assert visit.complaints == []


def test_what_one_writes_is_shown_as_written_and_runs_nothing(visit: Visit) -> None:
    visit.open()
    attack = (
        '<img src=x onerror="document.title=1"><script>alert(1)</script> **bold** [a](javascript:alert(1))'
    )
    visit.say(attack)
    expect(visit.bubbles("visitor").last.locator(".bubble__text")).to_have_text(attack)
    visit.page.reload()
    visit.open()
    expect(visit.bubbles("visitor").last.locator(".bubble__text")).to_have_text(attack)
    assert visit.frame.locator("#bubbles img, #bubbles script").count() == 0
    assert visit.complaints == []


def test_empty_and_over_long_texts_are_refused_with_a_word(visit: Visit) -> None:
    visit.open()
    field = visit.frame.get_by_label("Write a message")
    field.press("Enter")
    expect(visit.frame.locator("#hint")).to_have_text("Write something first.")
    field.fill("x" * 8001)
    expect(visit.frame.locator("#hint")).to_contain_text("8,001 of 8,000")
    field.press("Enter")
    expect(visit.frame.locator("#hint")).to_contain_text("too long")
    assert visit.bubbles("visitor").count() == 0
    field.fill("x" * 8000)
    field.press("Enter")
    expect(visit.bubbles("visitor")).to_have_count(1)


def test_a_reload_finds_the_conversation_again(visit: Visit) -> None:
    visit.open()
    visit.say(QUESTION)
    expect(visit.bubbles("bot").last).to_contain_text(ANSWER)
    visit.page.reload()
    visit.open()
    expect(visit.bubbles("visitor")).to_have_count(1)
    expect(visit.bubbles("bot").last).to_contain_text(ANSWER)


def test_what_is_written_offline_survives_a_reload_and_is_sent_once(visit: Visit) -> None:
    visit.open()
    visit.say(QUESTION)
    expect(visit.bubbles("bot").last).to_contain_text(ANSWER)
    visit.page.context.set_offline(True)
    visit.expect_connection("offline")
    visit.say("first while offline")
    visit.say("second while offline")
    expect(visit.frame.get_by_text("Waiting to be sent")).to_have_count(2)
    visit.page.context.set_offline(False)
    visit.page.reload()
    visit.open()
    expect(visit.frame.get_by_text("Waiting to be sent")).to_have_count(0)
    texts = visit.bubbles("visitor").locator(".bubble__text")
    expect(texts).to_have_text([QUESTION, "first while offline", "second while offline"])


def test_all_is_reached_by_keyboard(visit: Visit) -> None:
    page = visit.page
    visit.launcher.focus()
    page.keyboard.press("Enter")
    visit.expect_connection("connected")
    field = visit.frame.get_by_label("Write a message")
    expect(field).to_be_focused()
    page.keyboard.type(QUESTION)
    page.keyboard.press("Enter")
    expect(visit.bubbles("bot").last).to_contain_text(ANSWER)
    visit.frame.get_by_role("button", name="Menu").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(visit.frame.get_by_role("button", name="New conversation")).to_be_focused()
    page.keyboard.press("Escape")
    expect(visit.frame.locator("#menu")).to_be_hidden()
    field.focus()
    page.keyboard.press("Escape")
    expect(visit.launcher).to_have_attribute("aria-expanded", "false")
    expect(visit.launcher).to_be_focused()


def test_on_a_phone_it_fills_the_screen_and_nothing_runs_over(phone: Visit) -> None:
    phone.open()
    box = phone.page.locator("parley-widget iframe").bounding_box()
    assert box == {"x": 0, "y": 0, "width": 390, "height": 844}
    phone.say("w" * 300 + " https://example.com/" + "a" * 300)
    expect(phone.bubbles("visitor")).to_have_count(1)
    expect_nothing_runs_over(phone)
    phone.frame.get_by_role("button", name="Close chat").click()
    expect(phone.launcher).to_have_attribute("aria-expanded", "false")
    assert phone.complaints == []


def test_a_person_takes_over_and_that_is_a_moment(visit: Visit, live_server_process: ServerProcess) -> None:
    sessions: list[str] = []
    visit.page.on(
        "websocket", lambda socket: socket.on("framereceived", lambda data: note_session(sessions, data))
    )
    visit.open()
    visit.say(UNKNOWN)
    expect(visit.frame.locator("#who")).to_contain_text("Waiting for a person")
    agent = Agent(live_server_process)
    handoff = agent.accept(sessions[-1])
    expect(visit.frame.locator(".arrival")).to_contain_text(agent.name)
    expect(visit.frame.locator("#who")).to_have_text(f"{agent.name} is here")
    agent.write(sessions[-1], "Hello, how can I help?")
    expect(visit.bubbles("agent").last).to_contain_text("Hello, how can I help?")
    expect(visit.frame.locator("#live")).to_contain_text("Hello, how can I help?")
    agent.write(sessions[-1], WIDE)
    expect(visit.bubbles("agent").locator("table")).to_be_visible()
    expect_nothing_runs_over(visit)
    agent.end(handoff)
    expect(visit.frame.locator("html")).to_have_attribute("data-state", "bot")
    assert visit.complaints == []


def expect_nothing_runs_over(visit: Visit) -> None:
    """Bubbles end within the frame; what is wider, a table or code, scrolls inside its own."""
    edges = visit.frame.locator(".bubble, .bubble__text, .bubble__text > *, #send").evaluate_all(
        "(all) => all.map((one) => one.getBoundingClientRect().right - innerWidth)"
    )
    assert max(edges) <= 0


def note_session(sessions: list[str], data: str | bytes) -> None:
    found = re.search(r'"session_id":\s*"([0-9a-f-]{36})"', data if isinstance(data, str) else data.decode())
    if found:
        sessions.append(found[1])


def test_a_new_conversation_begins_empty_and_the_earlier_one_is_kept(visit: Visit) -> None:
    visit.open()
    visit.say(QUESTION)
    expect(visit.bubbles("bot").last).to_contain_text(ANSWER)
    visit.frame.get_by_role("button", name="Menu").click()
    visit.frame.get_by_role("button", name="New conversation").click()
    expect(visit.bubbles("visitor")).to_have_count(0)
    visit.say("Can I return opened coffee?")
    expect(visit.bubbles("bot").last).to_contain_text("half its price")
    visit.frame.get_by_role("button", name="Menu").click()
    visit.frame.get_by_role("button", name="Earlier conversations").click()
    rows = visit.frame.locator("#earlier-list button")
    expect(rows).to_have_count(2)
    rows.last.click()
    expect(visit.bubbles("visitor").locator(".bubble__text")).to_have_text([QUESTION])


def test_an_ended_chat_says_so_and_opens_again_by_writing(visit: Visit) -> None:
    visit.open()
    visit.say(QUESTION)
    expect(visit.bubbles("bot").last).to_contain_text(ANSWER)
    visit.frame.get_by_role("button", name="Menu").click()
    visit.frame.get_by_role("button", name="End chat").click()
    visit.frame.get_by_role("dialog").get_by_role("button", name="End chat").click()
    expect(visit.frame.locator("#who")).to_have_text("This chat has ended")
    visit.say("Can I return opened coffee?")
    expect(visit.bubbles("bot").last).to_contain_text("half its price")
    expect(visit.frame.locator("html")).to_have_attribute("data-state", "bot")


def test_destroy_leaves_nothing_behind(visit: Visit) -> None:
    visit.open()
    visit.page.evaluate("window.Parley.destroy()")
    assert visit.page.locator("parley-widget").count() == 0
    left = visit.page.evaluate("[typeof window.Parley, document.adoptedStyleSheets.length, frames.length]")
    assert left == ["undefined", 0, 0]


def test_a_script_of_another_window_cannot_speak_for_the_frame(visit: Visit) -> None:
    visit.open()
    visit.page.evaluate("window.postMessage({ parley: 1, type: 'close' }, '*')")
    visit.page.evaluate("new Promise((resolve) => setTimeout(resolve))")
    expect(visit.launcher).to_have_attribute("aria-expanded", "true")


def test_on_a_site_that_is_not_listed_the_browser_refuses_the_frame(
    live_server_process: ServerProcess, page: Page
) -> None:
    with serve_page("<!doctype html><link rel=icon href=data:,>" + script_line(live_server_process)) as site:
        page.goto(site)
        with page.expect_console_message(lambda line: "frame-ancestors" in line.text):
            page.get_by_role("button", name="Open chat").click()


def test_a_strict_host_needs_to_allow_script_and_frame_and_nothing_else(
    live_server_process: ServerProcess, page: Page
) -> None:
    url = live_server_process.url
    policy = f"default-src 'none'; img-src data:; script-src {url}; frame-src {url}; require-trusted-types-for 'script'"
    body = "<!doctype html><link rel=icon href=data:,>" + script_line(live_server_process)
    complaints = watch(page)
    with serve_page(body, {"Content-Security-Policy": policy}) as site:
        page.goto(site)
        launcher = page.get_by_role("button", name="Open chat")
        expect(launcher).to_be_visible()
        assert launcher.evaluate("(button) => getComputedStyle(button).borderRadius") == "50%"
    assert complaints == []


def test_blocked_storage_is_said_and_the_chat_goes_on(visit: Visit) -> None:
    visit.page.context.add_init_script(
        "Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    visit.page.reload()
    visit.open()
    expect(visit.frame.get_by_text("does not keep your chat")).to_be_visible()
    visit.say(QUESTION)
    expect(visit.bubbles("bot").last).to_contain_text(ANSWER)
