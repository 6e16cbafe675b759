"""From cases to a better bot, in a browser: upload, run, open a failure, mend it with one click, run again, compare."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.chatbots.test_editor_in_browser_pages import list_errors
from tests.server import DEMO_PASSWORD, Installation

pytestmark = pytest.mark.journey
STRANGE = "Zugzwang quetzal vuvuzela?"
CASES = f"question,expect\nHow long does delivery take?,Delivery time\n{STRANGE},Delivery time\n"


def sign_in(page: Page, url: str) -> None:
    page.set_default_timeout(20_000)
    page.goto(f"{url}/accounts/login/?next=/bots/shop/evaluation/")
    page.fill("[name=login]", "owner@demo.test")
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/evaluation/")


def test_a_failure_is_mended_with_one_click_and_the_next_run_is_better(
    installation: Installation, page: Page, tmp_path: Path
) -> None:
    errors, file = list_errors(page), tmp_path / "cases.csv"
    file.write_text(CASES)
    sign_in(page, installation.server.url)
    page.set_input_files("[name=run-document]", file)
    page.click("#new-run button[type=submit]")
    page.wait_for_url(re.compile(r"/evaluation/\d+/$"))
    expect(page.locator(".figure--main dd")).to_have_text("50.0 %", timeout=40_000)
    case = page.locator(".case", has_text=STRANGE)
    case.locator("summary").first.click()
    story = case.locator(".story")
    expect(story.locator(".story__stages")).to_contain_text("Search")
    story.locator(".story__write > summary").click()
    story.locator("[name=title]").fill("Delivery time")
    story.locator("[name=answer]").fill("Two to four working days.")
    story.locator(".story__write button[type=submit]").click()
    expect(story.locator(".story__done")).to_contain_text("The draft knows “Delivery time” now.")
    page.get_by_role("button", name="Run again on the draft").click()
    expect(page.locator(".figure--main dd")).to_have_text("100.0 %", timeout=40_000)
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_role("heading", name="1 of 2 answers changed")).to_be_visible()
    expect(page.locator("main")).to_contain_text("1 better")
    assert not errors
