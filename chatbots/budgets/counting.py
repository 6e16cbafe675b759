"""Counting against budgets: an estimate before a model is asked, put right when it is known what it took.

Each count is raised by one statement that does nothing where the limit would be passed, so of turns in parallel none slips
through. A process that dies between the two leaves its estimate standing: the safe side.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from django.db import connection, transaction
from django.db.models import F
from django.db.models.functions import Greatest
from django.utils import timezone

from chatbots.budgets.limits import PERIODS, SCOPES, Limits, find_limits
from chatbots.models import BudgetCount
from conversations.models import Conversation
from core.errors import NotFound, ProviderFailed

NO_LIMIT = 2**53
KEPT_DAYS = 70
WORDS = {"visitor": "this visitor", "bot": "this bot", "organisation": "the organisation"}
# The order is the same for all, so that no two turns wait for each other.
RAISE = """
INSERT INTO chatbots_budgetcount (organisation_id, scope, holder, period, begins, messages, tokens)
VALUES (%s, %s, %s, %s, %s, 1, %s)
ON CONFLICT (scope, holder, period, begins) DO UPDATE
SET messages = chatbots_budgetcount.messages + 1, tokens = chatbots_budgetcount.tokens + excluded.tokens
WHERE chatbots_budgetcount.messages < %s AND chatbots_budgetcount.tokens + excluded.tokens <= %s
RETURNING id"""
USE = """
INSERT INTO chatbots_modeluse
  (organisation_id, chatbot_id, day, model, currency, messages, estimated, tokens_in, tokens_out, cost)
VALUES (%s, %s, %s, %s, %s, 1, %s, %s, %s, %s)
ON CONFLICT (chatbot_id, day, model, currency) DO UPDATE
SET messages = chatbots_modeluse.messages + 1, estimated = chatbots_modeluse.estimated + excluded.estimated,
  tokens_in = chatbots_modeluse.tokens_in + excluded.tokens_in,
  tokens_out = chatbots_modeluse.tokens_out + excluded.tokens_out, cost = chatbots_modeluse.cost + excluded.cost"""


class BudgetSpent(ProviderFailed):
    """No model is asked: a budget would be passed."""


@dataclass(frozen=True, slots=True)
class Spender:
    """Whose turn it is. `is_own_key`: the model is of an account of the organisation's."""

    organisation_id: int
    chatbot_id: int
    conversation_id: UUID
    is_own_key: bool = False


@dataclass(frozen=True, slots=True)
class Reservation:
    """What was counted beforehand: `tokens` on each of the rows `counts`."""

    spender: Spender
    counts: tuple[int, ...]
    tokens: int
    day: date


@dataclass(frozen=True, slots=True)
class Spent:
    """What a turn took. `is_estimated`: reckoned, since the provider did not say."""

    model: str
    tokens_in: int = 0
    tokens_out: int = 0
    is_estimated: bool = False
    cost: float = 0.0
    currency: str = ""

    @property
    def tokens(self) -> int:
        return self.tokens_in + self.tokens_out


def reserve_budget(*, spender: Spender, tokens: int, now: datetime | None = None) -> Reservation:
    """Count one message and `tokens` for the visitor, the bot and the organisation, each for the day and the month.

    Raises:
        BudgetSpent: one of them would be passed; nothing is counted. NotFound: the conversation is gone.
    """
    today = (now or timezone.now()).astimezone(UTC).date()
    limits = find_limits(
        organisation_id=spender.organisation_id,
        chatbot_id=spender.chatbot_id,
        is_own_key=spender.is_own_key,
    )
    holders = _find_holders(spender)
    with transaction.atomic():
        counts = tuple(
            _raise(
                _Count(spender.organisation_id, scope, holders[scope], period, today), tokens, limits[scope]
            )
            for scope in SCOPES
            for period in PERIODS
        )
    return Reservation(spender, counts, tokens, today)


def settle_budget(*, reservation: Reservation, spent: Spent | None) -> None:
    """Put the estimate right, and note what the bot's model took that day; None where nothing was taken at all."""
    difference = (spent.tokens if spent is not None else 0) - reservation.tokens
    with transaction.atomic():
        for pk in reservation.counts:
            values = {"tokens": Greatest(F("tokens") + difference, 0)}
            if spent is None:
                values["messages"] = Greatest(F("messages") - 1, 0)
            BudgetCount.objects.filter(pk=pk).update(**values)
        if spent is not None:
            _note_use(reservation, spent)


def forget_old_counts(*, now: datetime | None = None) -> int:
    """Delete counts of days and months that are over for good; returns how many."""
    before = (now or timezone.now()).astimezone(UTC).date() - timedelta(days=KEPT_DAYS)
    return BudgetCount.objects.filter(begins__lt=before).delete()[0]


def _find_holders(spender: Spender) -> dict[str, str]:
    visitor = (
        Conversation.objects.filter(pk=spender.conversation_id).values_list("visitor_id", flat=True).first()
    )
    if visitor is None:
        raise NotFound
    return {
        "visitor": str(visitor),
        "bot": str(spender.chatbot_id),
        "organisation": str(spender.organisation_id),
    }


def _raise(count: "_Count", tokens: int, limits: Limits) -> int:
    """The count's row. Raises BudgetSpent."""
    most_messages = limits.get(f"messages_{count.period}", NO_LIMIT)
    most_tokens = limits.get(f"tokens_{count.period}", NO_LIMIT)
    if most_messages < 1 or most_tokens < tokens:
        raise _explain(count, limits)
    begins = count.today if count.period == "day" else count.today.replace(day=1)
    row = (count.organisation_id, count.scope, count.holder, count.period, begins, tokens)
    with connection.cursor() as cursor:
        cursor.execute(RAISE, (*row, most_messages, most_tokens))
        found = cursor.fetchall()
    if not found:
        raise _explain(count, limits)
    return int(found[0][0])


@dataclass(frozen=True, slots=True)
class _Count:
    organisation_id: int
    scope: str
    holder: str
    period: str
    today: date


def _explain(count: _Count, limits: Limits) -> BudgetSpent:
    scope, period = count.scope, count.period
    said = " and ".join(
        f"{limits[name]:,} {unit}"
        for unit in ("messages", "tokens")
        if (name := f"{unit}_{period}") in limits
    )
    when = "today" if period == "day" else "this month"
    again = "at midnight UTC" if period == "day" else "on the first of the next month"
    return BudgetSpent(
        f"The budget of {WORDS[scope]} for {when} is used up ({said}); no language model was asked.",
        hint=f"It begins anew {again}. An owner may raise it under Language models, Budgets.",
    )


def _note_use(reservation: Reservation, spent: Spent) -> None:
    spender = reservation.spender
    row = (
        spender.organisation_id, spender.chatbot_id, reservation.day, spent.model[:100], spent.currency,
        int(spent.is_estimated), spent.tokens_in, spent.tokens_out, spent.cost,
    )  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute(USE, row)
