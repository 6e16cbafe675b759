"""The console's page: who may open it, and what stands there before any script runs."""

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from handoff.views.console import say_clock
from tests.cast import Cast, make_conversation, make_visitor

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def data_of(page: Any) -> dict[str, Any]:
    found = re.search(
        rb'<script id="console-data" type="application/json">(.*?)</script>', page.content, re.DOTALL
    )
    assert found
    data: dict[str, Any] = json.loads(found[1])
    return data


def test_strangers_are_asked_to_sign_in(cast: Cast, client: Client) -> None:
    answer = client.get("/console/")
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/login/?next=/console/")


def test_whoever_belongs_to_no_organisation_is_told_to_join_one(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.newcomer).get("/console/", follow=True)
    assert page.status_code == 200
    assert b"ask an owner to invite newcomer@example.test" in page.content


@pytest.mark.parametrize(
    ("person", "tabs"),
    [
        ("agent", ["Waiting", "My chats", "History"]),
        ("supervisor", ["Waiting", "My chats", "All", "History"]),
        ("owner", ["Waiting", "My chats", "All", "History"]),
    ],
)
def test_only_those_who_read_everything_have_all(
    cast: Cast, sign_in: SignIn, person: str, tabs: list[str]
) -> None:
    page = sign_in(cast.acme.people[person]).get("/console/")
    assert [name for _, name, _ in page.context["tabs"]] == tabs
    agents = sign_in(cast.acme.people[person]).get("/console/?tab=all")
    assert agents.context["tab"] == ("all" if "All" in tabs else "waiting")


def test_the_queue_is_there_without_any_script(cast: Cast, sign_in: SignIn) -> None:
    make_conversation(make_visitor(cast.acme.bot, name="Vera"), "My parcel is broken", handoff=True)
    make_conversation(make_visitor(cast.rival.bot, name="Rita"), "Foreign words", handoff=True)
    page = sign_in(cast.acme.agent).get("/console/").content.decode()
    assert "Vera" in page
    assert "My parcel is broken" in page
    assert "Asked for a person." in page
    assert "Place 1 · 2 messages · Acme Shop" in page
    assert "Rita" not in page
    assert "Foreign words" not in page


def test_ones_own_chats_are_there_too(cast: Cast, sign_in: SignIn) -> None:
    mine = make_conversation(make_visitor(cast.acme.bot, name="Vera"), agent=cast.acme.agent)
    make_conversation(make_visitor(cast.acme.bot, name="Somebody else's"), agent=cast.acme.agent2)
    page = sign_in(cast.acme.agent).get("/console/?tab=mine")
    assert [row["session_id"] for row in page.context["tickets"]] == [str(mine.pk)]
    assert [row["session_id"] for row in data_of(page)["mine"]] == [str(mine.pk)]
    assert b"Somebody else" not in page.content


@pytest.mark.parametrize("tab", ["", "waiting", "mine", "history", "nonsense", "%00", "all&tab=x"])
def test_it_takes_few_queries_at_any_number_of_rows(
    cast: Cast, sign_in: SignIn, tab: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(12):
        make_conversation(make_visitor(cast.acme.bot), handoff=True)
        make_conversation(make_visitor(cast.acme.bot), agent=cast.acme.agent)
    browser = sign_in(cast.acme.agent)
    with django_assert_max_num_queries(10):
        assert browser.get(f"/console/?tab={tab}").status_code == 200


def test_strangers_words_are_words(cast: Cast, sign_in: SignIn) -> None:
    bad = "</script><img src=x onerror=alert(1)>"
    make_conversation(make_visitor(cast.acme.bot, name=bad), bad, handoff=True)
    page = sign_in(cast.acme.agent).get("/console/")
    assert b"<img src=x" not in page.content
    assert data_of(page)["waiting"][0]["visitor"]["name"] == bad


def test_an_empty_queue_says_what_will_happen(cast: Cast, sign_in: SignIn) -> None:
    page = sign_in(cast.acme.agent).get("/console/").content.decode()
    assert "Nobody is waiting" in page
    assert re.search(r'<div data-empty="waiting">', page)


def test_only_reading_is_allowed(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.acme.agent).post("/console/").status_code == 405


@pytest.mark.parametrize(("seconds", "text"), [(-3, "0:00"), (42, "0:42"), (725, "12:05"), (3729, "1:02:09")])
def test_durations_read_like_a_clock(seconds: int, text: str) -> None:
    assert say_clock(seconds) == text
