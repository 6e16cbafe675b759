"""A visitor on the shop's page gets a person, in two browsers: from the first question until the bot answers again."""

import re
from collections.abc import Iterator

import httpx
import pytest
from playwright.sync_api import Browser, BrowserContext, FrameLocator, Page, expect

from tests.server import DEMO_PASSWORD, ServerProcess

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]
UNKNOWN = "Can you repair the flux capacitor of my time machine?"


@pytest.fixture
def contexts(browser: Browser) -> Iterator[list[BrowserContext]]:
    """Browsers of their own; none of their pages may have an error."""
    opened: list[BrowserContext] = []
    yield opened
    for context in opened:
        context.close()


@pytest.fixture(autouse=True)
def end_what_is_open(live_server_process: ServerProcess) -> Iterator[None]:
    """The server is shared: each test finds an empty queue."""
    yield
    token = live_server_process.issue_token("supervisor@demo.test")
    address = f"{live_server_process.url}/api/v1/handoffs/"
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {token}"}) as supervisor:
        for handoff in supervisor.get("all/").json()["results"]:
            supervisor.post(f"{handoff['id']}/end/").raise_for_status()


def open_page(browser: Browser, contexts: list[BrowserContext], address: str, **options: object) -> Page:
    context = browser.new_context(**options)  # type: ignore[arg-type]
    contexts.append(context)
    page = context.new_page()
    page.goto(address)
    return page


def open_console(
    browser: Browser, contexts: list[BrowserContext], server: ServerProcess, email: str, **options: object
) -> Page:
    page = open_page(browser, contexts, f"{server.url}/accounts/login/?next=/console/", **options)
    page.get_by_label("Email").or_(page.get_by_label("E-mail")).first.fill(email)
    page.locator("[name=password]").fill(DEMO_PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.locator("#connection-words")).to_have_text("Connected")
    return page


def open_widget(page: Page) -> FrameLocator:
    page.get_by_role("button", name=re.compile("^Open chat")).click()
    widget = page.frame_locator("iframe[title]")
    expect(widget.locator("html")).to_have_attribute("data-connection", "connected")
    return widget


def say(where: Page | FrameLocator, text: str) -> None:
    field = where.get_by_label("Write a message")
    field.fill(text)
    field.press("Enter")


def write_to_each_other(widget: FrameLocator, mia: Page) -> None:
    """Each sees the other at it, and what was read."""
    widget.get_by_label("Write a message").press_sequentially("It is a DeLorean")
    expect(mia.locator("#chat-line")).to_have_text("is writing…")
    widget.get_by_label("Write a message").press("Enter")
    expect(mia.locator(".bubble--visitor").last).to_contain_text("It is a DeLorean")
    mia.get_by_label("Write a message").press_sequentially("I shall **ask** our workshop")
    expect(widget.locator(".bubble--typing")).to_be_visible()
    mia.get_by_label("Write a message").press("Enter")
    expect(widget.locator(".bubble--agent strong")).to_have_text("ask")
    expect(mia.locator(".bubble--own strong")).to_have_text("ask")
    expect(mia.locator(".bubble--own .way")).to_have_text("Read")


def end_and_find_in_history(widget: FrameLocator, mia: Page) -> None:
    """Ending asks first; the bot answers again, and the chat is in her history."""
    mia.keyboard.press("Escape")
    mia.keyboard.press("e")
    mia.get_by_role("dialog").get_by_role("button", name="End chat").click()
    expect(widget.get_by_text("The chat with Mia Agent has ended.")).to_be_visible()
    expect(mia.locator("#readonly")).to_contain_text("This chat has ended")
    say(widget, "How long does delivery take?")
    expect(widget.locator(".bubble--bot").last.locator(".citation")).to_be_visible()
    mia.get_by_role("link", name="History").click()
    expect(mia.locator(".ticket[data-state=ended]")).to_have_count(1)


