"""Telling sockets of a change of hands: the conversation's, and every console of the organisation."""

from typing import Any
from uuid import UUID

from django.db import transaction

from conversations.delivery import frame_event, publish, publish_on_commit
from conversations.messages import group_of_conversation, group_of_queue
from conversations.models import Conversation
from handoff.models import HandoffSession, HandoffState
from handoff.shapes import queue_positions, state_frame, wire_handoff, with_counts


def announce_handoff(*, handoff: HandoffSession, conversation: Conversation, change: str) -> None:
    """After commit: `state` to the conversation, `queue` to all consoles, new places to those who still wait.

    `change` is `entered`, `changed` or `left`, as seen from the waiting queue.
    """
    announce_state(conversation)
    transaction.on_commit(lambda: _announce_queue(handoff_id=handoff.pk, change=change))


def announce_state(conversation: Conversation) -> None:
    """After commit: `state` to the conversation's sockets."""
    event = frame_event(conversation.pk, state_frame(conversation), owner_version=conversation.owner_version)
    publish_on_commit(group_of_conversation(conversation.pk), event)


def announce_waiting_words(conversation_id: UUID) -> None:
    """`queue` to all consoles when a visitor who waits has written: they show the last message."""
    rows = HandoffSession.objects.filter(conversation_id=conversation_id, state=HandoffState.WAITING)
    for handoff_id in rows.values_list("pk", flat=True):
        _announce_queue(handoff_id=handoff_id, change="changed")


def _announce_queue(*, handoff_id: UUID, change: str) -> None:
    """The handoff as it stands, with what lists show: last message and unread ones."""
    rows = with_counts(HandoffSession.objects.filter(pk=handoff_id))
    handoff = rows.select_related("conversation__visitor", "conversation__chatbot", "agent").first()
    if handoff is None:
        return
    positions = queue_positions(handoff.organisation_id)
    frame: dict[str, Any] = {
        "type": "queue",
        "change": change,
        "handoff": wire_handoff(handoff, position=positions.get(handoff.pk)),
        "waiting_count": len(positions),
    }
    publish(group_of_queue(handoff.organisation_id), {"type": "queue.changed", "frame": frame})
    if change == "left":
        _announce_positions(handoff.organisation_id)


def _announce_positions(organisation_id: int) -> None:
    rows = HandoffSession.objects.filter(organisation_id=organisation_id, state=HandoffState.WAITING)
    for waiting in rows.select_related("conversation").order_by("started_at")[:50]:
        frame = state_frame(waiting.conversation)
        publish(group_of_conversation(waiting.conversation_id), frame_event(waiting.conversation_id, frame))
