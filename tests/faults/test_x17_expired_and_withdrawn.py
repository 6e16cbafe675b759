"""X17: a token expires or a membership is withdrawn in the middle: closed with its code within 5 s, refreshed, resumed."""

import asyncio
import random

import pytest
from playwright.sync_api import BrowserContext, expect

from core.tokens import issue_signed_token, read_token
from tests.faults.browser import Shop, check_tabs, wait_for
from tests.faults.fault import Fault
from tests.faults.people import find_waiting, make_agents, open_console, sign_in, withdraw
from tests.faults.stage import Stage
from tests.server import DEMO_PASSWORD, ServerProcess
from tests.sockets import ChatSocket, RefusedError

WITHIN = 5
# The shortest life in which a page can be opened on a busy machine.
LIFE = 4
MEMBER = "fault-agent-0@demo.test"
QUESTION = "How long does delivery take?"


def shorten(token: str, *, seconds: int) -> str:
    """The same visitor's token, good for a moment only."""
    claims = read_token(token, audiences=("visitor",))
    return issue_signed_token(audience="visitor", bearer=claims.bearer, bot=claims.bot, seconds=seconds)


async def test_a_token_expires_and_its_socket_is_closed_refreshed_and_resumed(
    embedded: Stage, fault: Fault
) -> None:
    [token] = await embedded.make_visitors(1)
    url = embedded.urls[0]
    client = fault.client(url, token=shorten(token, seconds=LIFE))
    await client.start()
    client.say("before")
    await client.settle()
    fault.begin()
    await client.until(lambda: client.losses, seconds=LIFE + WITHIN, what="the socket is closed")
    assert client.losses[0][1] == 4401
    with pytest.raises(AssertionError):
        await client.until(lambda: client.is_ready, seconds=1, what="let in with the old token")
    client.token = token
    client.say("after, with a new token")
    await client.settle()
    fault.recovered()
    await fault.check(embedded)


async def test_a_withdrawn_member_is_closed_and_comes_back_when_invited_again(
    distributed: Stage, fault: Fault, rng: random.Random
) -> None:
    """Nothing that happens in between reaches them; their conversation goes on for the visitor."""
    url = rng.choice(distributed.urls)
    [token] = make_agents(distributed.webs[0], 1)
    [visitor] = await fault.visitors(distributed, 1)
    visitor.say("I would like to talk to a person")
    await visitor.until(lambda: visitor.states, seconds=10, what="waiting for a person")
    console = await open_console(url, token)
    owner = await distributed.sign_in("owner@demo.test")
    await asyncio.to_thread(withdraw, distributed.urls[0], MEMBER, owner_token=owner)
    fault.begin()
    assert await console.expect_close(seconds=WITHIN) == 4403
    visitor.say("Is anybody there?")
    await visitor.settle()
    with pytest.raises(RefusedError):
        await ChatSocket.connect(url, path="/ws/agent/", token=token)
    await asyncio.to_thread(make_agents, distributed.webs[0], 1)
    again = await open_console(url, token)
    fault.recovered()
    assert await find_waiting(url, token, visitor.session)
    await again.close()
    await fault.check(distributed)


@pytest.fixture
def hurried(embedded: Stage) -> ServerProcess:
    """A server whose visitors' tokens last seconds."""
    return embedded.start_web(VISITOR_TOKEN_SECONDS=str(LIFE))


def test_the_widget_gets_a_new_token_by_itself_and_goes_on(
    context: BrowserContext, embedded: Stage, hurried: ServerProcess
) -> None:
    shop = Shop(context, embedded, url=hurried.url)
    tab = shop.open_tab()
    tab.say(QUESTION)
    tab.expect_sent(QUESTION)
    first = len(tab.sockets)
    wait_for(tab.page, lambda: len(tab.sockets) > first, what="a new socket", seconds=LIFE + WITHIN + 5)
    tab.expect_connection("connected")
    tab.say("with the next token")
    check_tabs(embedded, [tab])


def test_the_console_says_that_its_user_was_withdrawn(context: BrowserContext, embedded: Stage) -> None:
    make_agents(embedded.webs[0], 1)
    page = context.new_page()
    page.goto(f"{embedded.urls[0]}/accounts/login/?next=/console/")
    page.get_by_label("Email").or_(page.get_by_label("E-mail")).first.fill(MEMBER)
    page.locator("[name=password]").fill(DEMO_PASSWORD)
    page.locator("[name=password]").press("Enter")
    expect(page.locator("#connection-words")).to_have_text("Connected")
    withdraw(embedded.urls[0], MEMBER, owner_token=sign_in(embedded.urls[0], "owner@demo.test"))
    expect(page.locator("#console[data-connection=failed]")).to_have_count(1, timeout=WITHIN * 1_000)
    expect(page.locator("#connection-words")).not_to_have_text("Connected")
