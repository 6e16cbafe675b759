"""Replies that stream: shown in pieces, saved as they grow, stopped at once, and ended in exactly one state."""

import asyncio
import random
import threading
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from chatbots.actions.cancel_turn import cancel_turn
from chatbots.turns import ending as ending_module
from chatbots.turns import finish_running_turns, pieces, running, streaming
from conversations.models import Conversation, Message, Turn
from handoff.actions.accept_handoff import accept_handoff
from handoff.actions.request_handoff import request_handoff
from tests.cast import Cast
from tests.chatbots.streams import (
    OFFLINE,
    QUESTION,
    begin_reply,
    closed_within,
    make_streaming_cast,
    shown_text,
    types,
)
from tests.provider import Pause, Script

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider", "closing_clients")]


@pytest.fixture
async def cast() -> Cast:
    return await sync_to_async(make_streaming_cast)()


async def test_what_is_shown_stands_in_the_turn_before_it_is_shown(cast, provider) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    turn = await visit.read_turn()
    assert (turn.state, turn.text, turn.pieces) == ("running", "It takes ", 1)
    visit.gate.open()
    saved = await visit.socket.expect("saved")
    assert saved["message"]["text"] == shown_text(visit.socket.frames)
    assert types(visit.socket.frames[-1:]) == ["saved"]
    await visit.socket.expect("complete", outcome="answered", turn_id=visit.turn_id)


async def test_pieces_are_gathered_into_frames_and_saves_are_rare(
    cast, provider, settings, monkeypatch
) -> None:
    saves: list[int] = []

    def save(**given: Any) -> pieces.Saved | None:
        saves.append(given["pieces"])
        return pieces.save_pieces(**given)

    monkeypatch.setattr(streaming, "save_pieces", save)
    words = [f"word{number} " for number in range(300)]
    visit = await begin_reply(cast, provider, *words)
    visit.gate.open()
    await visit.socket.expect("complete")
    frames = [frame for frame in visit.socket.frames if frame["type"] == "text"]
    assert len(frames) < 100
    assert shown_text(frames).startswith("".join(words).strip())
    assert len(saves) <= 2 + 2 * len(frames) * streaming.FRAME_SECONDS / settings.TURN_SAVE_SECONDS + 2


async def test_an_early_save_that_comes_late_does_not_take_back_what_is_shown(
    cast, provider, settings, monkeypatch
) -> None:
    settings.TURN_SAVE_SECONDS = 0.01
    first_is_saved, early_is_done = threading.Event(), threading.Event()

    def save(**given: Any) -> pieces.Saved | None:
        if given["pieces"]:
            saved = pieces.save_pieces(**given)
            first_is_saved.set()
            return saved
        first_is_saved.wait(0.3)
        saved = pieces.save_pieces(**given)
        early_is_done.set()
        return saved

    monkeypatch.setattr(streaming, "save_pieces", save)
    visit = await begin_reply(cast, provider, Pause(0.2), "It takes ")
    settings.TURN_SAVE_SECONDS = 60
    assert await asyncio.to_thread(early_is_done.wait, 10)
    assert (await visit.read_turn()).text == "It takes "
    visit.gate.open()
    await visit.socket.expect("complete")


async def test_a_reply_made_at_once_costs_no_query_of_the_turns_own(cast, provider, monkeypatch) -> None:
    """The question, and the reply with the turn's end, are the writer's; nothing else is asked or saved."""
    visit = await begin_reply(cast, provider, "It takes ")
    visit.gate.open()
    await visit.socket.expect("complete")
    asked: list[str] = []
    for module in ("ending", "leases", "running", "streaming", "sweeping", "thinking"):
        path = f"chatbots.turns.{module}.run_query"
        monkeypatch.setattr(path, lambda function, *_, **__: asked.append(function.__name__), raising=False)
    await visit.socket.say("Hello", session_id=visit.session)
    await visit.socket.expect("complete", outcome="answered")
    assert asked == []


async def test_cancelling_keeps_what_was_said_as_stopped_and_closes_the_providers_connection(
    cast, provider
) -> None:
    visit = await begin_reply(cast, provider, "It takes two [1]", " to four ")
    await visit.cancel()
    assert await closed_within(provider) < 1
    saved = await visit.socket.expect("saved", turn_id=visit.turn_id)
    complete = await visit.socket.expect("complete", turn_id=visit.turn_id)
    assert complete["outcome"] == "cancelled"
    assert saved["message"]["state"] == "stopped"
    assert saved["message"]["text"] == shown_text(visit.socket.frames)
    assert saved["message"]["citations"][0]["title"] == "Delivery time"
    assert (await visit.read_turn()).state == "cancelled"
    assert [state for *_, state in await visit.read_log()] == ["sent", "stopped"]


