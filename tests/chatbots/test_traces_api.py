"""What the bot made of each message, for owners and supervisors; and the button for a person outside the opening hours."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from handoff.models import HandoffSession
from organisations.models import User
from tests.cast import Cast, bearer, make_cast
from tests.chatbots.choosing import be_asked_back, choose, publish_with, read_log, unclear, visit
from tests.chatbots.engine.shelves import Shelf

__all__ = ["unclear"]
pytestmark = pytest.mark.django_db(transaction=True)
NEVER_OPEN = {"time_zone": "Europe/Berlin", "days": {}, "closed_on": []}


@pytest.fixture
async def cast() -> Cast:
    return await sync_to_async(make_cast)()


async def get_turns(session: str, user: User) -> Any:
    path = f"/api/v1/conversations/{session}/turns/"
    return await sync_to_async(lambda: Client().get(path, headers=bearer(user)))()


async def test_owners_and_supervisors_read_each_turn_with_its_trace_in_order(
    cast: Cast, unclear: Shelf
) -> None:
    _, socket = await visit(cast)
    session = await be_asked_back(socket)
    await choose(socket, "answer:2", session_id=session)
    await socket.expect("complete")
    for user in (cast.acme.owner, cast.acme.supervisor):
        answer = await get_turns(session, user)
        rows = answer.json()["results"]
        assert [(row["question_seq"], row["outcome"]) for row in rows] == [(1, "clarified"), (3, "answered")]
        assert [row["state"] for row in rows] == ["complete", "complete"]
        assert rows[0]["trace"]["candidates"][0]["title"] == "Lost card"
        assert rows[1]["trace"]["choice"] == "answer:2"
    assert (await get_turns(session, cast.acme.agent)).status_code == 404
    assert (await get_turns(session, cast.outsider)).status_code == 404


async def test_an_agent_reads_no_traces_of_a_conversation_that_waits(cast: Cast, unclear: Shelf) -> None:
    _, socket = await visit(cast)
    session = await be_asked_back(socket)
    await socket.send("request_agent", session_id=session)
    await socket.expect("state", state="waiting")
    assert (await get_turns(session, cast.acme.agent)).status_code == 403


@pytest.mark.parametrize(("outcome", "waits"), [("hand_off", True), ("answer", False)])
async def test_the_button_for_a_person_tells_of_the_opening_hours(
    cast: Cast, unclear: Shelf, outcome: str, waits: bool
) -> None:
    rule = {"name": "opening_hours", "on": True, "outcome": outcome, "text": "Nobody is here."}
    await publish_with(cast, opening_hours=NEVER_OPEN, rules=[rule])
    _, socket = await visit(cast)
    session = await be_asked_back(socket)
    await socket.send("request_agent", session_id=session)
    assert (await socket.expect("message"))["message"]["text"] == "Nobody is here."
    await socket.settle()
    handoffs = HandoffSession.objects.filter(conversation_id=session)
    assert await sync_to_async(handoffs.exists)() is waits
    assert ("bot", "Nobody is here.") in await read_log(session)
