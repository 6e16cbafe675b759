"""The chat without a socket: what is posted joins the same log, and a poll ends as soon as there is news."""

import asyncio
import time
import uuid
from datetime import timedelta

import pytest
from asgiref.sync import sync_to_async
from django.db import transaction
from django.utils import timezone

from config.asgi import application
from conversations.access import read_page
from conversations.actions.post_message import post_messages_in_transaction
from conversations.delivery import publish_frame
from conversations.listening import end_listeners
from conversations.models import Conversation, Message, Turn
from conversations.writer.items import FinishTurn, NewMessage
from embed.polling import snapshot
from embed.polling.waiting import _waiting as waiting_polls
from handoff.actions.accept_handoff import accept_handoff
from handoff.actions.request_handoff import request_handoff
from tests.cast import issue_visitor_token, make_cast, make_conversation, make_visitor
from tests.embed.polls import Poller, texts_of, types_of
from tests.sockets import ChatSocket

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION, REPLY = "How long does delivery take?", "Two to four working days."


@pytest.fixture
async def cast():
    return await sync_to_async(make_cast)()


@pytest.fixture
async def visitor(cast):
    return await sync_to_async(make_visitor)(cast.acme.bot)


async def poll_until(poller: Poller, kind: str, **query) -> tuple[list[str], list[str]]:
    """Poll on as a client does, until a frame of that kind: all kinds and all texts that came."""
    kinds, texts, query = [], [], {"after_seq": 0, "version": "", **query}
    async with asyncio.timeout(15):
        while kind not in kinds:
            answer = await poller.poll(**query)
            assert answer.status_code == 200, answer.text
            kinds += types_of(answer)
            texts += texts_of(answer)
            synced = answer.json()["frames"][0]
            query |= {"version": answer.json()["version"]}
            if synced["messages"]:
                query["after_seq"] = synced["messages"][-1]["seq"]
    return kinds, texts


async def test_the_first_poll_says_what_a_socket_says_first(visitor):
    async with Poller(issue_visitor_token(visitor)) as poller:
        answer = await poller.poll()
        (ready,) = answer.json()["frames"]
        assert (ready["type"], ready["protocol"], ready["bot"]["slug"]) == ("ready", "parley.v1", "acme-shop")
        assert ready["sessions"] == []
        await poller.say(QUESTION)
        (ready,) = (await poller.poll()).json()["frames"]
        assert [session["last_message"] for session in ready["sessions"]]


async def test_a_posted_message_is_stored_acknowledged_and_answered_by_the_bot(visitor):
    async with Poller(issue_visitor_token(visitor)) as poller:
        client_id = str(uuid.uuid4())
        accepted = (await poller.say(QUESTION, client_id=client_id)).json()
        session = accepted["session_id"]
        assert (accepted["client_id"], accepted["seq"]) == (client_id, 1)
        assert accepted["frames"] == [
            {"type": "accepted", "client_id": client_id, "session_id": session, "seq": 1}
        ]
        kinds, texts = await poll_until(poller, "complete", session_id=session, wait_s=10)
        assert texts == [QUESTION, REPLY]
        assert kinds[0] == "session_synced"
        second = (await poller.say("How can I pay?", session_id=session)).json()
        assert (second["session_id"], second["seq"]) == (session, 3)


async def test_the_same_client_id_again_is_never_stored_twice_whichever_way_it_comes(visitor):
    token, client_id = issue_visitor_token(visitor), str(uuid.uuid4())
    async with Poller(token) as poller, await ChatSocket.connect_inside(application, token=token) as socket:
        first = (await poller.say(QUESTION, client_id=client_id)).json()
        again = (await poller.say(QUESTION, client_id=client_id)).json()
        await socket.say(QUESTION, client_id=client_id)
        by_socket = await socket.expect("accepted", client_id=client_id)
        places = {(answer["session_id"], answer["seq"]) for answer in (first, again, by_socket)}
        assert len(places) == 1
    assert await sync_to_async(Message.objects.filter(sender="visitor").count)() == 1
    assert await sync_to_async(Conversation.objects.count)() == 1


async def settle(poller: Poller, text: str = QUESTION) -> tuple[str, dict[str, object]]:
    """A conversation in which nothing goes on: its id, and the query of the next poll."""
    session = (await poller.say(text)).json()["session_id"]
    await poll_until(poller, "complete", session_id=session, wait_s=10)
    at_rest = await poller.poll(session_id=session, after_seq=2, wait_s=0)
    return session, {"session_id": session, "after_seq": 2, "version": at_rest.json()["version"]}