async def test_cancelled_before_its_first_word_a_reply_leaves_nothing(cast, provider) -> None:
    visit = await begin_reply(cast, provider)
    await visit.cancel()
    assert await closed_within(provider) < 1
    await visit.socket.expect("complete", turn_id=visit.turn_id, outcome="cancelled")
    assert "saved" not in types(visit.socket.frames + await visit.socket.settle())
    assert await visit.read_log() == [("visitor", QUESTION, "sent")]
    assert (await visit.read_turn()).state == "cancelled"


@pytest.mark.parametrize("steps", [(), ("It takes ",)], ids=["before the first word", "in the middle"])
async def test_a_cancel_whose_hint_was_lost_is_noticed_at_the_next_save(
    cast, provider, settings, steps
) -> None:
    settings.TURN_SAVE_SECONDS = 0.05
    visit = await begin_reply(cast, provider, *steps)
    place = {
        "visitor_id": visit.visitor.pk,
        "session_id": uuid.UUID(visit.session),
        "turn_id": uuid.UUID(visit.turn_id),
    }
    await sync_to_async(cancel_turn)(**place)
    assert await closed_within(provider) < 1
    await visit.socket.expect("complete", turn_id=visit.turn_id, outcome="cancelled")


async def test_cancelled_twice_it_ends_once(cast, provider) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    other = await visit.connect_again()
    await asyncio.gather(visit.cancel(), visit.cancel(), visit.cancel(other))
    await visit.socket.expect("complete", outcome="cancelled")
    await visit.socket.settle()
    assert len(await visit.read_log()) == 2
    await other.close()


async def test_a_cancel_that_comes_too_late_is_told_how_the_turn_ended(cast, provider) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    visit.gate.open()
    await visit.socket.expect("complete", outcome="answered")
    await visit.cancel()
    again = await visit.socket.expect("complete", turn_id=visit.turn_id)
    assert again["outcome"] == "answered"
    assert (await visit.read_turn()).cancelled_at is None
    assert [state for *_, state in await visit.read_log()] == ["sent", "sent"]


@pytest.mark.parametrize("seed", range(8))
async def test_a_cancel_that_races_the_end_leaves_exactly_one_state(cast, provider, seed) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    visit.gate.open()
    await asyncio.sleep(random.Random(seed).uniform(0, 0.03))  # time is the fault
    await visit.cancel()
    first = await visit.socket.expect("complete")
    await finish_running_turns(seconds=10)
    later = [frame for frame in await visit.socket.settle() if frame["type"] == "complete"]
    assert {frame["outcome"] for frame in [first, *later]} == {first["outcome"]}
    turn = await visit.read_turn()
    [state] = [state for sender, _, state in await visit.read_log() if sender == "bot"]
    assert (turn.state, turn.outcome, state) in {
        ("complete", "answered", "sent"),
        ("cancelled", "cancelled", "stopped"),
    }
    assert turn.outcome == first["outcome"]


async def test_a_whole_reply_that_was_cancelled_before_its_commit_is_kept_as_stopped(
    cast, provider, monkeypatch
) -> None:
    """The model had come to its end, and the wish was there first."""
    visit = await begin_reply(cast, provider, "It takes ")

    async def cancel_first(job, reply, ending):
        await sync_to_async(Turn.objects.filter(state="running").update)(cancelled_at=timezone.now())
        await ending_module.end_with_reply(job, reply, ending)

    monkeypatch.setattr(running, "end_with_reply", cancel_first)
    visit.gate.open()
    await visit.socket.expect("complete", outcome="cancelled")
    assert [state for *_, state in await visit.read_log()] == ["sent", "stopped"]


async def test_a_person_who_takes_over_ends_the_stream_and_nothing_of_it_is_kept(
    cast, provider, settings
) -> None:
    settings.TURN_SAVE_SECONDS = 0.05
    visit = await begin_reply(cast, provider, "It takes ")

    def take_over() -> None:
        handoff = request_handoff(conversation_id=uuid.UUID(visit.session), reason="Asked for a person.")
        assert handoff is not None
        accept_handoff(membership=cast.acme.membership_of(cast.acme.agent), handoff_id=handoff.pk)

    await sync_to_async(take_over)()
    assert await closed_within(provider) < 1
    await visit.socket.expect("complete", turn_id=visit.turn_id, outcome="cancelled")
    assert "bot" not in [sender for sender, *_ in await visit.read_log()]


