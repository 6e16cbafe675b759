"""The seam between the engine and language models: what is asked, what comes back, and which provider answers whom.

A provider is a module with `stream_answer` and `close_clients`, and a line in PROVIDERS. It is imported when it is first
asked: an installation without models pays nothing for it.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass, field
from importlib import import_module
from types import ModuleType

from core.errors import ProviderFailed

__all__ = [
    "ENVIRONMENT", "PROVIDERS", "Access", "Generation", "Offer", "ProviderFailed", "Usage", "close_providers",
    "stream_answer",
]  # fmt: skip

PROVIDERS = {"openai": "chatbots.llm.openai", "anthropic": "chatbots.llm.anthropic"}


@dataclass(frozen=True, slots=True)
class Access:
    """Where a model is asked and under which key; `base_url` "": the provider's own address.

    `account` is the name of the organisation's account, "" for the environment's. `may_be_private`: whether the address
    may lie in a private network.
    """

    base_url: str = ""
    key: str = field(default="", repr=False)
    account: str = ""
    may_be_private: bool = True


# The environment's own address and key, read when they are used.
ENVIRONMENT = None


@dataclass(frozen=True, slots=True)
class Offer:
    """A model that a bot may have. `name` is what bots and messages call it, `model` what its provider does.

    `access` None: the environment's. Prices are per million tokens, in `currency`; None where nobody said.
    """

    name: str
    provider: str
    model: str
    access: Access | None = ENVIRONMENT
    price_in: float | None = None
    price_out: float | None = None
    currency: str = ""


@dataclass(frozen=True, slots=True)
class Generation:
    """What to ask. `provider` is a name in PROVIDERS; `messages` are `{"role", "content"}`, oldest first.

    `offer` says whose model it is and what it costs, None for one of the environment's without prices. The first
    `rules_length` characters of `system` are nobody's to be told; `language` is the one to be answered in, "" for any.
    """

    provider: str
    model: str
    system: str
    messages: list[dict[str, str]]
    max_tokens: int = 1024
    offer: Offer | None = None
    rules_length: int = 0
    language: str = ""

    @property
    def access(self) -> Access | None:
        return self.offer.access if self.offer is not None else ENVIRONMENT


@dataclass(frozen=True, slots=True)
class Usage:
    """What the provider counted; None where it did not say."""

    tokens_in: int | None = None
    tokens_out: int | None = None


async def stream_answer(generation: Generation) -> AsyncGenerator[str | Usage, None]:
    """The answer piece by piece, none of them empty; the last item is a Usage. What is known earlier of it comes earlier.

    `aclose()`, as well as cancelling the task that waits for a piece, closes the provider's connection at once.

    Raises:
        ProviderFailed: after the tries before the first piece, or at once when it stalls or breaks off later. `hint` says
            what to do about it.
    """
    provider = await _load(PROVIDERS[generation.provider])
    async with aclosing(provider.stream_answer(generation)) as pieces:
        async for piece in pieces:
            yield piece


async def prepare_provider(name: str) -> None:
    """Import a provider, on a thread: it takes the better part of a second, which the first visitor need not wait for."""
    await _load(PROVIDERS[name])


async def close_providers() -> None:
    """Close the connections that this loop's providers keep open; for shutdown. Costs nothing where none was used."""
    for name in PROVIDERS.values():
        if name in sys.modules:
            await (await _load(name)).close_clients()


async def _load(name: str) -> ModuleType:
    known = sys.modules.get(name)
    # A module that another thread is still importing is in `sys.modules` already; `import_module` waits for it.
    if known is not None and hasattr(known, "stream_answer"):
        return known
    return await asyncio.to_thread(import_module, name)
