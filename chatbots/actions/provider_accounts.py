"""Accounts at providers of language models: making, changing, testing and deleting them. Keys go in and never come out."""

import asyncio
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from chatbots.llm.accounts import make_offer
from chatbots.llm.base import Generation, ProviderFailed, close_providers, stream_answer
from chatbots.llm.choices import forget_offers
from chatbots.models import Chatbot, ProviderAccount, ProviderKind
from core.addresses import is_private_host
from core.encryption import Unreadable, encrypt_secret, reencrypt_secret
from core.errors import Conflict, Invalid
from core.ratelimit import consume_limit
from organisations.models import Organisation

EDITABLE = ("kind", "base_url", "key", "models", "currency", "is_on")
NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?")
KEY = re.compile(r"[\x21-\x7e]{0,500}")
MODEL = re.compile(r"[^\s,\x00-\x1f\x7f]{1,69}")
CURRENCY = re.compile(r"[A-Z]{3}")
MOST_MODELS, MOST_PRICE, MOST_ACCOUNTS = 50, 100_000, 50
# Of a shorter key, four characters would be too much of it.
SHOWN, SHORTEST_SHOWN = 4, 12
KEY_AGAIN = "Enter the key again: it would go to another address now."
TEST_QUESTION = [{"role": "user", "content": "Reply with the one word: hello"}]
TEST_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Use:
    """A bot that has chosen one of an account's models. `is_live`: in what is published."""

    bot: Chatbot
    is_live: bool


def create_account(*, organisation: Organisation, name: object, fields: dict[str, Any]) -> ProviderAccount:
    """Make an account; `fields` as in `edit_account`.

    Raises:
        Invalid: naming the fields; nothing is made. Conflict: the organisation has one of that name, or too many.
    """
    if not isinstance(name, str) or not NAME.fullmatch(name):
        raise Invalid(
            fields={
                "name": "Small letters, digits and hyphens, at most 30: its models are called NAME/MODEL."
            }
        )
    if ProviderAccount.objects.filter(organisation=organisation).count() >= MOST_ACCOUNTS:
        raise Conflict(f"An organisation has at most {MOST_ACCOUNTS} accounts.")
    account = ProviderAccount(organisation=organisation, name=name, kind="")
    _apply(account, {"kind": "", **fields})
    try:
        with transaction.atomic():
            account.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(f"There is an account {name!r} already. Choose another name.") from error
    forget_offers()
    return account


def edit_account(*, account: ProviderAccount, changes: dict[str, Any]) -> ProviderAccount:
    """Change fields: `kind`, `base_url`, `key` (written, never read), `models`, `currency`, `is_on`.

    A key goes to the address that it was entered for: another address or kind asks for it again.

    Raises:
        Invalid: naming the fields; nothing is saved.
    """
    _apply(account, changes)
    account.save()
    forget_offers()
    return account


def delete_account(*, account: ProviderAccount) -> None:
    """Bots that have chosen one of its models answer by themselves from now on."""
    account.delete()
    forget_offers()


def check_account(*, account: ProviderAccount) -> ProviderAccount:
    """Ask its first model for one word, and keep what came of it. Blocks for PROVIDER_TIMEOUT_SECONDS at most.

    Raises:
        Invalid: it offers no model. RateLimited.
    """
    if not account.offered:
        raise Invalid("Name at least one model first.", fields={"models": "Name at least one model."})
    consume_limit(name="provider_check", key=str(account.organisation_id))
    try:
        # On a loop of its own: the process's other answers keep their connections.
        asyncio.run(_ask(account))
    except (ProviderFailed, Unreadable) as error:
        account.check_error, account.check_hint = error.detail[:300], getattr(error, "hint", "")[:300]
    else:
        account.check_error = account.check_hint = ""
    account.checked_at = timezone.now()
    account.save(update_fields=["checked_at", "check_error", "check_hint", "updated_at"])
    return account


def find_uses(account: ProviderAccount) -> list[Use]:
    """The bots that have chosen one of its models, in the draft or in what is published."""
    begins = f"{account.name}/"
    bots = Chatbot.objects.filter(organisation=account.organisation_id).select_related("published")
    uses = []
    for bot in bots:
        live = bot.published is not None and str(bot.published.configuration.get("model", "")).startswith(
            begins
        )
        if live or bot.model.startswith(begins):
            uses.append(Use(bot, live))
    return uses


def reencrypt_keys() -> tuple[int, list[ProviderAccount]]:
    """Bring all keys under the newest of ENCRYPTION_KEYS; returns how many, and the accounts that cannot be read."""
    done, unreadable = 0, []
    for account in ProviderAccount.objects.exclude(key="").select_related("organisation"):
        try:
            fresh = reencrypt_secret(account.key)
        except Unreadable:
            unreadable.append(account)
            continue
        # Only if nobody entered another key meanwhile.
        done += ProviderAccount.objects.filter(pk=account.pk, key=account.key).update(key=fresh)
    return done, unreadable


