"""The door to provider accounts, budgets, and what models took."""

from dataclasses import dataclass
from datetime import UTC, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from chatbots.budgets.limits import Limits, find_limits
from chatbots.models import Budget, BudgetCount, Chatbot, ModelUse, ProviderAccount
from organisations.access import access_row, access_rows, require_role
from organisations.models import Membership, Role

READERS = (Role.OWNER, Role.SUPERVISOR)


@dataclass(frozen=True, slots=True)
class BudgetLine:
    """One limit that holds, and how much of it is used. `unit` messages or tokens, `period` day or month."""

    scope: str
    unit: str
    period: str
    used: int
    limit: int

    @property
    def percent(self) -> int:
        return min(100, self.used * 100 // self.limit) if self.limit else 100


def access_provider_accounts(membership: Membership) -> QuerySet[ProviderAccount]:
    """The organisation's accounts; for owners. Raises Forbidden."""
    require_role(membership, Role.OWNER)
    return access_rows(ProviderAccount, organisation=membership.organisation)


def access_provider_account(membership: Membership, account_id: int | str) -> ProviderAccount:
    """One of them. Raises NotFound, Forbidden."""
    account = access_row(access_rows(ProviderAccount, organisation=membership.organisation), pk=account_id)
    require_role(membership, Role.OWNER)
    return account


def access_model_use(membership: Membership, *, days: int = 31) -> QuerySet[ModelUse]:
    """What the organisation's bots took, a row a day, bot and model, the latest first. Raises Forbidden (agents)."""
    require_role(membership, *READERS)
    since = timezone.now().astimezone(UTC).date() - timedelta(days=days - 1)
    rows = access_rows(ModelUse, organisation=membership.organisation)
    return (
        rows.filter(day__gte=since).select_related("chatbot").order_by("-day", "chatbot__name", "model", "id")
    )


def read_limits(membership: Membership, *, chatbot: Chatbot | None = None) -> dict[str, Limits]:
    """What an owner has set for the organisation, or for one of its bots. Raises Forbidden (agents)."""
    require_role(membership, *READERS)
    rows = access_rows(Budget, organisation=membership.organisation).filter(chatbot=chatbot)
    row = rows.first()
    return row.limits if row is not None else {}


def read_budget_lines(membership: Membership, *, chatbot: Chatbot | None = None) -> list[BudgetLine]:
    """The limits of the organisation, or of one bot, that hold now, with what is used. Raises Forbidden (agents)."""
    require_role(membership, *READERS)
    organisation = membership.organisation_id
    scope, holder = ("organisation", organisation) if chatbot is None else ("bot", chatbot.pk)
    limits = find_limits(
        organisation_id=organisation, chatbot_id=chatbot.pk if chatbot else 0, is_own_key=True
    )[scope]
    today = timezone.now().astimezone(UTC).date()
    begins = {"day": today, "month": today.replace(day=1)}
    counts = {
        row.period: row
        for row in access_rows(BudgetCount, organisation=membership.organisation).filter(
            scope=scope, holder=str(holder), begins__in=begins.values()
        )
        if row.begins == begins[row.period]
    }
    return [
        BudgetLine(scope, unit, period, getattr(counts.get(period), unit, 0), limits[f"{unit}_{period}"])
        for period in begins
        for unit in ("messages", "tokens")
        if f"{unit}_{period}" in limits
    ]
