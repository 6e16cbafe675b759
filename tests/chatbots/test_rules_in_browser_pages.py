"""The Handoff tab in a real browser: an owner tries, orders, adds and takes back rules, and sets opening hours."""

import re

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.chatbots.test_editor_in_browser_pages import expect_saved, list_errors, make_bot, open_tab
from tests.server import DEMO_PASSWORD, Installation

pytestmark = pytest.mark.journey
# A newer save took the place of one that was still on its way.
REPLACED = ("htmx:afterRequest", "htmx:sendAbort")


@pytest.fixture
def owner(installation: Installation, context: BrowserContext) -> Page:
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{installation.server.url}/accounts/login/?next=/bots/")
    page.fill("[name=login]", "owner@demo.test")
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/bots/")
    return page


def test_rules_are_tried_ordered_added_taken_back_and_closed_for_the_night(owner: Page) -> None:
    errors = list_errors(owner)
    slug = make_bot(owner)
    open_tab(owner, slug, "handoff/")
    cards, tried = owner.locator("#rules > [data-rule]"), owner.locator("#tried .notice")
    owner.fill("#try-words", "Ich möchte mit einem Menschen sprechen")
    expect(tried).to_contain_text("Rule 1 fires: Fetch a person")

    with owner.expect_response(lambda answer: answer.request.method == "POST"):
        cards.nth(0).locator("[data-rule-move='1']").press("Enter")
    expect_saved(owner)
    expect(tried).to_contain_text("Rule 2 fires")
    expect(cards.nth(1).locator("[data-rule-move='1']")).to_be_focused()
    owner.reload()
    expect(cards.nth(1)).to_contain_text("A visitor asks for a person")

    owner.click("[data-rule-add]")
    new = cards.nth(0)
    expect(new.locator("textarea").first).to_be_focused()
    owner.keyboard.type("refund, money back")
    new.locator("[data-rule-text]").fill("You have fourteen days.")
    expect(owner.locator("#publish")).to_contain_text("Not published")
    owner.fill("#try-words", "I want my MONEY BACK!")
    expect(tried).to_contain_text("Rule 1 fires: Say this. Visitors read: You have fourteen days.")

    for act, count in (("[data-rule-remove]", 8), ("[data-rule-gone] button", 9)):
        with owner.expect_response(lambda answer: answer.request.method == "POST"):
            owner.locator("#rules").locator(act).first.click()
        expect_saved(owner)
        expect(cards).to_have_count(count)
    expect(tried).to_contain_text("Rule 1 fires")

    owner.check("[name=hours][value=hours]")
    monday = owner.locator("[data-day=Monday]")
    with owner.expect_response(lambda answer: "22%3A00" in (answer.request.post_data or "")):
        monday.get_by_label("Monday to").fill("12:30")
        monday.get_by_role("button", name="Add hours").click()
    expect(monday.locator(".hours__row")).to_have_count(2)
    expect(owner.locator("#hours-now")).to_contain_text(re.compile("Open now|Closed now"))
    expect_saved(owner)
    owner.reload()
    expect(monday.get_by_label("Monday to").first).to_have_value("12:30")
    expect(monday.locator(".hours__row")).to_have_count(2)
    assert [error for error in errors if not error.startswith(REPLACED)] == []
