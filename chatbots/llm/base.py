"""The seam between the engine and language models: what is asked, what comes back, and which provider answers whom.

A provider is a module with `stream_answer` and `close_client`, and a line in PROVIDERS. It is imported when it is first
asked: an installation without models pays nothing for it.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType

from core.errors import ProviderFailed

__all__ = ["PROVIDERS", "Generation", "ProviderFailed", "Usage", "close_providers", "stream_answer"]

PROVIDERS = {"openai": "chatbots.llm.openai"}


@dataclass(frozen=True, slots=True)
class Generation:
    """What to ask. `provider` is a name in PROVIDERS; `messages` are `{"role", "content"}`, oldest first."""

    provider: str
    model: str
    system: str
    messages: list[dict[str, str]]
    max_tokens: int = 1024


@dataclass(frozen=True, slots=True)
class Usage:
    """What the provider counted; None where it did not say."""

    tokens_in: int | None = None
    tokens_out: int | None = None


async def stream_answer(generation: Generation) -> AsyncGenerator[str | Usage, None]:
    """The answer piece by piece, none of them empty; the last item, and only the last, is a Usage.

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
            await (await _load(name)).close_client()


async def _load(name: str) -> ModuleType:
    known = sys.modules.get(name)
    # A module that another thread is still importing is in `sys.modules` already; `import_module` waits for it.
    if known is not None and hasattr(known, "stream_answer"):
        return known
    return await asyncio.to_thread(import_module, name)
