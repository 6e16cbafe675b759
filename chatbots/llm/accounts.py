"""What the accounts of an organisation offer: their models, as ACCOUNT/MODEL."""

import logging

from django.conf import settings

from chatbots.llm.base import Access, Offer
from chatbots.models import ProviderAccount
from core.encryption import Unreadable, decrypt_secret

logger = logging.getLogger(__name__)


def list_account_models(organisation_id: int) -> list[str]:
    """The names that bots of this organisation may choose, of accounts that are switched on."""
    rows = ProviderAccount.objects.filter(organisation_id=organisation_id, is_on=True).order_by("name")
    return [name_model(account, entry["name"]) for account in rows for entry in account.offered]


def find_account_offer(*, organisation_id: int, model: str) -> Offer | None:
    """What ACCOUNT/MODEL stands for; None where the account is gone, off, or offers no such model.

    None as well where its key was encrypted under one that the server does not have: the account's page says so.
    """
    name, _, wanted = model.partition("/")
    rows = ProviderAccount.objects.filter(organisation_id=organisation_id, name=name, is_on=True)
    account = rows.first()
    for entry in account.offered if account is not None else []:
        if account is not None and entry["name"] == wanted:
            return _make_readable_offer(account, entry)
    return None


def _make_readable_offer(account: ProviderAccount, entry: dict[str, object]) -> Offer | None:
    try:
        return make_offer(account, entry)
    except Unreadable:
        logger.warning("the key of a provider account cannot be read", extra={"account": account.pk})
        return None


def make_offer(account: ProviderAccount, entry: dict[str, object]) -> Offer:
    """The offer of one of the account's models, with its key. Raises Unreadable."""
    access = Access(
        base_url=account.base_url,
        key=decrypt_secret(account.key) if account.key else "",
        account=account.name,
        may_be_private=settings.PROVIDERS_MAY_BE_PRIVATE,
    )
    return Offer(
        name=name_model(account, str(entry["name"])),
        provider=account.kind,
        model=str(entry["name"]),
        access=access,
        price_in=_read_price(entry.get("price_in")),
        price_out=_read_price(entry.get("price_out")),
        currency=account.currency,
    )


def name_model(account: ProviderAccount, model: str) -> str:
    return f"{account.name}/{model}"


def _read_price(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
