"""Which language models a bot may choose: those that the deployer names, and those of its organisation's accounts.

The deployer's go by their bare names (OPENAI_MODELS, ANTHROPIC_MODELS), an account's as ACCOUNT/MODEL.
"""

import time
from collections.abc import Iterator

from django.conf import settings

from chatbots.llm.accounts import find_account_offer, list_account_models
from chatbots.llm.base import Offer, prepare_provider
from conversations.database import run_query
from core.errors import Invalid

OFFLINE = ""
# How long a process goes by what it knows of an account: a key that was taken away is used no longer than this.
KNOWN_SECONDS = 3.0
MOST_KNOWN = 1_000
_known: dict[tuple[int, str], tuple[float, Offer | None]] = {}


def list_models(organisation_id: int | None = None) -> list[str]:
    """The names that the organisation's bots may choose, the deployer's first; None: the deployer's alone."""
    own = list(dict.fromkeys(name for _, name in _list_environment()))
    return own if organisation_id is None else own + list_account_models(organisation_id)


def find_provider(model: str) -> str:
    """The provider of one of the deployer's models, "" where it is none of them."""
    return next((provider for provider, name in _list_environment() if name == model), "")


def find_offer(*, organisation_id: int, model: str) -> Offer | None:
    """What the name stands for in this organisation, None where it is not to be had (any more). May ask the database."""
    if provider := find_provider(model):
        return Offer(name=model, provider=provider, model=model)
    if not model or "/" not in model:
        return None
    return find_account_offer(organisation_id=organisation_id, model=model)


async def load_offer(*, organisation_id: int, model: str) -> Offer | None:
    """The same from the loop. What accounts offer is remembered for KNOWN_SECONDS."""
    if find_provider(model) or "/" not in model:
        return find_offer(organisation_id=organisation_id, model=model)
    known = _known.get((organisation_id, model))
    if known is not None and known[0] > time.monotonic():
        return known[1]
    offer = await run_query(find_offer, organisation_id=organisation_id, model=model)
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[organisation_id, model] = (time.monotonic() + KNOWN_SECONDS, offer)
    return offer


def forget_offers() -> None:
    """In this process; others forget within KNOWN_SECONDS."""
    _known.clear()


async def prepare_providers() -> None:
    """Import what the deployer's models need, beside the loop, before the first visitor has to wait for it."""
    for name in {provider for provider, _ in _list_environment()}:
        await prepare_provider(name)


def check_model(model: object, *, organisation_id: int | None = None, field: str = "model") -> str:
    """Return the model when it may be chosen; "" is none at all, which always may. Raises Invalid naming the field.

    Asks the database for names of accounts only.
    """
    if model == OFFLINE:
        return OFFLINE
    if isinstance(model, str) and len(model) <= 100:
        if find_provider(model):
            return model
        if organisation_id is not None and find_offer(organisation_id=organisation_id, model=model):
            return model
    offered = ", ".join(list_models(organisation_id))
    sentence = (
        f"There is no such model here. Choose one of: {offered}; or none, to answer without one."
        if offered
        else "No language model is set up. Leave it empty; owners add one under Language models, or whoever runs the server"
        " by OPENAI_MODELS."
    )
    raise Invalid(sentence, fields={field: sentence})


def _list_environment() -> Iterator[tuple[str, str]]:
    """The deployer's (provider, model), in the deployer's order."""
    if settings.OPENAI_BASE_URL or settings.OPENAI_API_KEY:
        yield from (("openai", name.strip()) for name in settings.OPENAI_MODELS if name.strip())
    if settings.ANTHROPIC_API_KEY:
        yield from (("anthropic", name.strip()) for name in settings.ANTHROPIC_MODELS if name.strip())
