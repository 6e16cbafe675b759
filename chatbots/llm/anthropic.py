"""Anthropic's Messages API, and what speaks it, by the official SDK."""

from collections.abc import AsyncGenerator
from types import ModuleType
from typing import Any

import anthropic
from django.conf import settings

from chatbots.llm.answers import Heard, try_answer
from chatbots.llm.base import Access, Generation, Usage
from chatbots.llm.clients import Clients, make_http_client

OFFICIAL_URL = "https://api.anthropic.com"
# Why a message ended -> why an answer did. A message that stopped for a reason unknown to us is one that was cut short.
ENDINGS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "filtered",
}


def stream_answer(generation: Generation) -> AsyncGenerator[str | Usage, None]:
    """As chatbots.llm.base.stream_answer says. The tokens of the question are told before the first piece."""
    return try_answer(generation, wire=_Wire())


async def close_clients() -> None:
    """Close this loop's connections; the next answer opens new ones."""
    await _clients.close()


class _Wire:
    sdk: ModuleType = anthropic

    async def open_stream(self, generation: Generation) -> Any:
        create: Any = _clients.get(_find_access(generation)).messages.create
        return await create(
            model=generation.model,
            system=generation.system or anthropic.NOT_GIVEN,
            messages=generation.messages,
            max_tokens=generation.max_tokens,
            stream=True,
        )

    def read_chunk(self, chunk: Any) -> Heard:
        if chunk.type == "content_block_delta" and chunk.delta.type == "text_delta":
            return Heard(chunk.delta.text)
        if chunk.type == "message_start":
            return Heard(usage=Usage(_count_question(chunk.message.usage)))
        if chunk.type == "message_delta":
            reason = chunk.delta.stop_reason or ""
            tokens_out = chunk.usage.output_tokens if chunk.usage is not None else None
            return Heard(ended=ENDINGS.get(reason, reason), usage=Usage(None, tokens_out))
        return Heard()


def _count_question(usage: Any) -> int | None:
    """With what came out of the provider's cache, or went into it."""
    if usage is None or usage.input_tokens is None:
        return None
    cached = (usage.cache_creation_input_tokens or 0) + (usage.cache_read_input_tokens or 0)
    return int(usage.input_tokens + cached)


def _find_access(generation: Generation) -> Access:
    own = generation.access
    if own is None:
        own = Access(base_url=settings.ANTHROPIC_BASE_URL, key=settings.ANTHROPIC_API_KEY)
    # The SDK adds the version itself; people copy addresses with it.
    address = (own.base_url or OFFICIAL_URL).removesuffix("/v1")
    return Access(address, own.key, own.account, own.may_be_private)


def _make_client(access: Access) -> anthropic.AsyncAnthropic:
    return anthropic.AsyncAnthropic(
        base_url=access.base_url,
        api_key=access.key or "none",
        max_retries=0,
        http_client=make_http_client(access),
    )


_clients = Clients(_make_client)
