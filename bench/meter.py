"""Counts what came back, and when: one window at a time, one message in flight for each conversation."""

import asyncio
import statistics
import time
from collections import Counter
from typing import Protocol

DRAIN_TIMEOUT_S = 30.0


class Conversation(Protocol):
    """Something that can send one more message; it tells the meter when that one has come home."""

    def begin(self) -> None: ...


class Meter:
    """`begin` and `finish` bracket each message; a window's figures are those of messages that ended inside it."""

    def __init__(self) -> None:
        self.finished = 0
        self.troubles: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self._running = False
        self._in_flight = 0
        self._latencies: list[float] = []
        self._acknowledgements: list[float] = []
        self._drained = asyncio.Event()

    def begin(self) -> float:
        self._in_flight += 1
        return time.perf_counter()

    def acknowledge(self, begun_at: float) -> None:
        if self._running:
            self._acknowledgements.append(time.perf_counter() - begun_at)

    def finish(self, conversation: Conversation, begun_at: float) -> None:
        """Record the message and send the next one, or let the conversation rest between windows."""
        self.finished += 1
        self._in_flight -= 1
        if self._running:
            self._latencies.append(time.perf_counter() - begun_at)
            conversation.begin()
        elif not self._in_flight:
            self._drained.set()

    def trouble(self, what: str) -> None:
        """Something that must not happen; any of it makes the run invalid."""
        self.troubles[what] += 1

    async def measure(self, conversations: list[Conversation], *, seconds: float) -> dict[str, float]:
        """Run one window and wait until the last message in flight is home."""
        self._latencies, self._acknowledgements = [], []
        self._drained.clear()
        self._running = True
        begun_at = time.perf_counter()
        for conversation in conversations:
            conversation.begin()
        await asyncio.sleep(seconds)
        self._running = False
        elapsed = time.perf_counter() - begun_at
        latencies, acknowledgements = sorted(self._latencies), sorted(self._acknowledgements)
        await self._drain()
        return {"per_s": len(latencies) / elapsed, "count": len(latencies), "seconds": elapsed,
                **_spread("", latencies), **_spread("accepted_", acknowledgements)}  # fmt: skip

    async def _drain(self) -> None:
        if self._in_flight:
            try:
                await asyncio.wait_for(self._drained.wait(), DRAIN_TIMEOUT_S)
            except TimeoutError:
                self.trouble(f"{self._in_flight} messages never came home")
                raise


def _spread(prefix: str, ordered: list[float]) -> dict[str, float]:
    """Median and 99th percentile of an ordered list of seconds, in milliseconds."""
    if not ordered:
        return {}
    p99 = ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]
    return {f"{prefix}p50_ms": statistics.median(ordered) * 1000, f"{prefix}p99_ms": p99 * 1000}
