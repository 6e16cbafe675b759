"""X11: the same session in five tabs: all show the same, and each message has one bot turn."""

import random

import pytest
from playwright.sync_api import BrowserContext

from tests.faults.browser import Shop, check_tabs
from tests.faults.stage import Stage

TABS = 5
QUESTION = "How long does delivery take?"
TURNS = "SELECT question_seq FROM conversations_turn WHERE conversation_id IN_SESSIONS"


@pytest.fixture
def shop(context: BrowserContext, embedded: Stage) -> Shop:
    return Shop(context, embedded)


def test_five_tabs_show_the_same_and_each_message_has_one_turn(
    shop: Shop, embedded: Stage, rng: random.Random
) -> None:
    first = shop.open_tab()
    first.say(QUESTION)
    first.expect_sent(QUESTION)
    tabs = [first, *(shop.open_tab() for _ in range(TABS - 1))]
    assert {tab.session for tab in tabs} == {first.session}
    for number, tab in enumerate(rng.sample(tabs, TABS), 1):
        tab.say(f"{QUESTION} ({number})")
    check_tabs(embedded, tabs)
    turns = [row[0] for row in embedded.query_sessions(TURNS, [first.session])]
    assert len(turns) == len(set(turns)) == len(shop.texts)


def test_tabs_opened_at_once_are_one_visitor_and_one_session(
    shop: Shop, embedded: Stage, rng: random.Random
) -> None:
    """Two tabs that both write the first message of a new visitor: none is lost, and all see the same."""
    tabs = [shop.open_tab() for _ in range(2)]
    for tab in rng.sample(tabs, 2):
        tab.say(f"Hello from {tab.name}")
    for tab in tabs:
        tab.expect_sent(f"Hello from {tab.name}")
    visitors = embedded.query_sessions(
        "SELECT DISTINCT visitor_id FROM conversations_conversation WHERE id IN_SESSIONS",
        sorted({session for tab in tabs for session, _ in tab.acknowledged.values()}),
    )
    assert len(visitors) == 1
