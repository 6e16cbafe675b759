"""Asking again for a reply that broke off: one run, and everybody learns that the first try is superseded."""

import asyncio
import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chatbots.turns import finish_running_turns, thinking
from conversations import delivery
from conversations.access import read_heads, read_page
from conversations.caretaker import get_caretaker
from conversations.database import run_query
from conversations.models import Conversation, Turn
from handoff.actions.end_handoff import end_by_visitor
from handoff.actions.request_handoff import request_handoff
from tests.cast import Cast, issue_visitor_token
from tests.chatbots.streams import QUESTION, Visit, begin_reply, make_streaming_cast, shown_text, types
from tests.embed.polls import Poller
from tests.provider import Provider, Script

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider", "closing_clients")]
WHOLE = "Two to four days."


@pytest.fixture
async def cast() -> Cast:
    return await sync_to_async(make_streaming_cast)()


@pytest.fixture
async def broken(cast: Cast, provider: Provider) -> Visit:
    """A visitor whose reply the provider broke off after two words."""
    visit = await begin_reply(cast, provider, "It takes")
    for connection in list(provider.connections):
        provider._loop.call_soon_threadsafe(connection.abort)
    await visit.socket.expect("complete", outcome="failed")
    visit.socket.frames.clear()
    return visit


async def test_a_retry_supersedes_the_partial_reply_and_runs_as_a_turn_of_its_own(broken, provider) -> None:
    provider.play(Script(WHOLE))
    await broken.retry()
    saved = await broken.socket.expect("saved")
    await broken.socket.expect("complete", outcome="answered", turn_id=saved["turn_id"])
    superseded = next(frame for frame in broken.socket.frames if frame["type"] == "message")
    assert superseded["message"]["state"] == "superseded"
    assert superseded["message"]["seq"] == 2
    assert superseded["message"]["turn_id"] == broken.turn_id != saved["turn_id"]
    assert shown_text(broken.socket.frames) == WHOLE
    assert await broken.read_log() == [
        ("visitor", QUESTION, "sent"),
        ("bot", "It takes", "superseded"),
        ("bot", WHOLE, "sent"),
    ]
    turn = await broken.read_turn(pk=saved["turn_id"])
    assert (turn.attempt, turn.question_seq) == (2, 1)
    assert (await broken.read_turn()).state == "interrupted"


async def test_a_reply_that_failed_without_a_word_is_asked_for_again_too(cast, provider, monkeypatch) -> None:
    def fail(**_: Any) -> None:
        raise RuntimeError("the index is damaged")

    visit = await begin_reply(cast, provider)
    await visit.cancel()
    await visit.socket.expect("complete", outcome="cancelled")
    with monkeypatch.context() as broken_engine:
        broken_engine.setattr(thinking, "make_reply", fail)
        await visit.socket.say(QUESTION, session_id=visit.session)
        failed = await visit.socket.expect("complete", outcome="failed")
    provider.play(Script(WHOLE))
    visit.turn_id = failed["turn_id"]
    await visit.retry()
    await visit.socket.expect("complete", outcome="answered")
    assert [state for *_, state in await visit.read_log()] == ["sent", "sent", "superseded", "sent"]
    assert (await visit.read_turn()).state == "failed"


async def test_the_model_is_not_told_of_what_was_superseded(broken, provider) -> None:
    provider.play(Script(WHOLE))
    await broken.retry()
    await broken.socket.expect("complete", outcome="answered")
    assert "It takes" not in str(provider.answers[-1].messages)


async def test_two_retries_at_once_give_one_run_and_one_is_told(broken, provider) -> None:
    provider.default = Script(WHOLE)
    other = await broken.connect_again()
    await asyncio.gather(broken.retry(), broken.retry(), broken.retry(other))
    errors = [await broken.socket.expect("error", "complete"), await other.expect("error", "complete")]
    assert {frame.get("code", "conflict") for frame in errors} == {"conflict"}
    await finish_running_turns(seconds=10)
    assert [state for *_, state in await broken.read_log()] == ["sent", "superseded", "sent"]
    assert await sync_to_async(Turn.objects.count)() == 2
    assert len(provider.answers) == 2
    await other.close()


async def test_only_what_broke_off_may_be_asked_for_again(cast, provider) -> None:
    visit = await begin_reply(cast, provider, "It takes ")
    await visit.retry()
    await visit.socket.expect_error("conflict")
    visit.gate.open()
    await visit.socket.expect("complete", outcome="answered")
    await visit.retry()
    error = await visit.socket.expect_error("conflict")
    assert error["turn_id"] == visit.turn_id
    assert [state for *_, state in await visit.read_log()] == ["sent", "sent"]


