"""The owner's way in a real browser: a bot from its name to the line for the site, in the running product."""

import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, ViewportSize, expect

from tests.server import DEMO_PASSWORD, Installation

pytestmark = pytest.mark.journey
FAQ = "title,question,answer\nDelivery time,How long does delivery take?,Two to four working days.\n"
PHONE, DESK = ViewportSize(width=390, height=844), ViewportSize(width=1280, height=800)


@pytest.fixture
def owner(installation: Installation, context: BrowserContext) -> Page:
    """A page of a signed-in owner; it must end without an error in the console."""
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(f"{installation.server.url}/accounts/login/?next=/bots/")
    page.fill("[name=login]", "owner@demo.test")
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/bots/")
    return page


def make_bot(page: Page) -> str:
    """A bot of its own for each test; returns its short name."""
    name = f"Helper {uuid.uuid4().hex[:6]}"
    page.goto(page.url.split("/bots/")[0] + "/bots/new/")
    page.fill("[name=name]", name)
    page.click("main button[type=submit]")
    page.wait_for_url("**/knowledge/")
    return page.url.split("/bots/")[1].split("/")[0]


def open_tab(page: Page, slug: str, tab: str = "") -> None:
    page.goto(page.url.split("/bots/")[0] + f"/bots/{slug}/{tab}")


def expect_saved(page: Page) -> None:
    expect(page.locator("#save-state")).to_have_attribute("data-state", "saved")


def list_errors(page: Page) -> list[str]:
    """Fills up with what the page's scripts and policy complain about."""
    errors: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.type == "error":
            errors.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: errors.append(str(error)))
    return errors


def test_from_a_name_to_the_line_for_the_site(owner: Page, tmp_path: Path) -> None:
    errors = list_errors(owner)
    slug = make_bot(owner)
    file = tmp_path / "faq.csv"
    file.write_text(FAQ)
    owner.set_input_files("[name=upload-documents]", file)
    owner.locator("form[action$='/upload/'] button[type=submit]").click()
    expect(owner.locator("#sources .badge")).to_have_text("Ready")
    owner.fill("#search input", "how long is delivery")
    expect(owner.locator("#candidates")).to_contain_text("It answers with Delivery time")
    owner.click("#publish button")
    expect(owner.locator("#publish")).to_contain_text("Version 1 is live")
    open_tab(owner, slug, "embed/")
    expect(owner.locator("#embed-snippet")).to_have_text(
        re.compile(r'^\s*<script async src=".+" data-bot="\w+"></script>\s*$')
    )
    assert not errors


def test_what_is_typed_is_saved_undone_and_previewed(owner: Page) -> None:
    slug = make_bot(owner)
    open_tab(owner, slug)
    for words in ("Ahoy.", "Good day."):
        owner.fill("[name=greeting]", words)
        expect(owner.locator("[data-preview-greeting]")).to_have_text(words)
        with owner.expect_response(lambda answer: answer.request.method == "POST"):
            pass
        expect_saved(owner)
    with owner.expect_response(lambda answer: answer.request.method == "POST"):
        owner.click("[data-undo]")
    expect_saved(owner)
    owner.reload()
    expect(owner.locator("[name=greeting]")).to_have_value("Ahoy.")


def test_a_wrong_field_says_so_to_eyes_and_ears(owner: Page) -> None:
    slug = make_bot(owner)
    open_tab(owner, slug)
    owner.fill("[name=name]", "")
    name = owner.locator("[name=name]")
    expect(name).to_have_attribute("aria-invalid", "true")
    expect(name).to_have_accessible_description(re.compile("required"))
    owner.fill("[name=name]", "Helper")
    expect_saved(owner)
    expect(name).not_to_have_attribute("aria-invalid", "true")


