"""Many single look-ups as one query: what is asked for while a query runs goes into the next one, as in the writer.

A connection that opens costs a hop to a database thread and a query; a thousand that open at once share both.
"""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from conversations.database import run_query

K = TypeVar("K")
V = TypeVar("V")
MOST = 200


class Gathered(Generic[K, V]):
    """`await gathered.read(key)`; `read_many` is called on a database thread with up to MOST different keys.

    Every caller is answered from a query that began after it asked. What `read_many` raises, all its callers get; a key
    that is missing from its answer is None.
    """

    def __init__(self, read_many: Callable[[list[K]], dict[K, V]]) -> None:
        self.read_many = read_many
        self._lines: WeakKeyDictionary[asyncio.AbstractEventLoop, _Line[K, V]] = WeakKeyDictionary()

    async def read(self, key: K) -> V | None:
        loop = asyncio.get_running_loop()
        line = self._lines.get(loop)
        if line is None:
            line = self._lines[loop] = _Line(self)
        return await line.ask(key, loop.create_future())


class _Line(Generic[K, V]):
    """One loop's callers."""

    def __init__(self, gathered: Gathered[K, V]) -> None:
        self._gathered = gathered
        self._waiting: list[tuple[K, asyncio.Future[V | None]]] = []
        self._task: asyncio.Task[None] | None = None

    def ask(self, key: K, future: "asyncio.Future[V | None]") -> "asyncio.Future[V | None]":
        self._waiting.append((key, future))
        if self._task is None:
            self._task = asyncio.create_task(self._drain())
        return future

    async def _drain(self) -> None:
        try:
            while self._waiting:
                batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._answer(batch)
        finally:
            self._task = None

    async def _answer(self, batch: "list[tuple[K, asyncio.Future[V | None]]]") -> None:
        try:
            found = await run_query(self._gathered.read_many, list({key for key, _ in batch}))
        except Exception as error:  # noqa: BLE001 - it is theirs who asked
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
            return
        for key, future in batch:
            if not future.done():
                future.set_result(found.get(key))
