"""Turns whose reply came too late or was refused: they end all the same, and no sweep takes them up again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from chatbots.engine.reply import Reply
from chatbots.turns import TurnJob, run_turn, sweep_turns
from conversations.database import run_query
from conversations.models import Conversation, Turn
from tests.cast import Cast, make_conversation, make_visitor

pytestmark = pytest.mark.django_db(transaction=True)


def make_job(conversation: Conversation, *, question: str) -> TurnJob:
    """A turn begun before the conversation changed hands, with a lease that has run out."""
    turn = Turn.objects.create(
        organisation_id=conversation.organisation_id,
        conversation=conversation,
        question_seq=1,
        owner_version=0,
        lease_until=timezone.now() - timedelta(seconds=1),
    )
    return TurnJob(
        turn_id=turn.pk,
        organisation_id=conversation.organisation_id,
        conversation_id=conversation.pk,
        chatbot_id=conversation.chatbot_id,
        version_id=conversation.version_id,
        kind=conversation.kind,
        owner_version=0,
        question=question,
    )


@pytest.fixture
def taken(cast: Cast) -> Conversation:
    """A conversation that an agent took while the bot was thinking."""
    return make_conversation(make_visitor(cast.acme.bot), "How much is the fish?", agent=cast.acme.agent)


def read_turn(job: TurnJob) -> Turn:
    return Turn.objects.get(pk=job.turn_id)


@pytest.mark.parametrize("question", ["How much is the fish?", "How long does delivery take?"])
async def test_a_reply_that_came_too_late_ends_its_turn(taken: Conversation, question: str) -> None:
    job = await run_query(make_job, taken, question=question)
    await run_turn(job)
    assert (await run_query(read_turn, job)).state == "cancelled"
    assert await sweep_turns() == 0


async def test_a_reply_that_is_refused_ends_its_turn(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    visitor = await run_query(make_visitor, cast.acme.bot)
    conversation = await run_query(make_conversation, visitor, "How much is the fish?")
    unspeakable = Reply("answered", "half a character: \ud800", trace={"decision": "answered"})
    monkeypatch.setattr("chatbots.turns.thinking.make_reply", lambda **_: unspeakable)
    job = await run_query(make_job, conversation, question="How much is the fish?")
    await run_turn(job)
    assert (await run_query(read_turn, job)).state == "failed"
    assert await sweep_turns() == 0