async def test_what_the_conversation_has_gone_on_from_is_not_asked_for_again(broken, provider) -> None:
    provider.play(Script(WHOLE))
    await broken.socket.say("How can I pay?", session_id=broken.session)
    await broken.socket.expect("complete")
    await broken.retry()
    await broken.socket.expect_error("conflict")


async def test_while_a_person_has_the_conversation_nothing_is_asked_for_again(broken) -> None:
    session = uuid.UUID(broken.session)
    await sync_to_async(request_handoff)(conversation_id=session, reason="Asked for a person.")
    await broken.retry()
    await broken.socket.expect_error("conflict")
    assert await sync_to_async(Turn.objects.count)() == 1


async def test_a_retry_after_a_handoff_came_and_went_runs_under_the_new_owner_version(
    broken, provider
) -> None:
    session = uuid.UUID(broken.session)
    await sync_to_async(request_handoff)(conversation_id=session, reason="Asked for a person.")
    await sync_to_async(end_by_visitor)(conversation_id=session)
    provider.play(Script(WHOLE))
    await broken.retry()
    await broken.socket.expect("complete", outcome="answered")


async def test_who_was_away_learns_of_the_change_although_it_is_before_their_last_number(
    broken, provider
) -> None:
    """They had read to number 3 before they went, and the change of number 2 was told to nobody."""
    provider.play(Script(WHOLE))
    await broken.retry()
    await broken.socket.expect("complete", outcome="answered")
    again = await broken.connect_again()
    await again.send("session_sync", session_id=broken.session, after_seq=3)
    synced = await again.expect("session_synced")
    assert synced["messages"] == []
    changed = await again.expect("message")
    assert (changed["message"]["seq"], changed["message"]["state"]) == (2, "superseded")
    await again.send("session_sync", session_id=broken.session, after_seq=0)
    synced = await again.expect("session_synced")
    assert [message["state"] for message in synced["messages"]] == ["sent", "superseded", "sent"]
    assert "message" not in types(await again.settle())
    await again.close()


async def test_a_lost_hint_of_a_change_is_made_up_for_by_the_position_check(
    broken, provider, settings, monkeypatch
) -> None:
    monkeypatch.setattr(delivery, "publish_on_commit", lambda *_: None)
    watching = await broken.connect_again()
    provider.play(Script(WHOLE))
    await broken.retry()
    await watching.expect("complete", outcome="answered")
    assert "message" not in types(watching.frames)
    settings.POSITION_CHECK_SECONDS = 0.1
    get_caretaker().check_soon()
    assert (await watching.expect("message"))["message"]["state"] == "superseded"
    await watching.close()


async def test_who_has_no_socket_asks_again_and_is_told_all_the_same(broken, provider) -> None:
    provider.play(Script(WHOLE))
    async with Poller(issue_visitor_token(broken.visitor)) as poller:
        place = {"session_id": broken.session, "after_seq": 2}
        version = (await poller.poll(**place)).json()["version"]
        assert (await poller.post(type="retry", session_id=broken.session, turn_id=broken.turn_id)).is_success
        answer = (await poller.poll(**place, version=version, wait_s=10)).json()
        [changed] = [frame for frame in answer["frames"] if frame["type"] == "message"]
        assert (changed["message"]["seq"], changed["message"]["state"]) == (2, "superseded")
        again = await poller.poll(**place, version=answer["version"], wait_s=0)
        assert "message" not in [frame["type"] for frame in again.json()["frames"]]
        late = await poller.post(type="retry", session_id=broken.session, turn_id=broken.turn_id)
        assert late.json()["error"]["code"] == "conflict"


async def test_a_log_in_which_nothing_was_changed_is_read_without_another_query(
    broken, provider, django_assert_num_queries
) -> None:
    conversation = await sync_to_async(Conversation.objects.get)(pk=broken.session)
    assert conversation.edits == 0

    def read() -> None:
        with django_assert_num_queries(1):
            assert read_page(conversation, after_seq=1).changed == []

    await sync_to_async(read)()
    provider.play(Script(WHOLE))
    await broken.retry()
    await broken.socket.expect("complete", outcome="answered")
    [head] = (await run_query(read_heads, [conversation.pk])).values()
    assert head.edits == 1
