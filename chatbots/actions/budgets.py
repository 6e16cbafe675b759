"""What an owner allows models to take."""

from typing import Any

from chatbots.budgets.limits import SCOPES, Limits, check_limits
from chatbots.models import Budget, Chatbot
from organisations.models import Organisation

SCOPES_OF_BOT = ("visitor", "bot")


def set_budget(
    *, organisation: Organisation, chatbot: Chatbot | None = None, limits: Any
) -> dict[str, Limits]:
    """Replace the limits of the organisation, or of one of its bots; what is left out falls back to the next.

    Raises:
        Invalid: naming the fields; nothing is saved.
    """
    checked = check_limits(limits, scopes=SCOPES if chatbot is None else SCOPES_OF_BOT)
    Budget.objects.update_or_create(organisation=organisation, chatbot=chatbot, defaults={"limits": checked})
    return checked
