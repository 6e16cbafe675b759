"""Any endpoint that speaks OpenAI's chat completions: OpenAI itself, Ollama, vLLM, Groq … by the official SDK."""

from collections.abc import AsyncGenerator
from types import ModuleType
from typing import Any

import openai
from django.conf import settings

from chatbots.llm.answers import Heard, try_answer
from chatbots.llm.base import Access, Generation, Usage
from chatbots.llm.clients import Clients, make_http_client

OFFICIAL_URL = "https://api.openai.com/v1"
FILTERED = "content_filter"


def stream_answer(generation: Generation) -> AsyncGenerator[str | Usage, None]:
    """As chatbots.llm.base.stream_answer says."""
    return try_answer(generation, wire=_Wire())


async def close_clients() -> None:
    """Close this loop's connections; the next answer opens new ones."""
    await _clients.close()


class _Wire:
    sdk: ModuleType = openai

    async def open_stream(self, generation: Generation) -> Any:
        access = _find_access(generation)
        system = [{"role": "system", "content": generation.system}] if generation.system else []
        # OpenAI's newer models refuse the old name; other servers often know only that.
        limit = "max_completion_tokens" if access.base_url == OFFICIAL_URL else "max_tokens"
        create: Any = _clients.get(access).chat.completions.create
        return await create(
            model=generation.model,
            messages=[*system, *generation.messages],
            stream=True,
            stream_options={"include_usage": True},
            **{limit: generation.max_tokens},
        )

    def read_chunk(self, chunk: Any) -> Heard:
        usage = None
        if chunk.usage is not None:
            usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
        if not chunk.choices:
            return Heard(usage=usage)
        choice = chunk.choices[0]
        ended = choice.finish_reason or ""
        return Heard(choice.delta.content or "", "filtered" if ended == FILTERED else ended, usage)


def _find_access(generation: Generation) -> Access:
    own = generation.access
    if own is None:
        own = Access(base_url=settings.OPENAI_BASE_URL, key=settings.OPENAI_API_KEY)
    return Access(own.base_url or OFFICIAL_URL, own.key, own.account, own.may_be_private)


def _make_client(access: Access) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(
        base_url=access.base_url,
        # Servers of one's own often want none, the SDK always one.
        api_key=access.key or "none",
        organization="",
        project="",
        max_retries=0,
        http_client=make_http_client(access),
    )


_clients = Clients(_make_client)
