"""The end of a turn whose reply does not join the log."""

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from conversations.models import Turn, TurnState


def end_turn(*, turn_id: UUID, state: str) -> bool:
    """End a turn as `cancelled` or `failed`, without a reply, so that no sweep takes it up again.

    Returns whether it stands ended so: False when it ended in another way, or went with its conversation.
    """
    running = Turn.objects.filter(pk=turn_id, state=TurnState.RUNNING)
    if running.update(state=state, outcome=state, finished_at=timezone.now()):
        return True
    return Turn.objects.filter(pk=turn_id, state=state).exists()


def renew_leases(turn_ids: list[UUID]) -> None:
    """Keep turns that still run here from being taken up elsewhere."""
    until = timezone.now() + timedelta(seconds=settings.TURN_LEASE_SECONDS)
    Turn.objects.filter(pk__in=turn_ids, state=TurnState.RUNNING).update(lease_until=until)