def test_a_visitor_gets_a_person_and_the_bot_comes_back(
    live_server_process: ServerProcess, browser: Browser, contexts: list[BrowserContext]
) -> None:
    server = live_server_process
    mia = open_console(browser, contexts, server, "agent@demo.test")
    ben = open_console(browser, contexts, server, "agent2@demo.test")
    shop = open_page(browser, contexts, f"{server.url}/demo/")
    widget = open_widget(shop)

    # The bot knows nothing of it: the visitor waits, and both agents see it without loading anything again.
    say(widget, UNKNOWN)
    expect(widget.locator("#who")).to_contain_text("Waiting for a person")
    row = mia.locator(".ticket", has_text=re.compile("Place "))
    expect(row).to_have_count(1)
    expect(mia).to_have_title(re.compile(r"^\(1\) Console"))
    say(widget, "Hello? Is anybody there?")
    expect(row.locator("[data-slot=last]")).to_have_text("Hello? Is anybody there?")
    expect(widget.get_by_text("An agent will be with you shortly.")).to_be_visible()

    # Ben looks, Mia accepts: she reads the whole history, he is told who has it.
    ben.locator(".ticket__link").click()
    expect(ben.locator("#bubbles")).to_contain_text(UNKNOWN)
    row.get_by_role("button", name=re.compile("^Accept")).click()
    expect(widget.get_by_text("You are now chatting with Mia Agent.")).to_be_visible()
    expect(mia.locator("#bubbles")).to_contain_text(UNKNOWN)
    expect(mia.get_by_label("Write a message")).to_be_focused()
    expect(ben.locator("#chat-notice")).to_have_text("Mia Agent has taken this conversation.")
    expect(ben.locator(".ticket")).to_have_count(0)
    expect(ben.get_by_label("Write a message")).to_be_hidden()

    write_to_each_other(widget, mia)
    expect(ben.locator("#bubbles")).not_to_contain_text("DeLorean")
    end_and_find_in_history(widget, mia)


def test_two_press_accept_and_the_second_is_told_who(
    live_server_process: ServerProcess, browser: Browser, contexts: list[BrowserContext]
) -> None:
    server = live_server_process
    mia = open_console(browser, contexts, server, "agent@demo.test")
    ben = open_console(browser, contexts, server, "agent2@demo.test")
    widget = open_widget(open_page(browser, contexts, f"{server.url}/demo/"))
    say(widget, "I want to talk to a person")
    expect(ben.locator(".ticket")).to_have_count(1)
    # Ben's press comes while his page has not heard of Mia's yet.
    held: list[object] = []
    ben.route("**/accept/", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks its handler
    ben.locator(".ticket__accept").click()
    mia.locator(".ticket__accept").click()
    expect(widget.get_by_text("You are now chatting with Mia Agent.")).to_be_visible()
    held[0].continue_()  # type: ignore[attr-defined]
    expect(ben.locator("#queue-notice")).to_have_text("Mia Agent has this conversation already.")
    say(widget, "quit")
    expect(mia.locator("#chat-notice")).to_contain_text("ended the chat")


def test_an_agent_on_a_phone(
    live_server_process: ServerProcess, browser: Browser, contexts: list[BrowserContext]
) -> None:
    server = live_server_process
    phone = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    mia = open_console(browser, contexts, server, "agent@demo.test", **phone)
    widget = open_widget(open_page(browser, contexts, f"{server.url}/demo/"))
    say(widget, "I want to talk to a person")
    expect(mia.locator("#chat")).to_be_hidden()
    mia.locator(".ticket__accept").tap()
    expect(mia.locator(".queue")).to_be_hidden()
    say(mia, "Hello from my phone")
    expect(widget.get_by_text("Hello from my phone")).to_be_visible()
    mia.get_by_role("button", name="About the visitor").tap()
    expect(mia.locator("#visitor")).to_be_visible()
    mia.locator("#visitor-close").tap()
    mia.get_by_role("button", name="Back to the list").tap()
    expect(mia.locator(".queue")).to_be_visible()
    say(widget, "Thank you")
    unread = mia.locator(".ticket [data-slot=unread]")
    expect(unread).to_have_text("1")
    mia.locator(".ticket__link").tap()
    expect(mia.locator(".bubble--visitor").last).to_contain_text("Thank you")
    expect(unread).to_have_text("0")
    assert mia.evaluate("document.documentElement.scrollWidth <= innerWidth")
    say(widget, "end chat")
    expect(mia.locator("#readonly")).to_be_visible()
