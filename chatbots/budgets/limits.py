"""Which limits hold: the installation's settings, an organisation's, a bot's; the nearest wins.

Where the deployer's own key is used, an owner may lower a limit of the settings and not raise it.
"""

from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from chatbots.models import Budget
from core.errors import Invalid

SCOPES = ("visitor", "bot", "organisation")
PERIODS = ("day", "month")
NAMES = ("messages_day", "messages_month", "tokens_day", "tokens_month")
MOST = 10**12
Limits = dict[str, int]


def read_defaults(scope: str) -> Limits:
    """The settings' limits. Raises ImproperlyConfigured for what is no limit."""
    given: dict[str, Any] = getattr(settings, f"BUDGET_{scope.upper()}")
    for name, value in given.items():
        if name not in NAMES or not str(value).isdecimal():
            raise ImproperlyConfigured(
                f"BUDGET_{scope.upper()}: {name}={value} is none of {', '.join(NAMES)} = a number"
            )
    return {name: int(value) for name, value in given.items()}


def check_defaults() -> None:
    """At the start. Raises ImproperlyConfigured."""
    for scope in SCOPES:
        read_defaults(scope)


def find_limits(*, organisation_id: int, chatbot_id: int, is_own_key: bool) -> dict[str, Limits]:
    """Scope -> the limits that hold for a turn of this bot; what is not named has none."""
    rows = Budget.objects.filter(organisation_id=organisation_id)
    nearest_last = {row.chatbot_id: row.limits for row in rows if row.chatbot_id in (None, chatbot_id)}
    chosen = [nearest_last[key] for key in (None, chatbot_id) if key in nearest_last]
    return {scope: _combine(scope, chosen, is_own_key=is_own_key) for scope in SCOPES}


def check_limits(value: object, *, scopes: tuple[str, ...]) -> dict[str, Limits]:
    """Return what an owner asked for, without empty scopes. Raises Invalid naming the fields."""
    if not isinstance(value, dict):
        raise Invalid(fields={"limits": "This takes an object."})
    faults: dict[str, str] = {}
    for scope, limits in value.items():
        if scope not in scopes or not isinstance(limits, dict):
            faults[str(scope)[:60]] = f"Name limits of {' or '.join(scopes)}."
            continue
        for name, number in limits.items():
            if name not in NAMES or isinstance(number, bool) or not isinstance(number, int):
                faults[f"{scope}.{name}"[:60]] = f"Give a whole number for one of {', '.join(NAMES)}."
            elif not 0 <= number <= MOST:
                faults[f"{scope}.{name}"] = f"Give a number from 0 to {MOST}."
    if faults:
        raise Invalid("Some of that cannot be saved. See each field.", fields=faults)
    return {scope: dict(limits) for scope, limits in value.items() if limits}


def _combine(scope: str, chosen: list[dict[str, Limits]], *, is_own_key: bool) -> Limits:
    defaults = read_defaults(scope)
    found: Limits = {}
    for limits in chosen:
        found |= limits.get(scope, {})
    if is_own_key:
        return defaults | found
    return {
        name: min(limit for limit in (defaults.get(name), found.get(name)) if limit is not None)
        for name in defaults | found
    }
