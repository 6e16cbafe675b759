"""Any endpoint that speaks OpenAI's chat completions: OpenAI itself, Ollama, vLLM, Groq …

The official SDK carries the requests. Its own retries are off: ours know when the first piece is out, heed what the
provider says about waiting, and never keep a visitor waiting beyond one time limit.
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from weakref import WeakKeyDictionary

from django.conf import settings
from openai import AsyncOpenAI, AsyncStream, Timeout
from openai.types.chat import ChatCompletionChunk

from chatbots.llm.base import Generation, ProviderFailed, Usage
from chatbots.llm.openai_faults import Fault, explain_ending, explain_error

OFFICIAL_URL = "https://api.openai.com/v1"
CONNECT_SECONDS = 5.0
TRIES = 3
# With full jitter, over half a second and then one: of many turns that failed together, no two come back together.
BACKOFF_SECONDS = 0.5
# A model that thinks before it speaks sends signs of life; it gets this many time limits for its first piece.
THINKING_LIMITS = 3
# A server that ignores `max_tokens` is not listened to for ever.
MAX_CHARACTERS = 32_000
CUT_SHORT = " …"

_clients: "WeakKeyDictionary[asyncio.AbstractEventLoop, AsyncOpenAI]" = WeakKeyDictionary()


async def stream_answer(generation: Generation) -> AsyncGenerator[str | Usage, None]:
    """As chatbots.llm.base.stream_answer says. All tries together have PROVIDER_TIMEOUT_SECONDS for a sign of life."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + settings.PROVIDER_TIMEOUT_SECONDS
    for attempt in range(1, TRIES + 1):
        answer = _Answer(generation, deadline=deadline)
        try:
            async with aclosing(answer.read()) as pieces:
                async for piece in pieces:
                    yield piece
        except Exception as error:  # noqa: BLE001 - the SDK lets through whatever its libraries raise on garbage
            fault = explain_error(error, spoke=answer.spoke)
            wait = _wait_before_next(fault, attempt)
            if answer.spoke or not fault.passing or attempt == TRIES or loop.time() + wait > deadline:
                raise ProviderFailed(
                    fault.detail, hint=fault.hint, retry_after_s=fault.retry_after_s
                ) from None
        else:
            return
        await asyncio.sleep(wait)


async def close_clients() -> None:
    """Close this loop's connections; the next answer opens new ones."""
    client = _clients.pop(asyncio.get_running_loop(), None)
    if client is not None:
        await client.close()


class _Answer:
    """One try at one answer, whose first sign of life must come until `deadline` (the loop's time)."""

    def __init__(self, generation: Generation, *, deadline: float) -> None:
        self.spoke = False
        self._generation = generation
        self._deadline = deadline
        self._alive = False
        self._ended = ""
        self._usage = Usage()

    async def read(self) -> AsyncGenerator[str | Usage, None]:
        """The pieces, then the usage. Raises Fault, TimeoutError, and whatever the SDK raises.

        The connection is closed wherever the stream stands when this ends: what is not read is not waited for.
        """
        async with asyncio.timeout_at(self._deadline):
            stream = await _ask(self._generation)
        try:
            length = 0
            while (chunk := await self._next(stream)) is not None and length < MAX_CHARACTERS:
                if piece := self._take(chunk):
                    length += len(piece)
                    self.spoke = True
                    yield piece
        finally:
            await stream.close()
        if not self._ended and length < MAX_CHARACTERS:
            raise explain_ending("cut" if self._alive else "nothing", spoke=self.spoke)
        if not self.spoke:
            raise explain_ending(self._ended, spoke=False)
        if self._ended != "stop":
            yield CUT_SHORT
        yield self._usage

    async def _next(self, stream: AsyncStream[ChatCompletionChunk]) -> ChatCompletionChunk | None:
        """The next chunk, None at the end. Each is a sign of life, but thinking has its limit too."""
        limit = settings.PROVIDER_TIMEOUT_SECONDS
        until = asyncio.get_running_loop().time() + limit
        if not self._alive:
            until = self._deadline
        elif not self.spoke:
            until = min(until, self._deadline + (THINKING_LIMITS - 1) * limit)
        async with asyncio.timeout_at(until):
            chunk = await anext(stream, None)
        self._alive = self._alive or chunk is not None
        return chunk

    def _take(self, chunk: ChatCompletionChunk) -> str:
        """The piece of text in a chunk, often none. What neither database stores is left out."""
        if chunk.usage is not None:
            self._usage = Usage(chunk.usage.prompt_tokens, chunk.usage.completion_tokens)
        if not chunk.choices:
            return ""
        choice = chunk.choices[0]
        self._ended = choice.finish_reason or self._ended
        return (choice.delta.content or "").replace("\x00", "").encode("utf-8", "ignore").decode()


async def _ask(generation: Generation) -> AsyncStream[ChatCompletionChunk]:
    """Send the question; returns once the provider's headers are there."""
    system = [{"role": "system", "content": generation.system}] if generation.system else []
    # OpenAI's newer models refuse the old name; other servers often know only that.
    limit = "max_completion_tokens" if _read_base_url() == OFFICIAL_URL else "max_tokens"
    return await _get_client().chat.completions.create(  # type: ignore[no-any-return, call-overload]
        model=generation.model,
        messages=[*system, *generation.messages],
        stream=True,
        stream_options={"include_usage": True},
        **{limit: generation.max_tokens},
    )


def _get_client() -> AsyncOpenAI:
    """This loop's client. The SDK's read limit is off: silence is judged by pieces of text, not by bytes."""
    loop = asyncio.get_running_loop()
    client = _clients.get(loop)
    if client is None:
        seconds = settings.PROVIDER_TIMEOUT_SECONDS
        client = _clients[loop] = AsyncOpenAI(
            base_url=_read_base_url(),
            # Servers of one's own often want none, the SDK always one.
            api_key=settings.OPENAI_API_KEY or "none",
            max_retries=0,
            timeout=Timeout(None, connect=min(CONNECT_SECONDS, seconds)),
        )
    return client


def _read_base_url() -> str:
    return settings.OPENAI_BASE_URL or OFFICIAL_URL


def _wait_before_next(fault: Fault, attempt: int) -> float:
    backoff = random.uniform(0, BACKOFF_SECONDS * 2 ** (attempt - 1))  # noqa: S311 - no secret
    return max(backoff, fault.retry_after_s or 0.0)
