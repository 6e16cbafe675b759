"""The agent's day at the console: keys, drafts, a lost network, lists that break, and no error in the page."""

import re
import uuid
from collections.abc import Callable, Iterator

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.server import DEMO_PASSWORD, ServerProcess
from tests.sockets import BlockingSocket

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]
Enter = Callable[[str], Page]


class Visitor(BlockingSocket):
    """A visitor's socket, and the conversation they are in."""

    session_id = ""


Ask = Callable[..., Visitor]


@pytest.fixture
def ask_for_person(live_server_process: ServerProcess) -> Iterator[Ask]:
    """`ask_for_person(*words)`: a new visitor, who waits after these words; they have left when the test has ended."""
    visitors: list[Visitor] = []
    server = live_server_process.url
    found = re.search(r'data-bot="([^"]+)"', httpx.get(f"{server}/demo/").text)
    assert found

    def ask_for_person(*texts: str) -> Visitor:
        address = f"{server}/api/v1/widget/{found[1]}/bootstrap/"
        token = httpx.post(address, json={}, headers={"Origin": server}).json()["token"]
        visitor = Visitor(server, token=token)
        visitors.append(visitor)
        visitor.expect("ready")
        for text in (*texts, "I want to talk to a person"):
            visitor.say(text, session_id=visitor.session_id)
            visitor.session_id = visitor.expect("accepted")["session_id"]
            visitor.expect("complete")
        if not any(frame["type"] == "state" for frame in visitor.frames):
            visitor.expect("state", state="waiting")
        return visitor

    yield ask_for_person
    for visitor in visitors:
        visitor.send("end", session_id=visitor.session_id)
        visitor.settle()
        visitor.close()


@pytest.fixture
def enter(live_server_process: ServerProcess, context: BrowserContext) -> Iterator[Enter]:
    """`enter(email)`: the console, signed in; a script error or a refusal by the page's policy fails the test."""
    errors: list[str] = []

    def enter(email: str) -> Page:
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on(
            "console",
            lambda message: errors.append(message.text) if "Content Security" in message.text else None,
        )
        page.goto(f"{live_server_process.url}/accounts/login/?next=/console/")
        page.locator("[name=login]").fill(email)
        page.locator("[name=password]").fill(DEMO_PASSWORD)
        page.locator("[name=password]").press("Enter")
        expect(page.locator("#connection-words")).to_have_text("Connected")
        return page

    yield enter
    assert errors == []


def end_by_keys(page: Page, visitor: Visitor) -> None:
    """`?` shows the keys; `e` asks, Enter says yes."""
    page.locator("#log").focus()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("e")
    page.keyboard.press("Enter")
    expect(page.locator("#readonly")).to_contain_text("This chat has ended")
    assert visitor.expect("state", state="bot")


def test_keys_do_everything_and_drafts_stay_where_they_were_begun(enter: Enter, ask_for_person: Ask) -> None:
    first, second = ask_for_person("How long does delivery take?"), ask_for_person("How can I pay?")
    page = enter("agent@demo.test")
    field = page.get_by_label("Write a message")
    expect(page.locator(".ticket")).to_have_count(2)
    page.keyboard.press("j")
    expect(page.locator("#bubbles")).to_contain_text("How long does delivery take?")
    expect(page.locator("#bubbles .citation")).to_be_visible()
    expect(field).to_be_hidden()
    page.keyboard.press("a")
    expect(field).to_be_focused()
    page.keyboard.type("begun for one, jake")
    page.keyboard.press("Escape")
    page.keyboard.press("1")
    page.keyboard.press("j")
    expect(page.locator("#bubbles")).to_contain_text("How can I pay?")
    page.keyboard.press("a")
    expect(field).to_be_focused()
    expect(field).to_have_value("")
    page.keyboard.type("line one")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("line two")
    page.keyboard.press("Enter")
    heard = second.expect("message")
    while heard["message"]["sender"] != "agent":
        heard = second.expect("message")
    assert heard["message"]["text"] == "line one\nline two"
    page.keyboard.press("Escape")
    page.reload()
    expect(page.locator("#bubbles")).to_contain_text("line two")
    page.locator(f'.ticket__link[href="#{first.session_id}"]').or_(
        page.get_by_role("link", name="My chats")
    ).first.click()
    page.locator(f'.ticket__link[href="#{first.session_id}"]').click()
    expect(field).to_have_value("begun for one, jake")
    end_by_keys(page, first)


