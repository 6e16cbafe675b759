"""How far somebody has read: it only ever goes up, and never past the log."""

from uuid import UUID

from django.db.models import F
from django.db.models.functions import Greatest, Least

from conversations.models import Conversation


def mark_read_by_visitor(*, visitor_id: UUID, session_id: UUID, seq: int) -> bool:
    """Store how far a visitor has read; returns whether the conversation is theirs."""
    rows = Conversation.objects.filter(pk=session_id, visitor_id=visitor_id)
    return bool(
        rows.update(visitor_read_seq=Greatest(F("visitor_read_seq"), Least(F("last_seq"), _clamp(seq))))
    )


def mark_read_by_agent(*, conversation: Conversation, seq: int) -> None:
    """Store how far the agents' side has read; the caller has access to the conversation."""
    rows = Conversation.objects.filter(pk=conversation.pk)
    rows.update(agent_read_seq=Greatest(F("agent_read_seq"), Least(F("last_seq"), _clamp(seq))))


def _clamp(seq: int) -> int:
    return min(max(0, seq), 2**31 - 1)
