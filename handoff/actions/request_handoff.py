"""Asking for a human."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from conversations.actions.post_message import post_messages_in_transaction, system_row
from conversations.models import Conversation, ConversationState, Kind
from core.errors import Invalid
from handoff.access import find_open_handoff
from handoff.actions.announce import announce_handoff, announce_waiting_words
from handoff.actions.lock import change_owner, lock_conversation
from handoff.models import HandoffSession

REQUESTED = "Connecting you with a person."
WAITING_NOTE = "An agent will be with you shortly."
TEST_NOTE = "In a live conversation, a person would be fetched now."
REASON_CHARACTERS = 300


def request_handoff(*, conversation_id: UUID, reason: str) -> HandoffSession | None:
    """Put the conversation into the waiting queue; asked again while one is open, it changes nothing.

    Locks the conversation. Writes a system row; publishes `state` and `queue` after commit. In a test conversation
    only a system row is written, and None returned: tests never reach the real queue.

    Raises:
        NotFound: no such conversation. Invalid: it has no message yet.
    """
    with transaction.atomic():
        conversation = lock_conversation(conversation_id)
        if conversation.kind == Kind.TEST:
            _write_row(conversation, text=TEST_NOTE, event="requested")
            return None
        return find_open_handoff(conversation.pk) or open_handoff(conversation=conversation, reason=reason)


def open_handoff(*, conversation: Conversation, reason: str) -> HandoffSession:
    """The same for a caller that has locked the conversation in its own transaction and knows that none is open."""
    if conversation.last_seq == 0:
        raise Invalid("Write a message first, so that the agent knows what it is about.")
    handoff = HandoffSession(
        organisation_id=conversation.organisation_id,
        conversation=conversation,
        reason=reason[:REASON_CHARACTERS],
        expires_at=timezone.now() + timedelta(hours=settings.HANDOFF_HOURS),
    )
    handoff.save(force_insert=True)
    change_owner(conversation, state=ConversationState.WAITING, agent_id=None)
    _write_row(conversation, text=REQUESTED, event="requested")
    announce_handoff(handoff=handoff, conversation=conversation, change="entered")
    return handoff


def note_waiting(*, conversation_id: UUID) -> bool:
    """A visitor wrote while waiting: tell them that somebody will come, at most once a minute. Returns whether told.

    Consoles are shown the new words each time.
    """
    announce_waiting_words(conversation_id)
    now = timezone.now()
    with transaction.atomic():
        rows = Conversation.objects.filter(pk=conversation_id, state=ConversationState.WAITING)
        due = rows.filter(waiting_note_at__isnull=True) | rows.filter(
            waiting_note_at__lt=now - timedelta(minutes=1)
        )
        if not due.update(waiting_note_at=now):
            return False
        _write_row(lock_conversation(conversation_id), text=WAITING_NOTE, event="waiting")
    return True


def _write_row(conversation: Conversation, *, text: str, event: str) -> None:
    row = system_row(
        organisation_id=conversation.organisation_id, conversation_id=conversation.pk, text=text, event=event
    )
    (written,) = post_messages_in_transaction(row)
    conversation.last_seq = written.seq