def test_words_typed_offline_are_saved_once_the_network_is_back(owner: Page) -> None:
    slug = make_bot(owner)
    open_tab(owner, slug)
    owner.context.set_offline(True)
    owner.fill("[name=greeting]", "Written on a train.")
    expect(owner.locator("#save-state")).to_have_attribute("data-state", "failed")
    owner.context.set_offline(False)
    expect_saved(owner)
    owner.reload()
    expect(owner.locator("[name=greeting]")).to_have_value("Written on a train.")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_test_window_opens_by_button_and_by_address_and_gives_the_focus_back(
    owner: Page, size: ViewportSize
) -> None:
    owner.set_viewport_size(size)
    slug = make_bot(owner)
    open_tab(owner, slug)
    window = owner.locator("#test-window")
    owner.click("[data-test-bot]")
    expect(window).to_be_visible()
    expect(owner).to_have_url(re.compile(rf"\?test={slug}$"))
    box = window.bounding_box()
    assert box
    assert (box["width"] == size["width"]) == (size is PHONE)
    owner.keyboard.press("Escape")
    expect(window).to_be_hidden()
    expect(owner.locator("[data-test-bot]").first).to_be_focused()
    open_tab(owner, slug, f"?test={slug}")
    expect(window).to_be_visible()
    expect(window.locator("iframe")).to_have_attribute("src", f"/bots/{slug}/test/")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_phone_in_either_theme(
    installation: Installation, browser: Browser, scheme: str
) -> None:
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, color_scheme="dark" if scheme == "dark" else "light"
    )
    page = context.new_page()
    errors = list_errors(page)
    page.goto(f"{installation.server.url}/accounts/login/?next=/bots/")
    page.fill("[name=login]", "owner@demo.test")
    page.fill("[name=password]", DEMO_PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url("**/bots/")
    tabs = ["", "knowledge/", "appearance/", "handoff/", "embed/"]
    for path in ["/bots/", "/bots/new/", "/team/", "/ui/", *(f"/bots/shop/{tab}" for tab in tabs)]:
        page.goto(installation.server.url + path)
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, path
    context.close()
    assert not errors


def test_a_chosen_theme_is_remembered(owner: Page) -> None:
    owner.click("[popovertarget=account]")
    owner.click("[data-theme-choice=dark]")
    owner.reload()
    assert owner.evaluate("document.documentElement.dataset.theme") == "dark"
    owner.click("[popovertarget=account]")
    expect(owner.locator("[data-theme-choice=dark]")).to_have_attribute("aria-pressed", "true")


def test_files_that_are_dropped_are_read_and_the_search_shows_what_would_come_of_a_question(
    owner: Page,
) -> None:
    errors = list_errors(owner)
    slug = make_bot(owner)
    dropped = owner.evaluate_handle(
        """() => {
            const files = new DataTransfer();
            files.items.add(new File(["# Bicycles\\n\\nWe rent out bicycles on Sundays for ten euros a day."], "bikes.md"));
            const page = "<html><body><h1>Boats</h1><p>Boats are for members only.</p></body></html>";
            files.items.add(new File([page], "boats.html"));
            return files;
        }"""
    )
    form = "form[data-drop-files]"
    owner.dispatch_event(form, "dragover", {"dataTransfer": dropped})
    expect(owner.locator(form)).to_have_class(re.compile("drop"))
    owner.dispatch_event(form, "drop", {"dataTransfer": dropped})
    expect(owner.locator(".source", has_text="bikes.md").get_by_text("Ready")).to_be_visible()
    expect(owner.locator(".source", has_text="boats.html").get_by_text("Ready")).to_be_visible()
    owner.locator("#search [name=q]").fill("bicycles on Sundays")
    expect(owner.locator("#candidates")).to_contain_text("It answers with Bicycles")
    owner.goto(owner.url.split("/bots/")[0] + f"/bots/{slug}/knowledge/")
    owner.locator(".source", has_text="bikes.md").get_by_role("button", name="Delete bikes.md").click()
    owner.locator("[data-confirm-yes]").click()
    expect(owner.get_by_text("bikes.md is gone from the draft")).to_be_visible()
    assert not errors
