"""Leases: who runs a turn renews its lease; a turn whose lease ran out belongs to whoever claims it.

All by the database's clock: the processes' own may be minutes apart, and the fastest would take what others still run.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.db.models.expressions import CombinedExpression
from django.db.models.functions import Now

from chatbots.turns.job import TurnJob, make_job
from conversations.models import Turn, TurnState

CLAIMED_AT_ONCE = 100
# Whoever runs a turn that was cancelled has this long to end it before another process may.
CANCEL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Claimed:
    """A lost turn that this process has now: what was streamed of it, and whether somebody cancelled it."""

    job: TurnJob
    text: str
    cancelled: bool


def lease_from_now(seconds: float | None = None) -> CombinedExpression:
    """Until when a lease given now holds; `seconds` instead of settings.TURN_LEASE_SECONDS."""
    return Now() + timedelta(seconds=settings.TURN_LEASE_SECONDS if seconds is None else seconds)


def renew_leases(jobs: list[TurnJob]) -> None:
    """A long turn is not a lost one: nobody else is to take it up while it runs here.

    Rows that are locked are left out: the writer is ending them right now, and it holds several in an order of its own.
    """
    rows = Turn.objects.filter(pk__in=[job.turn_id for job in jobs], state=TurnState.RUNNING)
    with transaction.atomic():
        free = rows.select_for_update(skip_locked=True, no_key=True).values_list("pk", flat=True)
        Turn.objects.filter(pk__in=list(free)).update(lease_until=lease_from_now())


def release_leases(jobs: list[TurnJob]) -> None:
    """Give turns up that this process will not end: the next sweep anywhere takes them up."""
    rows = Turn.objects.filter(pk__in=[job.turn_id for job in jobs], state=TurnState.RUNNING)
    rows.update(lease_until=Now())


def claim_lost_turns() -> list[Claimed]:
    """A conditional update per turn: of several sweepers, one gets it."""
    lost = Turn.objects.filter(state=TurnState.RUNNING, lease_until__lt=Now())
    rows = lost.select_related("conversation").order_by("lease_until")[:CLAIMED_AT_ONCE]
    return [_describe(turn) for turn in rows if _claim(turn)]


def _claim(turn: Turn) -> bool:
    """Raises the count of claims, so that a process that was slow rather than dead may write no more."""
    rows = Turn.objects.filter(pk=turn.pk, state=TurnState.RUNNING, claims=turn.claims, lease_until__lt=Now())
    return bool(rows.update(lease_until=lease_from_now(), claims=F("claims") + 1))


def _describe(turn: Turn) -> Claimed:
    turn.refresh_from_db(fields=["text", "claims", "cancelled_at"])
    return Claimed(make_job(turn), turn.text, turn.cancelled_at is not None)
