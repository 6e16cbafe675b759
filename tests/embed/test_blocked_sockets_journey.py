"""The widget where the network lets no socket through: a conversation works anyway, and the page says how."""

import re
from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.embed.test_widget_journey import ANSWER, QUESTION, UNKNOWN, Agent
from tests.embed.visits import Visit, watch
from tests.server import ServerProcess

pytestmark = pytest.mark.journey

Block = Callable[[WebSocketRoute], None]


def swallow(route: WebSocketRoute) -> None:
    """The handshake passes and nothing ever comes through, as behind some proxies."""


def cut(route: WebSocketRoute) -> None:
    route.close()


def visit_blocked(page: Page, server: ServerProcess, block: Block = cut) -> Visit:
    visit = Visit(page, watch(page))
    page.route_web_socket(re.compile("/ws/chat/"), block)
    page.goto(f"{server.url}/demo/")
    visit.launcher.click()
    return visit


def expect_way(visit: Visit, via: str) -> None:
    root = visit.frame.locator("html")
    expect(root).to_have_attribute("data-via", via, timeout=45_000)
    expect(root).to_have_attribute("data-connection", "connected", timeout=45_000)


def test_where_sockets_are_cut_a_question_is_answered_and_a_person_fetched(
    live_server_process: ServerProcess, page: Page
) -> None:
    visit = visit_blocked(page, live_server_process)
    expect_way(visit, "poll")
    expect(visit.frame.locator("#banner")).to_contain_text("Connected, by a slower way")
    visit.say(QUESTION)
    expect(visit.bubbles("bot").last).to_contain_text(ANSWER)
    visit.say(UNKNOWN)
    expect(visit.frame.locator("html")).to_have_attribute("data-state", "waiting")
    agent = Agent(live_server_process)
    session_id = find_session(agent)
    handoff = agent.accept(session_id)
    expect(visit.frame.locator("#who")).to_have_text(f"{agent.name} is here")
    agent.write(session_id, "Hello, this is a person.")
    expect(visit.bubbles("agent").last).to_contain_text("Hello, this is a person.")
    expect(visit.frame.locator("#live")).to_contain_text("Hello, this is a person.")
    visit.say("Thank you, person.")
    expect(visit.bubbles("visitor").last).to_contain_text("Thank you, person.")
    agent.end(handoff)
    expect(visit.frame.locator("html")).to_have_attribute("data-state", "bot")
    texts = visit.bubbles("visitor").locator(".bubble__text").all_inner_texts()
    assert texts == [QUESTION, UNKNOWN, "Thank you, person."], "each once, in order"
    assert visit.complaints == []


def find_session(agent: Agent) -> str:

    answer = httpx.get(f"{agent.server.url}/api/v1/handoffs/waiting/", headers=agent.headers).json()
    return str(answer["results"][-1]["session_id"])


def test_where_sockets_are_swallowed_a_conversation_goes_on_over_a_reload(
    live_server_process: ServerProcess, page: Page
) -> None:
    visit = visit_blocked(page, live_server_process, swallow)
    expect_way(visit, "poll")
    visit.say(QUESTION)
    expect(visit.bubbles("bot").last).to_contain_text(ANSWER)
    page.reload()
    visit.launcher.click()
    expect(visit.bubbles("visitor")).to_have_count(0)
    expect_way(visit, "poll")
    expect(visit.bubbles("visitor")).to_have_count(1)
    expect(visit.bubbles("bot").last).to_contain_text(ANSWER)


def test_the_report_says_that_only_the_socket_is_in_the_way_and_can_be_copied(
    live_server_process: ServerProcess, page: Page
) -> None:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    visit = visit_blocked(page, live_server_process)
    expect_way(visit, "poll")
    visit.frame.get_by_role("button", name="Details").click()
    report = visit.frame.get_by_role("dialog", name="How the connection is")
    expect(report.get_by_role("status")).to_contain_text("by a slower way", timeout=20_000)
    expect(report.locator(".report__check--failed")).to_have_count(1)
    expect(report.locator(".report__check--failed")).to_contain_text("A live connection can be opened")
    expect(report.locator(".report__check--passed")).to_have_count(7)
    report.get_by_role("button", name="Copy report").click()
    expect(report.get_by_role("status")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert "FAILED A live connection can be opened" in copied
    assert "eyJ" not in copied, "no token"
    page.keyboard.press("Escape")
    expect(report).to_have_count(0)
    expect(visit.frame.get_by_role("button", name="Details")).to_be_focused()
