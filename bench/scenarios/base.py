"""What every scenario offers to the load generator."""

import asyncio
import itertools
import uuid
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Any, TypeVar

from bench.meter import Conversation, Meter

T = TypeVar("T")
OPENING_AT_ONCE = 20


class Scenario(ABC):
    """Opens conversations; the meter drives them."""

    def __init__(self, meter: Meter) -> None:
        self.meter = meter

    @abstractmethod
    async def open(self, count: int) -> Sequence[Conversation]:
        """Connect so many more and return them ready to begin."""

    def totals(self) -> dict[str, Any]:
        """Counts for the check against the database."""
        return {}


async def open_all(count: int, open_one: Callable[[int], Awaitable[T]]) -> list[T]:
    """Open many with a bounded number at a time, so that the server's accept queue never overflows."""
    gate = asyncio.Semaphore(OPENING_AT_ONCE)

    async def guarded(number: int) -> T:
        async with gate:
            return await open_one(number)

    return await asyncio.gather(*(guarded(number) for number in range(count)))


def client_ids() -> Iterator[str]:
    """Distinct ids of a UUID's shape, far cheaper than uuid4 for each message."""
    prefix = str(uuid.uuid4())[:24]
    return (f"{prefix}{number:012x}" for number in itertools.count())
