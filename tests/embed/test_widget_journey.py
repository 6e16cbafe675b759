"""The widget on the demo shop, in a browser, against the running product."""

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, expect

from tests.embed.visits import Visit, watch
from tests.server import DEMO_PASSWORD, ServerProcess
from tests.sockets import BlockingSocket

pytestmark = pytest.mark.journey

QUESTION = "How long does delivery take?"
ANSWER = re.compile("2 to 3 working days")
WIDE = f"| Grinder | Good for |\n| --- | --- |\n| Thorn | {'espresso' * 40} |\n\n```\n{'code' * 100}\n```"
UNKNOWN = "Xylophone quetzal zugzwang?"


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
    expect(visit.bubbles("visitor").get_by_text("Waiting to be sent")).to_have_count(2)
    visit.page.context.set_offline(False)
    visit.page.reload()
    visit.open()
    expect(visit.bubbles("visitor").get_by_text("Waiting to be sent")).to_have_count(0)
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
    # The browser tabs into a menu only once it has drawn it.
    visit.frame.locator("body").evaluate(
        "() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn)))"
    )
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


def test_blocked_storage_is_said_and_the_chat_goes_on(visit: Visit) -> None:
    visit.page.context.add_init_script(
        "for (const name of ['localStorage', 'indexedDB', 'BroadcastChannel'])"
        "  Object.defineProperty(window, name, { get() { throw new DOMException('no', 'SecurityError'); } })"
    )
    visit.page.reload()
    visit.open()
    expect(visit.frame.get_by_text("does not keep your chat")).to_be_visible()
    visit.say(QUESTION)
    expect(visit.bubbles("bot").last).to_contain_text(ANSWER)
