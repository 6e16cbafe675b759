"""Clients that keep talking while something breaks."""

import asyncio
import random
from collections.abc import Sequence
from typing import Self

from tests.faults.client import FaultClient
from tests.faults.waiting import pause

EVERY_SECONDS = 0.15


class Traffic:
    """`async with Traffic(clients, rng):` each says something again and again; on leaving, all is acknowledged.

    Nobody waits for an acknowledgement before the next message: the outbox keeps them in order.
    """

    def __init__(
        self, clients: Sequence[FaultClient], rng: random.Random, *, every: float = EVERY_SECONDS
    ) -> None:
        self._clients, self._rng, self._every = clients, rng, every
        self._tasks: list[asyncio.Task[None]] = []
        self.count = 0

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._talk(client)) for client in self._clients]
        return self

    async def __aexit__(self, failed: object, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        if failed is None:
            for result in results:
                if isinstance(result, Exception):
                    raise result
            await self.settle()

    async def settle(self, *, seconds: float = 30) -> None:
        """Everything said so far is acknowledged."""
        await asyncio.gather(*(client.settle(seconds=seconds) for client in self._clients))

    async def more(self, count: int, *, seconds: float = 20) -> None:
        """Wait until each client has had so many more messages acknowledged."""
        await asyncio.gather(*(_have_more(client, count, seconds) for client in self._clients))

    async def _talk(self, client: FaultClient) -> None:
        while True:
            self.count += 1
            client.say(f"Message {self.count}: how long does delivery take?")
            await pause(self._rng.uniform(0, 2 * self._every))


async def pair_up(talkers: Sequence[FaultClient], listeners: Sequence[FaultClient]) -> None:
    """Each talker opens a session, and its listener (another tab of the same visitor) shows it too."""
    for talker, listener in zip(talkers, listeners, strict=True):
        talker.say("hello")
        await talker.settle()
        listener.follow(talker.session)
        await _show_something(listener, talker.session)


async def _have_more(client: FaultClient, count: int, seconds: float) -> None:
    mark = len(client.acknowledged) + count
    await client.until(
        lambda: len(client.acknowledged) >= mark, seconds=seconds, what=f"{count} more messages acknowledged"
    )


async def _show_something(client: FaultClient, session: str) -> None:
    await client.until(lambda: client.views[session].head > 0, seconds=10, what="shown in the other tab")
