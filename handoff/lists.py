"""The console's lists, each in a handful of queries at any length."""

import time
from typing import Any

from handoff.access import OPEN_STATES, access_handoffs
from handoff.models import HandoffState
from handoff.shapes import queue_positions, wire_handoff, with_counts
from organisations.models import Membership

LIST_LENGTH = 100


def list_waiting(membership: Membership, *, limit: int) -> list[dict[str, Any]]:
    """Who waits, oldest first, with the place in line."""
    positions = queue_positions(membership.organisation_id)
    rows = with_counts(access_handoffs(membership)).filter(state=HandoffState.WAITING)
    return [
        wire_handoff(row, position=positions.get(row.pk)) for row in rows.order_by("started_at", "id")[:limit]
    ]


def count_waiting(membership: Membership) -> int:
    """How many wait; one small query, for heartbeats."""
    return access_handoffs(membership).filter(state=HandoffState.WAITING).count()


def list_mine(membership: Membership, *, limit: int) -> list[dict[str, Any]]:
    """The member's own active conversations, latest message first."""
    rows = with_counts(access_handoffs(membership)).filter(
        state=HandoffState.ACTIVE, agent_id=membership.user_id
    )
    return [wire_handoff(row) for row in rows.order_by("-conversation__last_message_at")[:limit]]


def list_open(membership: Membership, *, limit: int) -> list[dict[str, Any]]:
    """Waiting and active ones, latest message first."""
    rows = with_counts(access_handoffs(membership)).filter(state__in=OPEN_STATES)
    return [wire_handoff(row) for row in rows.order_by("-conversation__last_message_at")[:limit]]


def describe_console(membership: Membership) -> dict[str, Any]:
    """What a console begins with: who this is, who waits, and which conversations are theirs."""
    user = membership.user
    return {
        "agent": {"id": user.pk, "name": user.display_name, "role": membership.role},
        "organisation": {"slug": membership.organisation.slug, "name": membership.organisation.name},
        "teams": [],
        "waiting": list_waiting(membership, limit=LIST_LENGTH),
        "waiting_count": count_waiting(membership),
        "mine": list_mine(membership, limit=LIST_LENGTH),
        "server_time": time.time(),
    }
