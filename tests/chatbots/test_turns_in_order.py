"""Answers come in the order of the questions, also where one takes long."""

import asyncio
import uuid

import pytest
from asgiref.sync import sync_to_async

from chatbots.turns.registry import Running, keep_running_in_order, list_running
from tests.cast import Cast
from tests.chatbots.streams import QUESTION, begin_reply, make_streaming_cast
from tests.provider import Script

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider", "closing_clients")]


@pytest.fixture
async def cast() -> Cast:
    return await sync_to_async(make_streaming_cast)()


async def test_a_question_asked_in_the_middle_of_a_reply_is_answered_after_it(cast, provider) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    provider.play(Script("As I said."))

    await visit.socket.say(QUESTION, session_id=visit.session)
    await visit.socket.expect("accepted")
    before = await visit.socket.settle()
    visit.gate.open()
    await visit.socket.expect("complete", turn_id=visit.turn_id)
    second = await visit.socket.expect("complete")

    assert "working" not in [frame["type"] for frame in before], "the second turn waits"
    assert second["turn_id"] != visit.turn_id
    log = await visit.read_log()
    assert [sender for sender, _, _ in log] == ["visitor", "visitor", "bot", "bot"]
    assert log[2][1].startswith("It takes")
    assert log[3][1] == "As I said."


async def test_a_turn_that_waits_can_be_cancelled_and_leaves_nothing(cast, provider) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    await visit.socket.say(QUESTION, session_id=visit.session)
    await visit.socket.expect("accepted")
    waiting = next(running for running in list_running() if str(running.job.turn_id) != visit.turn_id)

    turn_id = str(waiting.job.turn_id)
    await visit.socket.send("cancel", session_id=visit.session, turn_id=turn_id)
    await visit.socket.expect("complete", turn_id=turn_id, outcome="cancelled")
    visit.gate.open()
    await visit.socket.expect("complete", turn_id=visit.turn_id, outcome="answered")
    after = await visit.socket.settle()

    assert [frame for frame in after if frame.get("turn_id") == turn_id] == []
    assert [sender for sender, _, _ in await visit.read_log()] == ["visitor", "visitor", "bot"]


async def test_a_turn_that_breaks_does_not_hold_up_the_next(cast, provider) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    running = next(iter(list_running()))
    running.job = running.job  # the conversation that is busy
    done = asyncio.Event()
    other = Running(running.job)

    async def work() -> None:
        done.set()

    async def break_down() -> None:
        raise RuntimeError(str(uuid.uuid4()))

    keep_running_in_order(Running(running.job), break_down)
    keep_running_in_order(other, work)
    assert not done.is_set()
    visit.gate.open()
    await asyncio.wait_for(done.wait(), 10)
