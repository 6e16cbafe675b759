"""Stopping the bot in the middle of its reply."""

from uuid import UUID

from django.utils import timezone

from chatbots.turns.leases import CANCEL_SECONDS, lease_from_now
from conversations.access import access_visitor_turn
from conversations.models import Turn, TurnState


def cancel_turn(*, visitor_id: UUID, session_id: UUID, turn_id: UUID) -> Turn:
    """Write down that a running turn is to stop; returns the turn as it stands, ended or not. Asked twice, it is one wish.

    Whoever runs it ends it: tell them (`tell_cancelled`). Where nobody does, the lease is out in CANCEL_SECONDS, and the
    next sweep ends it.

    Raises:
        NotFound: no such turn in a conversation of this visitor's.
    """
    turn = access_visitor_turn(visitor_id=visitor_id, session_id=session_id, turn_id=turn_id)
    running = Turn.objects.filter(pk=turn.pk, state=TurnState.RUNNING, cancelled_at__isnull=True)
    running.update(cancelled_at=timezone.now(), lease_until=lease_from_now(CANCEL_SECONDS))
    turn.refresh_from_db(fields=["state", "outcome", "trace", "cancelled_at"])
    return turn