async def until_waiting(*polls: "asyncio.Task[object]") -> None:
    """Return once all of them wait for news."""
    async with asyncio.timeout(5):
        while sum(len(listeners) for listeners in waiting_polls.values()) < len(polls):
            assert not any(poll.done() for poll in polls)
            await asyncio.sleep(0)


async def test_a_poll_waits_until_somebody_writes_and_then_ends_at_once(visitor):
    token = issue_visitor_token(visitor)
    async with Poller(token) as poller, await ChatSocket.connect_inside(application, token=token) as socket:
        session, query = await settle(poller)
        waiting = asyncio.create_task(poller.poll(**query, wait_s=20))
        await until_waiting(waiting)
        assert not waiting.done()
        await socket.say("Thanks", session_id=session)
        async with asyncio.timeout(5):
            assert texts_of(await waiting)[0] == "Thanks"


async def test_a_poll_without_news_ends_when_its_time_is_over_with_the_same_version(visitor):
    async with Poller(issue_visitor_token(visitor)) as poller:
        _, query = await settle(poller)
        began = time.monotonic()
        answer = await poller.poll(**query, wait_s=0.4)
        assert time.monotonic() - began >= 0.4
        assert types_of(answer) == ["session_synced"]
        assert texts_of(answer) == []
        assert answer.json()["version"] == query["version"]
        assert answer.json()["frames"][0]["head_seq"] == 2


async def test_a_message_whose_hint_was_lost_is_in_the_answer_all_the_same(visitor, monkeypatch, settings):
    settings.POSITION_CHECK_SECONDS = 0.3
    monkeypatch.setattr("conversations.delivery.message_event", lambda written: {"type": "nothing"})
    monkeypatch.setattr("conversations.listening.Listener._hear", lambda listener, event: None)
    async with Poller(issue_visitor_token(visitor)) as poller:
        session, query = await settle(poller)
        waiting = asyncio.create_task(poller.poll(**query, wait_s=20))
        await poller.say("Thanks", session_id=session)
        async with asyncio.timeout(5):
            assert texts_of(await waiting)[0] == "Thanks"


async def test_a_new_owner_ends_the_poll_and_says_who_it_is(cast, visitor):
    async with Poller(issue_visitor_token(visitor)) as poller:
        session, query = await settle(poller)
        waiting = asyncio.create_task(poller.poll(**query, wait_s=20))
        await poller.post(type="request_agent", session_id=session)
        async with asyncio.timeout(5):
            answer = (await waiting).json()
        state = next(frame for frame in answer["frames"] if frame["type"] == "state")
        assert (state["state"], state["position"]) == ("waiting", 1)
        asked_again = await poller.post(type="request_agent", session_id=session)
        assert types_of(asked_again) == ["state"]
        query |= {"version": answer["version"], "after_seq": answer["frames"][0]["head_seq"]}
        waiting = asyncio.create_task(poller.poll(**query, wait_s=20))

        def accept() -> None:
            membership = cast.acme.membership_of(cast.acme.agent)
            handoff = request_handoff(conversation_id=uuid.UUID(session), reason="again")
            assert handoff
            accept_handoff(membership=membership, handoff_id=handoff.pk)

        await sync_to_async(accept)()
        async with asyncio.timeout(20):
            answer = (await waiting).json()
        state = next(frame for frame in answer["frames"] if frame["type"] == "state")
        assert (state["state"], state["agent"]["name"]) == ("agent", "Agent")


async def test_a_running_turn_is_shown_and_its_end_is_told_once(visitor):
    async with Poller(issue_visitor_token(visitor)) as poller:
        _, query = await settle(poller)
        turn = await sync_to_async(Turn.objects.get)()
        await sync_to_async(Turn.objects.filter(pk=turn.pk).update)(state="running")
        answer = await poller.poll(**query, wait_s=0)
        assert types_of(answer)[:2] == ["session_synced", "working"]
        query["version"] = answer.json()["version"]
        assert types_of(await poller.poll(**query, wait_s=0)) == ["session_synced"]
        await sync_to_async(Turn.objects.filter(pk=turn.pk).update)(state="complete")
        answer = await poller.poll(**query, wait_s=20)
        complete = answer.json()["frames"][-1]
        assert (complete["type"], complete["turn_id"], complete["outcome"]) == (
            "complete", str(turn.pk), "answered",
        )  # fmt: skip
        query["version"] = answer.json()["version"]
        assert types_of(await poller.poll(**query, wait_s=0)) == ["session_synced"]


