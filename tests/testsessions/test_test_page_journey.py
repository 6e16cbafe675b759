"""The test page: an owner asks the draft, and sees what each reply was made of."""

import re

import pytest
from playwright.sync_api import FrameLocator, Page, expect

from tests.server import DEMO_PASSWORD, ServerProcess

pytestmark = pytest.mark.journey

QUESTION = "How long does delivery take?"


def sign_in(page: Page, server: ServerProcess, email: str) -> None:
    page.goto(f"{server.url}/accounts/login/")
    page.fill("[name=login]", email)
    page.fill("[name=password]", DEMO_PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def open_test(page: Page, server: ServerProcess) -> FrameLocator:
    sign_in(page, server, "owner@demo.test")
    page.goto(f"{server.url}/bots/shop/test/")
    expect(page.locator("#light-text")).to_have_text("Connected", timeout=15_000)
    return page.frame_locator("#chat iframe")


def ask(widget: FrameLocator, text: str) -> None:
    widget.get_by_label("Write a message").fill(text)
    widget.get_by_label("Write a message").press("Enter")


def test_each_reply_shows_what_was_found_and_why_it_was_decided(
    live_server_process: ServerProcess, page: Page
) -> None:
    widget = open_test(page, live_server_process)
    ask(widget, QUESTION)
    trace = page.locator(".trace").first
    expect(trace).to_contain_text(QUESTION)
    expect(trace.locator(".badge").first).to_have_text("Answered")
    expect(trace.locator(".hit").first).to_contain_text("Delivery time")
    expect(trace.locator(".meter__mark").first).to_be_attached()
    expect(trace.locator(".stage")).not_to_have_count(0)
    expect(trace.locator(".stage--total")).to_contain_text("ms")
    ask(widget, "Xylophone quetzal zugzwang?")
    expect(page.locator(".trace")).to_have_count(2)
    expect(page.locator(".trace").first).not_to_contain_text("Answered")


def test_the_raw_frames_can_be_read_and_hold_no_token(live_server_process: ServerProcess, page: Page) -> None:
    widget = open_test(page, live_server_process)
    ask(widget, QUESTION)
    expect(page.locator(".trace")).to_have_count(1)
    page.locator("#frames > summary").click()
    for name in ("ready", "message", "accepted", "working", "saved", "complete"):
        expect(
            page.locator("#frame-list summary strong", has_text=re.compile(f"^{name}$"))
        ).not_to_have_count(0)
    assert "eyJ" not in page.locator("#frame-list").inner_text()


def test_starting_over_begins_a_new_conversation(live_server_process: ServerProcess, page: Page) -> None:
    widget = open_test(page, live_server_process)
    ask(widget, QUESTION)
    expect(page.locator(".trace")).to_have_count(1)
    with page.expect_request(lambda request: request.method == "DELETE"):
        page.get_by_role("button", name="Start over").click()
    expect(page.locator("#light-text")).to_have_text("Connected")
    expect(page.locator(".trace")).to_have_count(0)
    expect(widget.locator(".bubble--visitor")).to_have_count(0)


def test_a_server_that_does_not_answer_is_said_with_a_way_on(
    live_server_process: ServerProcess, page: Page
) -> None:
    sign_in(page, live_server_process, "owner@demo.test")
    page.route("**/api/v1/test-sessions/", lambda route: route.abort())
    page.goto(f"{live_server_process.url}/bots/shop/test/")
    expect(page.get_by_role("alert")).to_contain_text("The test did not start")
    page.unroute("**/api/v1/test-sessions/")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#light-text")).to_have_text("Connected", timeout=15_000)


def test_the_drafts_frame_takes_no_token_from_another_page(
    live_server_process: ServerProcess, page: Page
) -> None:
    sign_in(page, live_server_process, "owner@demo.test")
    page.goto(f"{live_server_process.url}/bots/shop/test/")
    address = page.locator("#chat iframe").get_attribute("src")
    page.goto(f"{live_server_process.url}{address}")
    expect(page.locator("#banner")).to_contain_text("Open the test again")
