"""Turns: they outlive their socket and their process, end once, and never talk over a person."""

import asyncio
import threading
import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from chatbots.engine.reply import Reply
from chatbots.turns import finish_running_turns, run_turn, sweep_turns, thinking
from chatbots.turns.job import make_job
from config.asgi import application
from conversations.models import Conversation, Message, Turn
from handoff.actions.accept_handoff import accept_handoff
from handoff.actions.request_handoff import request_handoff
from tests.cast import Cast, issue_visitor_token, make_cast, make_conversation, make_visitor
from tests.sockets import ChatSocket

pytestmark = pytest.mark.django_db(transaction=True)
QUESTION = "How long does delivery take?"


@pytest.fixture
async def cast() -> Cast:
    return await sync_to_async(make_cast)()


def make_lost_turn(cast: Cast, *, lease_over: float = 1.0, question: str = QUESTION, **fields: Any) -> Turn:
    """A turn whose process died `lease_over` seconds ago (at less than nothing: whose process lives)."""
    conversation = make_conversation(make_visitor(cast.acme.bot), question)
    return Turn.objects.create(
        id=uuid.uuid4(),
        organisation=cast.acme.organisation,
        conversation=conversation,
        question_seq=1,
        owner_version=conversation.owner_version,
        lease_until=timezone.now() - timedelta(seconds=lease_over),
        **fields,
    )


def read(turn: Turn) -> tuple[str, str, list[str]]:
    """State, outcome, and what the bot said in its conversation."""
    turn.refresh_from_db()
    said = Message.objects.filter(conversation_id=turn.conversation_id, sender="bot").order_by("seq")
    return turn.state, turn.outcome, [message.text for message in said]


async def sweep() -> int:
    taken = await sweep_turns()
    await finish_running_turns(seconds=20)
    return taken


@pytest.fixture
def hold_engine(monkeypatch):
    """Makes the engine wait: (it has begun, let it go on)."""
    begun, go_on = threading.Event(), threading.Event()
    real: Any = vars(thinking)["make_reply"]

    def wait(**arguments: Any) -> Reply:
        begun.set()
        assert go_on.wait(20)
        return real(**arguments)

    monkeypatch.setattr(thinking, "make_reply", wait)
    yield begun, go_on
    go_on.set()


async def wait_for(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, 20)


async def test_a_turn_whose_process_died_is_taken_up_and_answered(cast) -> None:
    turn = await sync_to_async(make_lost_turn)(cast)
    assert await sweep() == 1
    assert await sync_to_async(read)(turn) == ("complete", "answered", ["Two to four working days."])
    assert turn.trace["candidates"][0]["title"] == "Delivery time"
    assert await sweep() == 0


async def test_of_several_sweepers_one_takes_it_up_and_the_reply_lands_once(cast) -> None:
    lost = [await sync_to_async(make_lost_turn)(cast) for _ in range(3)]
    assert sum(await asyncio.gather(*(sweep_turns() for _ in range(4)))) == 3
    await finish_running_turns(seconds=20)
    for turn in lost:
        assert (await sync_to_async(read)(turn))[2] == ["Two to four working days."]


async def test_a_turn_that_lives_is_left_alone_and_so_is_one_that_ended(cast) -> None:
    await sync_to_async(make_lost_turn)(cast, lease_over=-10)
    await sync_to_async(make_lost_turn)(cast, state="complete", outcome="answered")
    assert await sweep() == 0


async def test_a_long_turn_that_still_runs_here_is_not_taken_for_lost(cast, hold_engine) -> None:
    begun, go_on = hold_engine
    turn = await sync_to_async(make_lost_turn)(cast)
    assert await sweep_turns() == 1
    await wait_for(begun)
    await sync_to_async(Turn.objects.update)(lease_until=timezone.now() - timedelta(seconds=1))
    assert await sweep_turns() == 0
    await sync_to_async(turn.refresh_from_db)()
    assert turn.lease_until > timezone.now()
    go_on.set()
    await finish_running_turns(seconds=20)
    assert (await sync_to_async(read)(turn))[2] == ["Two to four working days."]