async def test_an_agent_who_types_is_seen_and_ones_own_typing_is_not(cast, visitor):
    conversation = await sync_to_async(make_conversation)(visitor, agent=cast.acme.agent)
    session = str(conversation.pk)
    async with Poller(issue_visitor_token(visitor)) as poller:
        first = (await poller.poll(session_id=session)).json()
        query = {
            "session_id": session,
            "after_seq": first["frames"][0]["head_seq"],
            "version": first["version"],
        }
        waiting = asyncio.create_task(poller.poll(**query, wait_s=20))
        assert types_of(await poller.post(type="typing", session_id=session)) == []
        await until_waiting(waiting)
        publish_frame(
            conversation.pk, {"type": "typing", "on": True, "who": {"sender": "agent", "name": "Agent"}}
        )
        async with asyncio.timeout(5):
            frames = (await waiting).json()["frames"]
        assert [frame["who"]["sender"] for frame in frames if frame["type"] == "typing"] == ["agent"]


async def test_every_other_frame_is_answered_as_on_a_socket(visitor):
    async with Poller(issue_visitor_token(visitor)) as poller:
        session, _ = await settle(poller)
        pong = (await poller.post(type="ping", id="1", session_id=session)).json()["frames"][0]
        assert (pong["type"], pong["id"], pong["head_seq"]) == ("pong", "1", 2)
        synced = (await poller.post(type="session_sync", session_id=session)).json()["frames"][0]
        assert [message["seq"] for message in synced["messages"]] == [1, 2]
        assert types_of(await poller.post(type="read", session_id=session, seq=2)) == []
        assert types_of(await poller.post(type="end", session_id=session)) == []
    conversation = await sync_to_async(Conversation.objects.get)()
    assert (conversation.visitor_read_seq, conversation.state) == (2, "closed")


async def test_waiting_polls_are_answered_at_once_when_the_server_stops(visitor):
    async with Poller(issue_visitor_token(visitor)) as poller:
        _, query = await settle(poller)
        waiting = asyncio.create_task(poller.poll(**query, wait_s=20))
        await until_waiting(waiting)
        end_listeners()
        async with asyncio.timeout(5):
            assert types_of(await waiting) == ["session_synced"]


async def test_the_oldest_of_too_many_waiting_polls_makes_room(visitor, monkeypatch):
    monkeypatch.setattr("embed.polling.waiting.POLLS_OF_VISITOR", 2)
    async with Poller(issue_visitor_token(visitor)) as poller:
        _, query = await settle(poller)
        waiting = []
        for _ in range(3):
            waiting.append(asyncio.create_task(poller.poll(**query, wait_s=20)))
            await until_waiting(*waiting[-2:])
        async with asyncio.timeout(5):
            assert (await waiting[0]).status_code == 200
        assert not any(task.done() for task in waiting[1:])
        end_listeners()
        await asyncio.gather(*waiting)


async def test_a_turn_that_ends_while_a_poll_reads_is_never_complete_before_its_reply_is_there(
    visitor, monkeypatch
):
    async with Poller(issue_visitor_token(visitor)) as poller:
        session, query = await settle(poller)
        turn = await sync_to_async(make_running_turn)(session)

        def end_then_read(*given, **named):
            """The reply is committed between the poll's look at the turns and its look at the log."""
            if Turn.objects.filter(pk=turn.pk, state="running").exists():
                post_reply(turn)
            return read_page(*given, **named)

        monkeypatch.setattr(snapshot, "read_page", end_then_read)
        during = (await poller.poll(**query, wait_s=0)).json()
        after = (await poller.poll(**query | {"after_seq": 3, "version": during["version"]}, wait_s=0)).json()

    assert [frame["type"] for frame in during["frames"]] == ["session_synced"]
    assert [message["text"] for message in during["frames"][0]["messages"]] == ["Here it is."]
    assert [frame["type"] for frame in after["frames"]] == ["session_synced", "complete"]


def make_running_turn(session: str) -> Turn:
    conversation = Conversation.objects.get(pk=session)
    return Turn.objects.create(
        organisation_id=conversation.organisation_id,
        conversation=conversation,
        question_seq=1,
        owner_version=conversation.owner_version,
        lease_until=timezone.now() + timedelta(seconds=60),
    )


def post_reply(turn: Turn) -> None:
    reply = NewMessage(
        organisation_id=turn.organisation_id,
        conversation_id=turn.conversation_id,
        sender="bot",
        text="Here it is.",
        turn_id=turn.pk,
        owner_version=turn.owner_version,
        finishes=FinishTurn(turn.pk, "complete", "answered", {}),
    )
    with transaction.atomic():
        post_messages_in_transaction(reply)
