"""Streamed turns whose process died, was slow, or is going down: kept, marked and told, once."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError
from django.db.models import F
from django.utils import timezone

from chatbots.turns import finish_running_turns, leases, registry, streaming, sweep_turns
from conversations.models import Turn
from tests.cast import Cast, make_conversation, make_visitor
from tests.chatbots.streams import QUESTION, Visit, begin_reply, closed_within, make_streaming_cast, types
from tests.provider import Gate, Script

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider", "closing_clients")]


@pytest.fixture
async def cast() -> Cast:
    return await sync_to_async(make_streaming_cast)()


async def lose(cast: Cast, **fields: Any) -> Visit:
    """A visitor whose turn a process took with it; their socket is on another."""

    def make() -> Visit:
        visitor = make_visitor(cast.acme.bot)
        conversation = make_conversation(visitor, QUESTION)
        past = timezone.now() - timedelta(seconds=1)
        turn = Turn.objects.create(
            organisation=cast.acme.organisation,
            conversation=conversation,
            question_seq=1,
            owner_version=conversation.owner_version,
            lease_until=past,
            **fields,
        )
        return Visit(visitor, None, Gate(), str(conversation.pk), str(turn.pk))  # type: ignore[arg-type]

    visit = await sync_to_async(make)()
    visit.socket = await visit.connect_again()
    return visit


async def sweep_at_once(times: int = 5) -> int:
    taken = sum(await asyncio.gather(*(sweep_turns() for _ in range(times))))
    await finish_running_turns(seconds=10)
    return taken


async def test_a_reply_that_died_half_said_is_kept_as_interrupted_and_told_once(cast, provider) -> None:
    visit = await lose(cast, text="It takes two", pieces=3)
    assert await sweep_at_once() == 1
    saved = await visit.socket.expect("saved", turn_id=visit.turn_id)
    assert (saved["message"]["text"], saved["message"]["state"]) == ("It takes two", "interrupted")
    assert saved["message"]["sender_name"] == cast.acme.bot.name
    await visit.socket.expect("complete", turn_id=visit.turn_id, outcome="failed")
    assert types(await visit.socket.settle()) == []
    assert [state for *_, state in await visit.read_log()] == ["sent", "interrupted"]
    turn = await visit.read_turn()
    assert (turn.state, turn.outcome) == ("interrupted", "failed")
    assert turn.trace["errors"][0]["hint"]
    assert provider.answers == []
    assert await sweep_at_once() == 0


async def test_of_two_sweepers_that_saw_the_same_lost_turn_one_gets_it(cast) -> None:
    turn = await (await lose(cast)).read_turn()
    assert [await sync_to_async(leases._claim)(turn) for _ in range(2)] == [True, False]


async def test_a_reply_that_died_before_its_first_word_is_made_again_under_the_same_turn(
    cast, provider
) -> None:
    provider.play(Script("Two to four days."))
    visit = await lose(cast)
    assert await sweep_at_once() == 1
    await visit.socket.expect("complete", turn_id=visit.turn_id, outcome="answered")
    assert len(provider.answers) == 1
    assert (await visit.read_log())[1][1] == "Two to four days."


@pytest.mark.parametrize("text", ["", "It takes two"])
async def test_a_cancelled_turn_that_nobody_runs_is_ended_by_the_sweep(cast, provider, text) -> None:
    visit = await lose(cast, text=text, cancelled_at=timezone.now())
    assert await sweep_at_once() == 1
    await visit.socket.expect("complete", turn_id=visit.turn_id, outcome="cancelled")
    assert [state for *_, state in await visit.read_log()][1:] == (["stopped"] if text else [])
    assert (await visit.read_turn()).state == "cancelled"
    assert provider.answers == []


async def test_cancelling_a_turn_that_nobody_runs_does_not_wait_for_its_lease(cast, provider) -> None:
    visit = await lose(cast, text="It takes two")
    await sync_to_async(Turn.objects.update)(lease_until=timezone.now() + timedelta(seconds=3600))
    await visit.cancel()
    await visit.socket.expect("complete", turn_id=visit.turn_id, outcome="cancelled", seconds=6)


async def test_a_process_that_was_slow_rather_than_dead_says_no_more(cast, provider, settings) -> None:
    """Another took its turn up meanwhile: its claim is not the row's any more."""
    settings.TURN_SAVE_SECONDS = 0.05
    visit = await begin_reply(cast, provider, "It takes ")
    await sync_to_async(Turn.objects.filter(pk=visit.turn_id).update)(claims=F("claims") + 1)
    assert await closed_within(provider) < 1
    await finish_running_turns(seconds=10)
    assert types(await visit.socket.settle()) == []
    assert (await visit.read_turn()).state == "running"
    assert len(await visit.read_log()) == 1


async def test_a_reply_that_streams_for_long_is_not_taken_for_lost(cast, provider) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    await sync_to_async(Turn.objects.update)(lease_until=timezone.now() - timedelta(seconds=1))
    assert await sweep_turns() == 0
    visit.gate.open()
    await visit.socket.expect("complete", outcome="answered")


async def test_a_turn_that_took_three_processes_with_it_is_not_given_a_fourth(cast, provider) -> None:
    visit = await lose(cast, claims=3)
    assert await sweep_at_once() == 1
    await visit.socket.expect("complete", outcome="failed")
    assert (await visit.read_turn()).state == "failed"
    assert provider.answers == []


async def test_a_process_that_goes_down_keeps_what_was_said_and_offers_it_again(cast, provider) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    await finish_running_turns(seconds=0.01)
    assert await closed_within(provider) < 1
    await visit.socket.expect("complete", turn_id=visit.turn_id, outcome="failed")
    assert [state for *_, state in await visit.read_log()] == ["sent", "interrupted"]
    provider.play(Script("Two to four days."))
    await visit.retry()
    await visit.socket.expect("complete", outcome="answered")


async def test_a_process_that_goes_down_before_the_first_word_leaves_the_turn_to_the_next(
    cast, provider
) -> None:
    visit = await begin_reply(cast, provider)
    await finish_running_turns(seconds=0.01)
    assert "complete" not in types(await visit.socket.settle())
    assert (await visit.read_turn()).state == "running"
    provider.play(Script("Two to four days."))
    assert await sweep_turns() == 1
    await visit.socket.expect("complete", turn_id=visit.turn_id, outcome="answered")


async def test_a_save_that_fails_stops_nothing(cast, provider, settings, monkeypatch) -> None:
    def fail(**_: Any) -> None:
        raise OperationalError("the database is away")

    settings.TURN_SAVE_SECONDS = 0.02
    monkeypatch.setattr(streaming, "save_pieces", fail)
    visit = await begin_reply(cast, provider, "It takes ")
    visit.gate.open()
    await visit.socket.expect("complete", outcome="answered")


async def test_nothing_is_left_of_a_turn_that_ended(cast, provider) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    visit.gate.open()
    await visit.socket.expect("complete")
    await finish_running_turns(seconds=10)
    assert registry.list_running() == []