async def test_a_turn_run_twice_leaves_one_reply_and_ends_as_the_first_left_it(cast, hold_engine) -> None:
    """Its process was slow rather than dead: both work the reply out, and one row joins the log."""
    begun, go_on = hold_engine
    turn = await sync_to_async(make_lost_turn)(cast)
    lost = await sync_to_async(Turn.objects.select_related("conversation").get)(pk=turn.pk)
    job = await sync_to_async(make_job)(lost)
    both = asyncio.gather(run_turn(job), run_turn(job))
    await wait_for(begun)
    go_on.set()
    await both
    assert await sync_to_async(read)(turn) == ("complete", "answered", ["Two to four working days."])


async def test_an_engine_that_breaks_leaves_a_message_and_says_what_happened_in_the_trace(
    cast, monkeypatch
) -> None:
    def fail(**_: Any) -> Reply:
        raise RuntimeError("the index is damaged")

    monkeypatch.setattr(thinking, "make_reply", fail)
    turn = await sync_to_async(make_lost_turn)(cast)
    await sweep()
    assert await sync_to_async(read)(turn) == ("failed", "failed", [thinking.TEXT_FAILED])
    (error,) = turn.trace["errors"]
    assert "RuntimeError" in error["detail"]
    assert error["hint"]
    assert "damaged" not in str(turn.trace)
    assert await sweep() == 0


@pytest.mark.parametrize("question", [QUESTION, "What is the meaning of life?"])
async def test_a_reply_begun_before_an_agent_accepted_is_dropped_and_its_turn_cancelled(
    cast, hold_engine, question
) -> None:
    begun, go_on = hold_engine
    turn = await sync_to_async(make_lost_turn)(cast, question=question)
    await sweep_turns()
    await wait_for(begun)

    def take_over() -> None:
        handoff = request_handoff(conversation_id=turn.conversation_id, reason="Asked for a person.")
        assert handoff is not None
        accept_handoff(membership=cast.acme.membership_of(cast.acme.agent), handoff_id=handoff.pk)

    await sync_to_async(take_over)()
    go_on.set()
    await finish_running_turns(seconds=20)
    assert await sync_to_async(read)(turn) == ("cancelled", "cancelled", [])
    await sync_to_async(Turn.objects.update)(lease_until=timezone.now() - timedelta(seconds=1))
    assert await sweep() == 0


async def test_a_turn_survives_its_socket(cast, hold_engine) -> None:
    begun, go_on = hold_engine
    visitor = await sync_to_async(make_visitor)(cast.acme.bot)
    socket = await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor))
    await socket.say(QUESTION)
    session = (await socket.expect("accepted"))["session_id"]
    await wait_for(begun)
    await socket.close()
    go_on.set()
    await finish_running_turns(seconds=20)
    async with await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor)) as again:
        await again.expect("ready")
        await again.send("session_sync", session_id=session, after_seq=0)
        synced = await again.expect("session_synced")
    assert [message["text"] for message in synced["messages"]] == [QUESTION, "Two to four working days."]


async def test_a_bot_that_does_not_know_hands_over_in_the_same_breath(cast) -> None:
    turn = await sync_to_async(make_lost_turn)(cast, question="What is the meaning of life?")
    await sweep()
    state, outcome, said = await sync_to_async(read)(turn)
    assert (state, outcome, len(said)) == ("complete", "handed_off", 1)
    conversation = await sync_to_async(Conversation.objects.get)(pk=turn.conversation_id)
    assert conversation.state == "waiting"


async def test_a_turn_whose_conversation_is_deleted_ends_quietly(cast, hold_engine) -> None:
    begun, go_on = hold_engine
    turn = await sync_to_async(make_lost_turn)(cast)
    await sweep_turns()
    await wait_for(begun)
    await sync_to_async(Conversation.objects.all().delete)()
    go_on.set()
    await finish_running_turns(seconds=20)
    assert not await sync_to_async(Turn.objects.filter(pk=turn.pk).exists)()
