"""The README's walk through the product with two browsers, step by step, in its own words."""

import re

import pytest
from playwright.sync_api import Browser, FrameLocator, Page, expect

from tests.house.source_files import read
from tests.server import DEMO_PASSWORD, ServerProcess

pytestmark = pytest.mark.journey


SAID = (
    "How long does delivery take?", "Can I return a bag I opened?", "Where can I park my bike?", "Delivery time · shop.csv",
    "You are now chatting with Mia Agent.", "I can't answer that one myself", "agent@demo.test", "End chat",
)  # fmt: skip


def open_widget(page: Page) -> FrameLocator:
    page.get_by_label(re.compile("Open chat")).click()
    frame = page.frame_locator("iframe")
    expect(frame.get_by_placeholder("Write a message")).to_be_editable()
    return frame


def ask(frame: FrameLocator, words: str) -> None:
    field = frame.get_by_placeholder("Write a message")
    field.fill(words)
    field.press("Enter")


def sign_in(page: Page, address: str, email: str) -> None:
    page.goto(address)
    page.locator("input[name=login]").fill(email)
    page.locator("input[name=password]").fill(DEMO_PASSWORD)
    page.get_by_role("button", name="Sign in").click()


def test_a_newcomer_sees_what_the_readme_says(live_server_process: ServerProcess, browser: Browser) -> None:
    url = live_server_process.url
    page, console = browser.new_context().new_page(), browser.new_context().new_page()

    page.goto(f"{url}/demo/")
    widget = open_widget(page)
    expect(widget.get_by_text("Hello, and welcome to Juniper & Bean.")).to_be_visible()

    ask(widget, "How long does delivery take?")
    expect(widget.get_by_text("Orders placed before 2 pm").first).to_be_visible()
    expect(widget.get_by_text("Delivery time · shop.csv")).to_be_visible()
    ask(widget, "Can I return a bag I opened?")
    expect(widget.get_by_text("Opened coffee cannot be sent back").first).to_be_visible()
    ask(widget, "Where can I park my bike?")
    expect(widget.get_by_text("I can't answer that one myself").first).to_be_visible()
    expect(widget.get_by_text("You are next")).to_be_visible()

    sign_in(console, f"{url}/console/", "agent@demo.test")
    expect(console.get_by_text("Connected", exact=True)).to_be_visible()
    console.get_by_role("button", name=re.compile("^Accept")).first.click()
    expect(console.get_by_text("Opened coffee cannot be sent back").first).to_be_visible()
    expect(widget.get_by_text("You are now chatting with Mia Agent.").first).to_be_visible()

    field = console.get_by_placeholder("Write a message")
    field.fill("Behind the café stands a rack.")
    field.press("Enter")
    expect(widget.get_by_text("Behind the café stands a rack.").first).to_be_visible()
    ask(widget, "Thank you, I will put it there.")
    expect(console.get_by_text("Thank you, I will put it there.").first).to_be_visible()

    page.reload()
    widget = open_widget(page)
    expect(widget.get_by_text("Thank you, I will put it there.")).to_have_count(1)
    expect(widget.get_by_text("Where can I park my bike?")).to_have_count(1)

    console.get_by_role("button", name="End chat").click()
    console.locator("dialog[open]").get_by_role("button", name="End chat").click()
    expect(widget.get_by_text("has ended. Juniper is here again.").first).to_be_visible()
    expect(console.get_by_text("has ended. Juniper is here again.").first).to_be_visible()

    printed = live_server_process.manage("show_messages", "--last", "30")
    assert "Where can I park my bike?" in printed
    assert "Behind the café stands a rack." in printed


def test_an_owner_finds_the_knowledge_and_a_supervisor_the_admin(
    live_server_process: ServerProcess, browser: Browser
) -> None:
    url = live_server_process.url
    owner = browser.new_context().new_page()
    sign_in(owner, f"{url}/", "owner@demo.test")
    owner.get_by_role("link", name="Edit").click()
    owner.get_by_role("link", name=re.compile("^Knowledge")).click()
    expect(owner.get_by_text("shop.csv")).to_be_visible()
    expect(owner.get_by_text("Search my knowledge")).to_be_visible()

    supervisor = browser.new_context().new_page()
    sign_in(supervisor, f"{url}/admin/", "supervisor@demo.test")
    expect(supervisor).to_have_url(re.compile("/admin/$"))
    expect(supervisor.get_by_text("Conversations").first).to_be_visible()


def test_the_readme_asks_what_this_test_asks() -> None:
    readme = read("README.md")
    for words in SAID:
        assert words in readme