async def _ask(account: ProviderAccount) -> None:
    offer = make_offer(account, account.offered[0])
    generation = Generation(
        offer.provider, offer.model, "", TEST_QUESTION, max_tokens=TEST_TOKENS, offer=offer
    )
    try:
        async for _ in stream_answer(generation):
            pass
    finally:
        await close_providers()


def _apply(account: ProviderAccount, changes: dict[str, Any]) -> None:
    """Set what `changes` ask for on the row. Raises Invalid."""
    unknown = changes.keys() - set(EDITABLE)
    if unknown:
        raise Invalid(fields=dict.fromkeys(sorted(unknown), "This cannot be changed."))
    before = (account.kind, account.base_url)
    faults: dict[str, str] = {}
    for name, value in changes.items():
        try:
            CHECKS[name](account, value)
        except Invalid as error:
            faults |= error.fields
    if account.key and "key" not in changes and (account.kind, account.base_url) != before:
        faults["key"] = KEY_AGAIN
    if not faults and not account.key and not account.base_url:
        faults["key"] = "Enter the key. Only servers of your own go without one."
    if faults:
        raise Invalid("Some of that cannot be saved. See each field.", fields=faults)


def _set_kind(account: ProviderAccount, value: Any) -> None:
    if value not in ProviderKind.values:
        raise Invalid(fields={"kind": f"Choose one of {', '.join(ProviderKind.values)}."})
    account.kind = value


def _set_base_url(account: ProviderAccount, value: Any) -> None:
    account.base_url = check_base_url(value)


def check_base_url(value: Any) -> str:
    """Return an address that may be asked, "" for the provider's own. Raises Invalid naming the field."""
    if value == "":
        return ""
    try:
        parts = urlsplit(value.strip()) if isinstance(value, str) and len(value) <= 300 else None
        is_whole = parts is not None and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        is_whole = False
    if parts is None or not is_whole or parts.scheme not in ("http", "https"):
        raise Invalid(fields={"base_url": "Give an address like https://api.example.com/v1."})
    if parts.username or parts.password or parts.query or parts.fragment:
        raise Invalid(fields={"base_url": "Leave out names, passwords and what follows a ? or #."})
    if not settings.PROVIDERS_MAY_BE_PRIVATE and is_private_host(str(parts.hostname)):
        raise Invalid(
            fields={"base_url": "This server asks no hosts in private networks (PROVIDERS_MAY_BE_PRIVATE)."}
        )
    return parts.geturl().rstrip("/")


def _set_key(account: ProviderAccount, value: Any) -> None:
    if not isinstance(value, str) or not KEY.fullmatch(value.strip()):
        raise Invalid(fields={"key": "A key has at most 500 characters, and no blanks."})
    key = value.strip()
    account.key = encrypt_secret(key) if key else ""
    account.key_ending = key[-SHOWN:] if len(key) >= SHORTEST_SHOWN else ""
    account.key_set_at = timezone.now() if key else None
    account.checked_at, account.check_error, account.check_hint = None, "", ""


def _set_models(account: ProviderAccount, value: Any) -> None:
    if not isinstance(value, list) or not 0 < len(value) <= MOST_MODELS:
        raise Invalid(fields={"models": f"Name one model at least, and {MOST_MODELS} at most."})
    offered = [_check_model(entry) for entry in value]
    if len({entry["name"] for entry in offered}) < len(offered):
        raise Invalid(fields={"models": "Name each model once."})
    account.offered = offered


def _check_model(entry: Any) -> dict[str, Any]:
    if not isinstance(entry, dict) or entry.keys() - {"name", "price_in", "price_out"}:
        raise Invalid(fields={"models": 'Each is an object: {"name", "price_in", "price_out"}.'})
    name = entry.get("name")
    if not isinstance(name, str) or not MODEL.fullmatch(name):
        raise Invalid(fields={"models": "A model's name has no blanks and at most 69 characters."})
    prices = {side: entry.get(side) for side in ("price_in", "price_out")}
    for price in prices.values():
        is_number = isinstance(price, int | float) and not isinstance(price, bool)
        if price is not None and not (is_number and 0 <= price <= MOST_PRICE):
            raise Invalid(
                fields={"models": f"A price is a number from 0 to {MOST_PRICE}, per million tokens."}
            )
    return {"name": name, **prices}


def _set_currency(account: ProviderAccount, value: Any) -> None:
    if not isinstance(value, str) or not CURRENCY.fullmatch(value):
        raise Invalid(fields={"currency": "Three capital letters, like EUR or USD."})
    account.currency = value


def _set_is_on(account: ProviderAccount, value: Any) -> None:
    if not isinstance(value, bool):
        raise Invalid(fields={"is_on": "Choose true or false."})
    account.is_on = value


CHECKS = {
    "kind": _set_kind,
    "base_url": _set_base_url,
    "key": _set_key,
    "models": _set_models,
    "currency": _set_currency,
    "is_on": _set_is_on,
}
