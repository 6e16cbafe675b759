"""Thumbs under the bot's replies: kept with them, shown to all, and what the owner's rule makes of one that goes down."""

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from config.asgi import application
from conversations.models import Conversation, Message
from handoff.actions.accept_handoff import accept_handoff
from handoff.actions.request_handoff import request_handoff
from tests.cast import Cast, issue_token, issue_visitor_token, make_cast
from tests.chatbots.choosing import publish_with, read_log, visit
from tests.embed.polls import Poller
from tests.sockets import ChatSocket

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def cast() -> Cast:
    return await sync_to_async(make_cast)()


async def ask(socket: ChatSocket) -> str:
    await socket.say("How can I pay?")
    return str((await socket.expect("complete", outcome="answered"))["session_id"])


async def judge(socket: ChatSocket, session: str, value: int, **fields: Any) -> None:
    await socket.send("feedback", **{"session_id": session, "seq": 2, "value": value, **fields})


async def read_thumb(session: str) -> tuple[int, str]:
    row = await sync_to_async(Message.objects.get)(conversation_id=session, seq=2)
    return row.feedback, row.feedback_text


async def test_a_thumb_is_kept_with_the_reply_and_shown_to_everybody_there(cast: Cast) -> None:
    visitor, socket = await visit(cast)
    session = await ask(socket)
    elsewhere = await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor))
    await elsewhere.expect("ready")
    await judge(socket, session, 1, text="  Just what I wanted. ")
    for one in (socket, elsewhere):
        row = (await one.expect("message"))["message"]
        assert (row["seq"], row["feedback"], row["feedback_text"]) == (2, 1, "Just what I wanted.")
        assert row["state"] == "sent"
    assert await read_thumb(session) == (1, "Just what I wanted.")
    assert len(await read_log(session)) == 2, "a thumb up needs no answer"
    await elsewhere.close()


async def test_who_was_away_learns_of_it(cast: Cast) -> None:
    visitor, socket = await visit(cast)
    session = await ask(socket)
    await judge(socket, session, 1)
    await socket.expect("message")
    later = await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor))
    await later.send("session_sync", session_id=session, after_seq=2)
    assert (await later.expect("message"))["message"]["feedback"] == 1
    await later.close()


async def test_a_thumb_down_offers_a_person_once_however_often_it_is_sent(cast: Cast) -> None:
    _, socket = await visit(cast)
    session = await ask(socket)
    await judge(socket, session, -1)
    offer = await socket.expect("message", "saved")
    while offer["message"]["seq"] == 2:
        offer = await socket.expect("message", "saved")
    assert offer["message"]["parts"][0]["buttons"][0]["id"] == "request_agent"
    await judge(socket, session, -1)
    again = await socket.expect("message")
    assert (again["message"]["seq"], again["message"]["feedback"]) == (2, -1)
    await judge(socket, session, -1, text="It is about gift cards.")
    await socket.expect("message")
    assert len(await read_log(session)) == 3
    assert await read_thumb(session) == (-1, "It is about gift cards.")
    await judge(socket, session, 1)
    assert (await socket.expect("message"))["message"]["feedback"] == 1
    assert await read_thumb(session) == (1, "")


async def test_an_owner_may_have_a_person_fetched_at_once(cast: Cast) -> None:
    await publish_with(cast, rules=[{"name": "thumbs_down", "on": True, "outcome": "hand_off"}])
    _, socket = await visit(cast)
    session = await ask(socket)
    await judge(socket, session, -1)
    assert (await socket.expect("state"))["state"] == "waiting"
    senders = [sender for sender, _ in await read_log(session)]
    assert senders == ["visitor", "bot", "bot", "system"]


async def test_an_owner_may_have_nothing_done(cast: Cast) -> None:
    await publish_with(cast, rules=[{"name": "thumbs_down", "on": False}])
    _, socket = await visit(cast)
    session = await ask(socket)
    await judge(socket, session, -1)
    await socket.expect("message")
    await socket.settle()
    assert len(await read_log(session)) == 2


async def test_while_a_person_has_the_conversation_a_thumb_is_only_kept(cast: Cast) -> None:
    _, socket = await visit(cast)
    session = await ask(socket)

    def accept() -> None:
        handoff = request_handoff(conversation_id=uuid.UUID(session), reason="")
        assert handoff is not None
        accept_handoff(membership=cast.acme.membership_of(cast.acme.agent), handoff_id=handoff.pk)

    await sync_to_async(accept)()
    before = len(await read_log(session))
    async with await ChatSocket.connect_inside(
        application, path="/ws/agent/", token=issue_token(cast.acme.agent)
    ) as agent:
        await agent.expect("ready")
        await judge(socket, session, -1, text="Wrong.")
        row = (await agent.expect("message"))["message"]
        assert (row["seq"], row["feedback"], row["feedback_text"]) == (2, -1, "Wrong.")
    assert len(await read_log(session)) == before


@pytest.mark.parametrize("seq", [1, 3, 0, -1, 2**40])
async def test_only_the_bots_own_replies_can_be_judged(cast: Cast, seq: int) -> None:
    _, socket = await visit(cast)
    session = await ask(socket)
    await judge(socket, session, 1, seq=seq)
    await socket.expect_error("not_found")


@pytest.mark.parametrize(
    "fields", [{"value": 0}, {"value": 2}, {"value": "up"}, {"text": "x" * 1001}, {"text": "\x00"}]
)
async def test_what_is_no_thumb_is_invalid_and_leaves_nothing(cast: Cast, fields: dict[str, Any]) -> None:
    _, socket = await visit(cast)
    session = await ask(socket)
    await socket.send("feedback", **{"session_id": session, "seq": 2, "value": 1, **fields})
    await socket.expect_error("invalid")
    assert await read_thumb(session) == (0, "")


async def test_another_visitor_of_the_same_bot_cannot_judge(cast: Cast) -> None:
    _, socket = await visit(cast)
    session = await ask(socket)
    _, stranger = await visit(cast)
    await judge(stranger, session, -1)
    await stranger.expect_error("not_found")
    assert await read_thumb(session) == (0, "")


async def test_thumbs_work_without_a_socket(cast: Cast) -> None:
    visitor, socket = await visit(cast)
    session = await ask(socket)
    async with Poller(issue_visitor_token(visitor)) as poller:
        known = (await poller.poll(session_id=session, after_seq=2)).json()["version"]
        body = {"type": "feedback", "session_id": session, "seq": 2, "value": 1}
        assert (await poller.post(**body)).status_code == 200
        page = (await poller.poll(session_id=session, after_seq=2, version=known)).json()
        (row,) = [frame["message"] for frame in page["frames"] if frame["type"] == "message"]
        assert row["feedback"] == 1
        repeated = (await poller.post(**body)).json()["frames"]
        assert [frame["message"]["feedback"] for frame in repeated] == [1]
    assert await sync_to_async(Conversation.objects.filter(pk=session).exists)()
