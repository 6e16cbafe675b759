"""The seam between the engine and language models: what is asked, what comes back, and which provider answers whom.

A provider is a module with `stream_answer` and a line in PROVIDERS. It is imported when it is first asked: an
installation without models pays nothing for it.
"""

from collections.abc import AsyncGenerator
from dataclasses import dataclass
from importlib import import_module

from core.errors import ProviderFailed

__all__ = ["PROVIDERS", "Generation", "ProviderFailed", "Usage", "close_providers", "stream_answer"]

PROVIDERS = {"openai": "chatbots.llm.openai"}
_used: set[str] = set()


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


def stream_answer(generation: Generation) -> AsyncGenerator[str | Usage, None]:
    """The answer piece by piece, none of them empty; the last item, and only the last, is a Usage.

    `aclose()`, as well as cancelling the task that waits for a piece, closes the provider's connection at once.

    Raises:
        ProviderFailed: after the tries before the first piece, or once, when it stalls or breaks off later. `hint` says
            what to do about it.
    """
    module = PROVIDERS[generation.provider]
    _used.add(module)
    answer: AsyncGenerator[str | Usage, None] = import_module(module).stream_answer(generation)
    return answer


async def close_providers() -> None:
    """Close the connections that this loop's providers keep open; for shutdown. Costs nothing where none was used."""
    for module in _used:
        await import_module(module).close_client()
