"""Asking for a person: one open handoff a conversation, told once, and never out of a test."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from conversations.actions.open_conversation import open_empty_conversation
from conversations.actions.post_message import post_messages_in_transaction
from conversations.models import Conversation, Message
from conversations.writer.items import NewMessage
from core.errors import Invalid, NotFound
from handoff.actions.accept_handoff import accept_handoff
from handoff.actions.request_handoff import REASON_CHARACTERS, note_waiting, request_handoff
from handoff.lists import list_waiting
from handoff.models import HandoffSession
from handoff.shapes import expected_wait_s, state_frame
from tests.cast import Cast, make_conversation, make_visitor
from tests.house.world import NOBODY

pytestmark = pytest.mark.django_db


def events_of(conversation: Conversation) -> list[str]:
    rows = Message.objects.filter(conversation=conversation, sender="system").order_by("seq")
    return [row.parts[0]["event"] for row in rows]


def test_the_conversation_waits_and_the_visitor_is_told(cast: Cast) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot), "I need help")
    handoff = request_handoff(conversation_id=conversation.pk, reason="Asked.")
    assert handoff is not None
    assert (handoff.state, handoff.reason, handoff.agent) == ("waiting", "Asked.", None)
    before = conversation.owner_version
    conversation.refresh_from_db()
    assert (conversation.state, conversation.agent_id) == ("waiting", None)
    assert conversation.owner_version == before + 1
    last = Message.objects.get(conversation=conversation, seq=conversation.last_seq)
    assert (last.sender, last.text) == ("system", "Connecting you with a person.")
    assert events_of(conversation) == ["requested"]


def test_it_expires_after_the_hours_of_the_setting(cast: Cast, settings: object) -> None:
    settings.HANDOFF_HOURS = 22  # type: ignore[attr-defined]
    conversation = make_conversation(make_visitor(cast.acme.bot))
    handoff = request_handoff(conversation_id=conversation.pk, reason="")
    assert handoff is not None
    assert abs(handoff.expires_at - now() - timedelta(hours=22)) < timedelta(minutes=1)


def test_asked_again_while_waiting_nothing_changes(cast: Cast) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot), handoff=True)
    first = HandoffSession.objects.get()
    again = request_handoff(conversation_id=conversation.pk, reason="Another reason")
    assert again == first
    assert again.reason == first.reason
    assert events_of(conversation) == ["requested"]


def test_asked_again_with_an_agent_nothing_changes(cast: Cast) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot), agent=cast.acme.agent)
    again = request_handoff(conversation_id=conversation.pk, reason="Another reason")
    assert again is not None
    assert (again.state, again.agent) == ("active", cast.acme.agent)
    assert HandoffSession.objects.count() == 1


def test_the_database_allows_one_open_handoff_a_conversation(cast: Cast) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot), handoff=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        HandoffSession.objects.create(
            organisation=cast.acme.organisation, conversation=conversation, expires_at=now()
        )


def test_a_conversation_without_a_word_cannot_be_handed_over(cast: Cast) -> None:
    visitor = make_visitor(cast.acme.bot)
    conversation = open_empty_conversation(visitor=visitor, kind="live", channel="widget")
    with pytest.raises(Invalid):
        request_handoff(conversation_id=conversation.pk, reason="")
    assert not HandoffSession.objects.exists()


def test_no_such_conversation_is_not_found(cast: Cast) -> None:
    with pytest.raises(NotFound):
        request_handoff(conversation_id=NOBODY, reason="")


def test_an_over_long_reason_is_cut(cast: Cast) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot))
    handoff = request_handoff(conversation_id=conversation.pk, reason="x" * 1000)
    assert handoff is not None
    assert len(handoff.reason) == REASON_CHARACTERS


def test_a_test_conversation_never_reaches_the_queue(cast: Cast) -> None:
    visitor = make_visitor(cast.acme.bot)
    conversation = open_empty_conversation(visitor=visitor, kind="test", channel="widget")
    assert request_handoff(conversation_id=conversation.pk, reason="") is None
    assert not HandoffSession.objects.exists()
    conversation.refresh_from_db()
    assert conversation.state == "bot"
    assert events_of(conversation) == ["requested"]
    assert list_waiting(cast.acme.membership_of(cast.acme.owner), limit=10) == []


def test_whoever_writes_while_waiting_is_told_at_most_once_a_minute(cast: Cast) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot), handoff=True)
    start = datetime(2030, 5, 1, 12, 0, tzinfo=UTC)
    told = []
    for second in (0, 1, 59, 61, 62, 122):
        with time_machine.travel(start + timedelta(seconds=second), tick=False):
            told.append(note_waiting(conversation_id=conversation.pk))
    assert told == [True, False, False, True, False, True]
    assert events_of(conversation) == ["requested", "waiting", "waiting", "waiting"]
    note = Message.objects.filter(conversation=conversation).order_by("-seq")[0]
    assert note.text == "An agent will be with you shortly."


@pytest.mark.parametrize("state", ["bot", "agent"])
def test_nobody_is_told_to_wait_who_does_not(cast: Cast, state: str) -> None:
    agent = cast.acme.agent if state == "agent" else None
    conversation = make_conversation(make_visitor(cast.acme.bot), agent=agent)
    assert not note_waiting(conversation_id=conversation.pk)
    assert "waiting" not in events_of(conversation)


def test_the_place_in_line_counts_the_own_organisation_only(cast: Cast) -> None:
    first, second = (make_conversation(make_visitor(cast.acme.bot), handoff=True) for _ in range(2))
    foreign = make_conversation(make_visitor(cast.rival.bot), handoff=True)
    assert [state_frame(each)["position"] for each in (first, second, foreign)] == [1, 2, 1]
    membership = cast.acme.membership_of(cast.acme.agent)
    accept_handoff(membership=membership, handoff_id=HandoffSession.objects.get(conversation=first).pk)
    assert state_frame(second)["position"] == 1


def test_the_expected_wait_is_the_median_times_the_place(cast: Cast) -> None:
    organisation = cast.acme.organisation
    assert expected_wait_s(organisation.pk, position=1) is None
    for minutes in (1, 2, 30):
        conversation = make_conversation(make_visitor(cast.acme.bot), agent=cast.acme.agent)
        rows = HandoffSession.objects.filter(conversation=conversation)
        rows.update(started_at=now(), accepted_at=now() + timedelta(minutes=minutes))
    assert expected_wait_s(organisation.pk, position=3) == pytest.approx(360, abs=2)


def test_a_visitor_may_be_handed_over_again_after_the_first_has_ended(cast: Cast) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot), handoff=True)
    HandoffSession.objects.update(state="ended", ended_at=now())
    Conversation.objects.update(state="bot")
    with transaction.atomic():
        post_messages_in_transaction(
            NewMessage(
                organisation_id=conversation.organisation_id,
                conversation_id=conversation.pk,
                sender="bot",
                text="Here again",
            )
        )
    assert request_handoff(conversation_id=conversation.pk, reason="Again") is not None
    assert HandoffSession.objects.filter(conversation=conversation).count() == 2
