"""The queue, live: every change reaches every console of the organisation, and nobody else."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from config.asgi import application
from handoff.actions.accept_handoff import accept_handoff
from handoff.actions.end_handoff import end_handoff
from handoff.models import HandoffSession
from organisations.models import User
from tests.cast import Cast, issue_token, issue_visitor_token, make_conversation, make_visitor
from tests.sockets import ChatSocket

pytestmark = pytest.mark.django_db(transaction=True)
in_thread = sync_to_async


async def open_console(user: User) -> ChatSocket:
    token = await in_thread(issue_token)(user)
    socket = await ChatSocket.connect_inside(application, path="/ws/agent/", token=token)
    await socket.expect("ready")
    return socket


async def make_waiting(cast: Cast, **fields: Any) -> HandoffSession:
    visitor = await in_thread(make_visitor)(cast.acme.bot, name="Vera")
    await in_thread(make_conversation)(visitor, "I need help", handoff=True)
    return await in_thread(HandoffSession.objects.get)(conversation__visitor=visitor)


async def test_a_new_one_shows_at_once_with_its_last_words(cast: Cast) -> None:
    consoles = [await open_console(user) for user in cast.acme.people.values()]
    handoff = await make_waiting(cast)
    for console in consoles:
        frame = await console.expect("queue", change="entered")
        row = frame["handoff"]
        assert (row["id"], row["position"], frame["waiting_count"]) == (str(handoff.pk), 1, 1)
        assert (row["last_message"], row["visitor"]["name"]) == ("I need help", "Vera")
        await console.close()


async def test_other_organisations_hear_nothing(cast: Cast) -> None:
    outsider = await open_console(cast.outsider)
    handoff = await make_waiting(cast)
    membership = await in_thread(cast.acme.membership_of)(cast.acme.agent)
    await in_thread(accept_handoff)(membership=membership, handoff_id=handoff.pk)
    await in_thread(end_handoff)(membership=membership, handoff_id=handoff.pk)
    assert await outsider.settle() == []
    await outsider.close()


async def test_agents_are_told_that_a_colleagues_left_and_no_more(cast: Cast) -> None:
    colleague, boss = await open_console(cast.acme.agent2), await open_console(cast.acme.supervisor)
    visitor = await in_thread(make_visitor)(cast.acme.bot, name="Vera")
    await in_thread(type(visitor).objects.filter(pk=visitor.pk).update)(
        phone="+49 123", page="https://x.test/"
    )
    await in_thread(make_conversation)(visitor, "My card is 4111", agent=cast.acme.agent)
    hidden = await colleague.expect("queue", change="left")
    assert hidden["handoff"]["last_message"] == ""
    assert (hidden["handoff"]["visitor"]["phone"], hidden["handoff"]["visitor"]["page"]) == ("", "")
    assert hidden["handoff"]["agent"]["name"] == "Agent"
    shown = await boss.expect("queue", change="left")
    assert shown["handoff"]["last_message"] == "My card is 4111"
    for console in (colleague, boss):
        await console.close()


async def test_those_behind_move_up_and_are_told(cast: Cast) -> None:
    first = await make_waiting(cast)
    person = await in_thread(make_visitor)(cast.acme.bot)
    await in_thread(make_conversation)(person, "Second", handoff=True)
    visitor = await ChatSocket.connect_inside(application, token=issue_visitor_token(person))
    await visitor.expect("ready")
    membership = await in_thread(cast.acme.membership_of)(cast.acme.agent)
    await in_thread(accept_handoff)(membership=membership, handoff_id=first.pk)
    assert (await visitor.expect("state"))["position"] == 1
    await visitor.close()


async def test_a_test_conversation_shows_on_no_console(cast: Cast) -> None:
    from conversations.actions.open_conversation import open_empty_conversation
    from handoff.actions.request_handoff import request_handoff

    console = await open_console(cast.acme.owner)
    visitor = await in_thread(make_visitor)(cast.acme.bot)
    trial = await in_thread(open_empty_conversation)(visitor=visitor, kind="test", channel="widget")
    await in_thread(request_handoff)(conversation_id=trial.pk, reason="")
    assert await console.settle() == []
    await console.close()
