"""The widget's connection in a real browser: its clock in a Worker, its report, and a server that is away for a while."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.embed.visits import Visit, watch
from tests.server import ServerProcess
from tests.testsessions.test_test_page_journey import open_test, sign_in

pytestmark = pytest.mark.journey

# The first waits are next to nothing, so that five tries are used up within seconds; the later ones are long.
QUICK_THEN_SLOW = "{ let asked = 0; Math.random = () => (asked++ < 12 ? 0.02 : 0.9); }"


@pytest.fixture
def cut_off(page: Page) -> Callable[[bool], None]:
    """Takes the server away from the browser, and gives it back."""
    away: list[bool] = [False]
    routes: list[WebSocketRoute] = []

    def carry(route: WebSocketRoute) -> None:
        if away[0]:
            return route.close()
        routes.append(route)
        route.connect_to_server()
        return None

    def cut(on: bool) -> None:
        away[0] = on
        while on and routes:
            routes.pop().close(code=1001)

    page.route_web_socket(re.compile("/ws/"), carry)
    page.route("**/health/", lambda route: route.abort() if away[0] else route.continue_())
    return cut


def test_the_heartbeats_clock_is_a_worker_in_the_widget_and_in_the_console(
    live_server_process: ServerProcess, page: Page
) -> None:
    visit = Visit(page, watch(page))
    page.goto(f"{live_server_process.url}/demo/")
    visit.open()
    assert [worker.url.rsplit("/", 1)[1] for worker in page.workers] == ["heartbeat_worker.js"]
    sign_in(page, live_server_process, "agent@demo.test")
    page.goto(f"{live_server_process.url}/console/")
    expect(page.locator("#connection-words")).to_have_text("Connected", timeout=15_000)
    assert [worker.url.rsplit("/", 1)[1] for worker in page.workers] == ["heartbeat_worker.js"]
    assert visit.complaints == [], "no policy was in the way"


def test_a_server_that_is_away_is_examined_after_five_tries_and_found_again(
    live_server_process: ServerProcess, page: Page, cut_off: Callable[[bool], None]
) -> None:
    page.add_init_script(QUICK_THEN_SLOW)
    visit = Visit(page, watch(page))
    page.goto(f"{live_server_process.url}/demo/")
    with page.expect_response(re.compile("widget/report.js"), timeout=30_000):
        visit.open()
    cut_off(True)
    banner = visit.frame.locator("#banner")
    expect(banner.get_by_role("button", name="Details")).to_be_visible(timeout=30_000)
    expect(banner).to_contain_text("The server cannot be reached.")
    visit.say("Are you there?")
    expect(visit.bubbles("visitor").last).to_contain_text("Waiting to be sent")
    banner.get_by_role("button", name="Details").click()
    report = visit.frame.get_by_role("dialog", name="How the connection is")
    expect(report.locator(".report__check--failed")).to_contain_text("The server answers")
    report.get_by_role("button", name="Close").click()
    cut_off(False)
    banner.get_by_role("button", name="Retry").click()
    visit.expect_connection("connected")
    expect(banner).to_be_hidden()
    expect(visit.frame.locator("#banner-live")).to_have_text("Connected again.")
    expect(visit.bubbles("visitor")).to_have_count(1)
    expect(visit.bubbles("bot").last).to_be_visible()


def test_the_test_page_logs_the_connection_to_the_console_on_wish_without_what_was_written(
    live_server_process: ServerProcess, page: Page
) -> None:
    lines: list[str] = []
    page.on("console", lambda line: lines.append(line.text))
    widget = open_test(page, live_server_process)
    page.get_by_label("Log the connection to the browser’s console").check()
    with page.expect_console_message(lambda line: "complete received" in line.text):
        widget.get_by_label("Write a message").fill("How long does delivery take?")
        widget.get_by_label("Write a message").press("Enter")
    told = [line for line in lines if line.startswith("[parley ")]
    assert any("accepted received" in line and '"connection_id":"' in line for line in told)
    assert not any("delivery" in line or "eyJ" in line for line in told)
    page.get_by_label("Log the connection to the browser’s console").uncheck()
    assert page.evaluate("localStorage.getItem('parley:debug')") is None
