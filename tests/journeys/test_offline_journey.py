"""A visitor whose network, server, tabs and bot give way in the middle: nothing written is lost, and each state is shown."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Route, WebSocketRoute, expect

from tests.embed.visits import Visit, watch
from tests.provider import MODEL, Cut, Gate, Provider, Script, run_provider
from tests.server import ServerProcess, run_installation

pytestmark = [pytest.mark.journey, pytest.mark.timeout(180)]

QUESTION = "How long does delivery take?"
LET_A_MODEL_ANSWER = f"""
from chatbots.actions.edit_bot import edit_bot
from chatbots.actions.publish_bot import publish_bot
from chatbots.models import Chatbot
publish_bot(chatbot=edit_bot(chatbot=Chatbot.objects.get(slug="shop"), changes={{"model": "{MODEL}"}}), author=None)
"""


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with run_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def server(setup: str, provider: Provider) -> Iterator[ServerProcess]:
    """The demo shop, whose bot lets a model word its answers."""
    variables = {**provider.variables, "PARLEY_RATE_LIMITS": "off"}
    with run_installation(setup=setup, variables=variables) as installation:
        installation.server.manage("shell", "-v", "0", "-c", LET_A_MODEL_ANSWER)
        yield installation.server


@pytest.fixture
def open_tab(context: BrowserContext, server: ServerProcess) -> Callable[..., Visit]:
    def open_tab(*, connected: bool = True) -> Visit:
        page = context.new_page()
        complaints = watch(page)
        page.goto(f"{server.url}/demo/")
        visit = Visit(page, complaints)
        if connected:
            visit.open()
        else:
            visit.launcher.click()
        return visit

    return open_tab


def own_texts(visit: Visit) -> Any:
    return visit.bubbles("visitor").locator(".bubble__text")


def waiting(visit: Visit) -> Any:
    return visit.bubbles("visitor").get_by_text("Waiting to be sent")


def test_a_tab_that_is_closed_with_messages_waiting_leaves_them_to_another(
    open_tab: Callable[..., Visit], context: BrowserContext
) -> None:
    first, second = open_tab(), open_tab()
    first.say("one")
    expect(own_texts(second)).to_have_text(["one"])
    expect(second.frame.locator(".way")).to_have_text("Sent")
    context.set_offline(True)
    second.expect_connection("offline")
    first.say("two")
    second.say("three")
    for tab in (first, second):
        expect(own_texts(tab)).to_have_text(["one", "two", "three"])
        expect(waiting(tab)).to_have_count(2)
    first.page.close()
    context.set_offline(False)
    expect(waiting(second)).to_have_count(0)
    third = open_tab()
    for tab in (second, third):
        expect(own_texts(tab)).to_have_text(["one", "two", "three"])
    expect(third.frame.locator(".way")).to_have_text("Sent")


def test_a_server_that_restarts_while_one_types_costs_no_letter(
    open_tab: Callable[..., Visit], server: ServerProcess
) -> None:
    visit = open_tab()
    visit.say("before")
    expect(visit.frame.locator(".way")).to_have_text("Sent")
    field = visit.frame.get_by_label("Write a message")
    field.press_sequentially("typed while ")
    server.stop()
    visit.expect_connection("reconnecting")
    field.press_sequentially("it restarts")
    field.press("Enter")
    expect(waiting(visit)).to_be_visible()
    expect(visit.frame.locator("#live")).to_contain_text("Waiting to be sent: typed while it restarts")
    field.press_sequentially("and half a ")
    server.start()
    # After a long restart the tries have become seldom.
    root = visit.frame.locator("html")
    expect(root).to_have_attribute("data-connection", "connected", timeout=60_000)
    expect(own_texts(visit)).to_have_text(["before", "typed while it restarts"])
    expect(visit.frame.locator("#live")).to_contain_text("Sent: typed while it restarts")
    field.press_sequentially("sentence")
    field.press("Enter")
    expect(own_texts(visit)).to_have_text(["before", "typed while it restarts", "and half a sentence"])


def test_a_reply_is_stopped_by_keyboard_and_says_that_it_was(
    open_tab: Callable[..., Visit], provider: Provider
) -> None:
    gate = Gate()
    provider.play(Script("It takes two ", gate, "to three days [1]."))
    visit = open_tab()
    visit.say(QUESTION)
    expect(visit.bubbles("bot").last).to_contain_text("It takes two")
    stop = visit.frame.get_by_role("button", name="Stop the reply")
    # A moment later, so that it does not flash up for replies that are made at once.
    expect(stop).to_be_visible()
    visit.frame.get_by_label("Write a message").press("Tab")
    expect(stop).to_be_focused()
    stop.press("Enter")
    reply = visit.bubbles("bot").last
    expect(reply).to_contain_text("Stopped")
    expect(reply.locator(".bubble__text")).to_have_text("It takes two")
    expect(stop).to_be_hidden()
    expect(visit.frame.get_by_label("Write a message")).to_be_focused()
    expect(reply.get_by_role("button", name="Try again")).to_have_count(0)
    gate.open()
    visit.page.reload()
    visit.open()
    expect(visit.bubbles("bot").last).to_contain_text("Stopped")
    assert visit.complaints == []


def test_an_interrupted_reply_is_tried_again_and_the_half_one_folds_away_in_every_tab(
    open_tab: Callable[..., Visit], provider: Provider
) -> None:
    provider.play(Script("It takes two ", Cut()), Script("It takes two ", "to three days [1]."))
    first = open_tab()
    first.say(QUESTION)
    expect(first.bubbles("bot").last).to_contain_text("The reply was interrupted.")
    expect(first.frame.locator("#live")).to_contain_text("It takes two The reply was interrupted.")
    second = open_tab()
    again = second.bubbles("bot").last.get_by_role("button", name="Try again")
    again.focus()
    again.press("Enter")
    for tab in (first, second):
        expect(tab.bubbles("bot").last).to_contain_text("It takes two to three days")
        expect(tab.frame.get_by_text("The reply was interrupted.")).to_have_count(0)
        # The greeting and the one reply.
        expect(tab.bubbles("bot")).to_have_count(2)
        assert tab.complaints == []


def test_a_refused_message_says_why_and_is_tried_again_or_deleted_by_keyboard(
    open_tab: Callable[..., Visit], context: BrowserContext
) -> None:
    refused: list[str] = []

    def refuse_the_bad(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()

        def on_message(data: str | bytes) -> None:
            found = re.search(r'"client_id":"([^"]+)".*"text":"bad', str(data))
            if not found:
                return server.send(data)
            refused.append(found[1])
            error = (
                '{"type": "error", "code": "invalid", "detail": "That is not allowed.", "client_id": "%s"}'
            )
            return socket.send(error % found[1])

        socket.on_message(on_message)

    context.route_web_socket(re.compile("/ws/chat/"), refuse_the_bad)
    visit = open_tab()
    visit.say("bad one")
    visit.say("good one")
    failed = visit.frame.locator(".bubble--failed")
    expect(failed).to_contain_text("Not sent: That is not allowed.")
    expect(visit.frame.locator("#live")).to_contain_text("Not sent: That is not allowed. bad one")
    expect(own_texts(visit)).to_have_text(["good one", "bad one"])
    again = failed.get_by_role("button", name="Try again")
    again.focus()
    again.press("Enter")
    expect(failed).to_have_count(1)
    assert len(refused) == 2
    assert len(set(refused)) == 1
    failed.get_by_role("button", name="Delete").focus()
    visit.page.keyboard.press("Enter")
    expect(own_texts(visit)).to_have_text(["good one"])
    visit.page.reload()
    visit.open()
    expect(own_texts(visit)).to_have_text(["good one"])


def test_what_is_finished_with_enter_before_the_script_is_there_is_sent(
    open_tab: Callable[..., Visit], context: BrowserContext
) -> None:
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    context.route("**/static/widget/frame.js", hold)
    visit = open_tab(connected=False)
    field = visit.frame.get_by_label("Write a message")
    field.press_sequentially("typed early")
    field.press("Enter")
    expect(visit.frame.get_by_role("button", name="Send")).to_be_disabled()
    expect(visit.frame.get_by_text("Getting ready.")).to_be_visible()
    for route in held:
        route.continue_()
    expect(own_texts(visit)).to_have_text(["typed early"])
    expect(field).to_have_value("")
    expect(visit.frame.get_by_text("Getting ready.")).to_be_hidden()


def test_the_list_of_conversations_says_when_it_cannot_be_loaded_and_loads_on_wish(
    open_tab: Callable[..., Visit], context: BrowserContext
) -> None:
    visit = open_tab()
    visit.say("hello")
    expect(visit.frame.locator(".way")).to_have_text("Sent")
    visit.frame.get_by_role("button", name="Menu").click()
    visit.frame.get_by_role("button", name="Earlier conversations").click()
    expect(visit.frame.locator("#earlier-list button")).to_have_count(1)
    context.set_offline(True)
    visit.frame.get_by_role("button", name="Refresh").click()
    expect(visit.frame.get_by_text("could not be loaded")).to_be_visible()
    context.set_offline(False)
    visit.frame.get_by_role("button", name="Refresh").click()
    expect(visit.frame.get_by_text("could not be loaded")).to_be_hidden()
    expect(visit.frame.locator("#earlier-list button")).to_have_count(1)