async def test_a_visitor_who_comes_back_sees_the_bot_at_work_and_what_it_has_said(cast, provider) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    again = await visit.connect_again()
    await again.send("session_sync", session_id=visit.session, after_seq=0)
    await again.expect("session_synced")
    assert (await again.expect("working"))["turn_id"] == visit.turn_id
    text = await again.expect("text")
    assert (text["delta"], text["index"], text["whole"]) == ("It takes ", 0, True)
    visit.gate.open()
    assert (await again.expect("text"))["index"] == 1
    await again.expect("saved")
    await again.expect("complete", outcome="answered")
    await again.close()


async def test_pieces_between_the_last_save_and_the_joining_are_shown_with_the_next_save(
    cast, provider, settings
) -> None:
    settings.TURN_SAVE_SECONDS = 1.0
    visit = await begin_reply(cast, provider, "It takes ", "two ")
    again = await visit.connect_again()
    await again.send("session_sync", session_id=visit.session, after_seq=0)
    await again.expect("text", delta="It takes two ", whole=True)
    await again.close()


@pytest.mark.parametrize("kind", ["cancel", "retry"])
async def test_anothers_turn_is_not_found_to_the_letter_what_a_made_up_one_gets(cast, provider, kind) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    stranger = await begin_reply(cast, provider)
    answers = []
    own = await sync_to_async(Conversation.objects.get)(visitor=stranger.visitor)
    for session, turn in (
        (visit.session, visit.turn_id),
        (str(own.pk), visit.turn_id),
        (str(own.pk), str(uuid.uuid4())),
        (str(own.pk), "no uuid"),
        (str(uuid.uuid4()), stranger.turn_id),
    ):
        await stranger.socket.send(kind, session_id=session, turn_id=turn)
        error = await stranger.socket.expect_error("not_found")
        assert error.pop("turn_id") == turn
        answers.append(error)
    assert all(answer == answers[0] for answer in answers)
    untouched = await visit.read_turn()
    assert (untouched.state, untouched.cancelled_at) == ("running", None)
    visit.gate.open()
    await visit.socket.expect("complete", outcome="answered")


async def test_a_provider_that_says_nothing_leaves_the_bots_own_answer(cast, provider) -> None:
    visit = await begin_reply(cast, provider)
    await visit.cancel()
    await visit.socket.expect("complete", outcome="cancelled")
    provider.play(Script(" ", "\n"))
    await visit.socket.say(QUESTION, session_id=visit.session)
    saved = await visit.socket.expect("saved")
    assert saved["message"]["text"] == OFFLINE
    await visit.socket.expect("complete", outcome="answered")


async def test_the_trace_tells_the_first_word_the_rest_and_the_tokens(cast, provider) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    visit.gate.open()
    await visit.socket.expect("complete")
    trace = (await visit.read_turn()).trace
    stages = [stage["name"] for stage in trace["stages"]]
    assert stages == ["rules", "menu", "search", "decision", "wording", "first_token", "generation"]
    assert all(stage["ms"] >= 0 for stage in trace["stages"])
    assert (trace["tokens_in"], trace["tokens_out"]) == (40, 2)


async def test_half_characters_and_nul_from_a_provider_are_shown_and_stored_as_what_a_log_may_hold() -> None:
    assert streaming.clean_piece("a\x00b") == "ab"
    assert streaming.clean_piece("half \ud83d") == "half �"
    assert streaming.clean_piece("whole 😀") == "whole 😀"


async def test_a_model_that_never_ends_is_stopped(cast, provider, settings) -> None:
    settings.REPLY_MAX_CHARACTERS = 40
    visit = await begin_reply(cast, provider, "It takes ")
    visit.gate.open()
    provider.play(Script(*["and on "] * 20))
    await visit.socket.expect("complete", outcome="answered")
    await visit.socket.say(QUESTION, session_id=visit.session)
    await visit.socket.expect("complete", outcome="failed")
    assert (await sync_to_async(Message.objects.filter(sender="bot").latest)("id")).state == "interrupted"
