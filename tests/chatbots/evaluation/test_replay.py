"""Replay: recent visitors' questions asked of the draft; what would change."""

import io
import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from chatbots.access import draft_brain
from chatbots.actions.mend_knowledge import add_variant
from chatbots.evaluation.replay import Replayed, list_asked, replay_questions
from chatbots.models import Chatbot, KnowledgeChunk
from conversations.models import Conversation, Message, Turn
from tests.cast import Cast, make_conversation, make_visitor
from tests.house.world import make_turn

pytestmark = pytest.mark.django_db
DELIVERY = "How long does delivery take?"
PARCEL = "Wann kommt mein Paket?"


@pytest.fixture
def bot(cast: Cast) -> Chatbot:
    return cast.acme.bot


def asked(bot: Chatbot, question: str, *, kind: str = "live", title: str = "", **fields: Any) -> Turn:
    conversation = make_conversation(make_visitor(bot), question)
    Conversation.objects.filter(pk=conversation.pk).update(kind=kind)
    turn = make_turn(conversation, secret="")
    fields = {"outcome": "answered", "trace": {"candidates": [{"title": title, "confidence": 0.8}]}} | fields
    Turn.objects.filter(pk=turn.pk).update(**fields)
    return turn


def replay(bot: Chatbot, **options: Any) -> dict[str, Replayed]:
    bot.refresh_from_db()
    found = replay_questions(chatbot=bot, brain=draft_brain(bot), **options)
    return {one.before.question: one for one in found}


def test_only_answers_that_would_be_others_count_as_changed(bot: Chatbot) -> None:
    asked(bot, DELIVERY, title="Delivery time")
    asked(bot, PARCEL, outcome="handed_off")
    assert not any(one.changed for one in replay(bot).values())
    chunk = KnowledgeChunk.objects.get(chatbot=bot, title="Delivery time")
    add_variant(chatbot=bot, chunk_id=chunk.pk, question=PARCEL)
    found = replay(bot)
    assert not found[DELIVERY].changed
    assert found[PARCEL].changed
    assert (found[PARCEL].before.outcome, found[PARCEL].after.title) == ("handed_off", "Delivery time")


def test_tests_buttons_stopped_turns_erased_words_and_other_bots_are_left_out(
    cast: Cast, bot: Chatbot
) -> None:
    asked(bot, "A test?", kind="test")
    asked(bot, "Pressed", trace={"choice": "menu:1"})
    asked(bot, "Stopped?", outcome="cancelled")
    asked(cast.rival.bot, "Theirs?")
    erased = asked(bot, "Erased?")
    Message.objects.filter(conversation=erased.conversation).update(text="")
    asked(bot, "Old?", created_at=timezone.now() - timedelta(days=31))
    asked(bot, "Kept?")
    assert [one.question for one in list_asked(chatbot=bot)] == ["Kept?"]


def test_the_newest_come_first_each_once_and_counted(bot: Chatbot) -> None:
    now = timezone.now()
    for minutes, question in ((9, "Old?"), (3, "What?"), (2, "  what? "), (1, "New?")):
        asked(bot, question, created_at=now - timedelta(minutes=minutes))
    found = list_asked(chatbot=bot, last=2)
    assert [(one.question.strip(), one.times) for one in found] == [("New?", 1), ("what?", 2)]


def test_nothing_is_stored_by_a_replay(bot: Chatbot) -> None:
    asked(bot, DELIVERY)
    before = (Turn.objects.count(), Message.objects.count(), Conversation.objects.count())
    shown: list[tuple[int, int]] = []
    replay(bot, on_progress=lambda done, total: shown.append((done, total)))
    assert (Turn.objects.count(), Message.objects.count(), Conversation.objects.count()) == before
    assert shown == [(1, 1)]


def test_the_command_names_what_would_change(cast: Cast, bot: Chatbot) -> None:
    asked(bot, DELIVERY, title="Returns")
    out = io.StringIO()
    call_command("replay_questions", "acme/acme-shop", "--last", "10", stdout=out, stderr=io.StringIO())
    lines = out.getvalue().splitlines()
    assert lines[0] == f"{DELIVERY!r}: answered (Returns) -> answered (Delivery time)"
    assert json.loads(lines[-1]) == {"questions": 1, "changed": 1}
    with pytest.raises(CommandError, match="--last"):
        call_command("replay_questions", "acme-shop", "--last", "0", stdout=out)
    with pytest.raises(CommandError, match="no bot"):
        call_command("replay_questions", str(uuid.uuid4()), stdout=out)