def test_what_is_written_without_a_network_is_sent_with_it(
    enter: Enter, ask_for_person: Ask, context: BrowserContext
) -> None:
    visitor = ask_for_person()
    page = enter("agent@demo.test")
    page.locator(".ticket__accept").click()
    expect(page.get_by_label("Write a message")).to_be_focused()
    visitor.expect("state", state="agent")
    context.set_offline(True)
    expect(page.locator("#connection-words")).to_have_text("Offline")
    expect(page.locator("#banner")).to_contain_text("You are offline")
    for text in ("First words", "Second words"):
        page.keyboard.type(text)
        page.keyboard.press("Enter")
    expect(page.locator(".bubble--own .way").last).to_have_text("Waiting to be sent")
    visitor.say("Are you still there?", session_id=visitor.session_id)
    context.set_offline(False)
    heard = [visitor.expect("message")["message"]["text"] for _ in range(2)]
    assert heard == ["First words", "Second words"]
    expect(page.locator("#connection-words")).to_have_text("Connected")
    expect(page.locator(".bubble--visitor").last).to_contain_text("Are you still there?")
    expect(page.locator(".bubble--own")).to_have_count(2)


def test_unread_ones_are_counted_and_come_first(enter: Enter, ask_for_person: Ask) -> None:
    one, other = ask_for_person(), ask_for_person()
    page = enter("agent@demo.test")
    for socket in (one, other):
        page.get_by_role("link", name="Waiting").click()
        page.locator(".ticket", has=page.locator(f'[href="#{socket.session_id}"]')).get_by_role(
            "button"
        ).click()
        socket.expect("state", state="agent")
        expect(page.get_by_role("link", name="My chats")).to_have_attribute("aria-current", "page")
    page.keyboard.type("Hello, other")
    page.keyboard.press("Enter")
    expect(page.locator(".ticket__link").first).to_have_attribute("href", f"#{other.session_id}")
    page.keyboard.press("Escape")
    one.say("News from one", session_id=one.session_id)
    first = page.locator(".ticket").first
    expect(first.locator("[data-slot=last]")).to_have_text("News from one")
    expect(first.locator("[data-slot=unread]")).to_be_visible()
    first.locator(".ticket__link").click()
    expect(first.locator("[data-slot=unread]")).to_be_hidden()
    one.expect("read")


def test_a_supervisor_sees_all_of_it_live_and_may_only_read(
    enter: Enter, ask_for_person: Ask, live_server_process: ServerProcess
) -> None:
    page = enter("supervisor@demo.test")
    page.get_by_role("link", name="All").click()
    expect(page.get_by_role("heading", name="Nothing is open")).to_be_visible()
    visitor = ask_for_person()
    expect(page.locator(".ticket [data-slot=facts]")).to_contain_text("Waiting")
    token = live_server_process.issue_token("agent@demo.test")
    with BlockingSocket(live_server_process.url, path="/ws/agent/", token=token) as agent:
        waiting = agent.expect("ready")["waiting"]
        agent.send("accept", handoff_id=waiting[0]["id"])
        agent.expect("state", state="agent")
        expect(page.locator(".ticket [data-slot=facts]")).to_contain_text("With Mia Agent")
        page.locator(".ticket__link").click()
        expect(page.locator("#bubbles")).to_contain_text("I want to talk to a person")
        agent.say("Good day", session_id=visitor.session_id)
        expect(page.locator(".bubble--agent")).to_contain_text("Good day")
        expect(page.get_by_label("Write a message")).to_be_hidden()
        expect(page.locator("#readonly")).to_have_text(
            "Mia Agent has this conversation. You are reading along."
        )


def test_a_list_that_breaks_says_so_and_is_loaded_again(enter: Enter) -> None:
    page = enter("agent@demo.test")
    page.route("**/handoffs/history/**", lambda route: route.abort())
    page.get_by_role("link", name="History").click()
    expect(page.get_by_role("heading", name="The list did not load")).to_be_visible()
    expect(page.locator("#queue-broken")).to_contain_text("Check your connection")
    page.unroute("**/handoffs/history/**")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("heading", name="The list did not load")).to_be_hidden()


def test_a_conversation_that_is_none_says_so(enter: Enter) -> None:
    page = enter("agent@demo.test")
    page.evaluate("id => { location.hash = id; }", str(uuid.uuid4()))
    expect(page.get_by_role("heading", name="This conversation cannot be shown")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("heading", name="No conversation is open")).to_be_visible()
