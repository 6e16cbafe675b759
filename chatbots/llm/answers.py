"""One answer from any provider: tries, time limits and its end. What differs between providers is a Wire.

The SDKs' own retries are off: ours know when the first piece is out, heed what the provider says about waiting, and never
keep a visitor waiting beyond one time limit.
"""

import asyncio
import random
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from types import ModuleType
from typing import Any, Protocol

from django.conf import settings

from chatbots.llm.base import Generation, ProviderFailed, Usage
from chatbots.llm.faults import Fault, explain_ending, explain_error, name_place

TRIES = 3
# With full jitter, over half a second and then one: of many turns that failed together, no two come back together.
BACKOFF_SECONDS = 0.5
# A model that thinks before it speaks sends signs of life; it gets this many time limits for its first piece.
THINKING_LIMITS = 3
# A server that ignores `max_tokens` is not listened to for ever.
MAX_CHARACTERS = 32_000
CUT_SHORT = " …"


@dataclass(frozen=True, slots=True)
class Heard:
    """What one chunk says. `ended`: "stop", "length", "filtered" or another reason, "" while it goes on. `usage` holds
    what this chunk tells of it.
    """

    text: str = ""
    ended: str = ""
    usage: Usage | None = None


class Wire(Protocol):
    """A provider's wire format, spoken by its SDK."""

    sdk: ModuleType

    async def open_stream(self, generation: Generation) -> Any:
        """Send the question; returns, once the headers are there, what can be iterated over and has `close()`."""
        ...

    def read_chunk(self, chunk: Any) -> Heard: ...


async def try_answer(generation: Generation, *, wire: Wire) -> AsyncGenerator[str | Usage, None]:
    """As chatbots.llm.base.stream_answer says. All tries together have PROVIDER_TIMEOUT_SECONDS for a sign of life."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + settings.PROVIDER_TIMEOUT_SECONDS
    place = name_place(generation.provider, generation.access)
    for attempt in range(1, TRIES + 1):
        answer = _Answer(generation, wire=wire, deadline=deadline)
        try:
            async with aclosing(answer.read()) as pieces:
                async for piece in pieces:
                    yield piece
        except Exception as error:  # noqa: BLE001 - the SDKs let through whatever their libraries raise on garbage
            fault = explain_error(error, sdk=wire.sdk, place=place, spoke=answer.spoke)
            wait = _wait_before_next(fault, attempt)
            if answer.spoke or not fault.passing or attempt == TRIES or loop.time() + wait > deadline:
                raise ProviderFailed(
                    fault.detail, hint=fault.hint, retry_after_s=fault.retry_after_s
                ) from None
        else:
            return
        await asyncio.sleep(wait)


class _Answer:
    """One try at one answer, whose first sign of life must come until `deadline` (the loop's time)."""

    def __init__(self, generation: Generation, *, wire: Wire, deadline: float) -> None:
        self.spoke = False
        self._generation, self._wire = generation, wire
        self._deadline = deadline
        self._alive = False
        self._ended = ""
        self._usage = Usage()

    async def read(self) -> AsyncGenerator[str | Usage, None]:
        """The pieces, then the usage. Raises Fault, TimeoutError, and whatever the SDK raises.

        The connection is closed wherever the stream stands when this ends: what is not read is not waited for.
        """
        async with asyncio.timeout_at(self._deadline):
            stream = await self._wire.open_stream(self._generation)
        length = 0
        try:
            while (chunk := await self._next(stream)) is not None and length < MAX_CHARACTERS:
                known = self._usage
                piece = self._take(chunk)
                if self._usage != known and not self._ended:
                    yield self._usage
                if piece:
                    self.spoke = True
                    yield piece
                # Chunks without a word are no way to keep us for ever, once it has begun to speak.
                length += max(len(piece), int(self.spoke))
        finally:
            await stream.close()
        if not self._ended and length < MAX_CHARACTERS:
            raise explain_ending("cut" if self._alive else "nothing", spoke=self.spoke)
        if not self.spoke:
            raise explain_ending(self._ended, spoke=False)
        if self._ended != "stop":
            yield CUT_SHORT
        yield self._usage

    async def _next(self, stream: Any) -> Any:
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

    def _take(self, chunk: Any) -> str:
        """The piece of text in a chunk, often none. What neither database stores is left out."""
        heard = self._wire.read_chunk(chunk)
        self._ended = heard.ended or self._ended
        if heard.usage is not None:
            self._usage = Usage(
                self._usage.tokens_in if heard.usage.tokens_in is None else heard.usage.tokens_in,
                self._usage.tokens_out if heard.usage.tokens_out is None else heard.usage.tokens_out,
            )
        return heard.text.replace("\x00", "").encode("utf-8", "ignore").decode()


def _wait_before_next(fault: Fault, attempt: int) -> float:
    backoff = random.uniform(0, BACKOFF_SECONDS * 2 ** (attempt - 1))  # noqa: S311 - no secret
    return max(backoff, fault.retry_after_s or 0.0)
