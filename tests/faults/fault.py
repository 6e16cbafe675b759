"""What a fault's test holds in its hand: it makes clients, measures the recovery and asks the checker."""

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.faults.checker import Verdict, check
from tests.faults.client import FaultClient
from tests.faults.stage import PACE, Stage


@dataclass
class Fault:
    """One fault on its way: makes clients, measures the recovery, asks the checker."""

    rng: random.Random
    item: Any
    clients: list[FaultClient] = field(default_factory=list)
    _broken_at: float = 0.0

    def client(self, addresses: Sequence[str] | str, *, token: str, **options: Any) -> FaultClient:
        """A client that is stopped with the test; not yet started."""
        urls = [addresses] if isinstance(addresses, str) else addresses
        chance = random.Random(self.rng.random())
        name = options.pop("name", f"client {len(self.clients) + 1}")
        options.setdefault("pace", PACE)
        client = FaultClient(urls, token=token, rng=chance, name=name, **options)
        self.clients.append(client)
        return client

    async def visitors(self, stage: Stage, count: int, **options: Any) -> list[FaultClient]:
        """Connected clients of new visitors, spread over the stage's processes."""
        made = []
        for number, token in enumerate(await stage.make_visitors(count)):
            turn = number % len(stage.urls)
            urls = options.get("addresses") or [*stage.urls[turn:], *stage.urls[:turn]]
            rest = {key: value for key, value in options.items() if key != "addresses"}
            made.append(await self.client(urls, token=token, **rest).start())
        return made

    def begin(self) -> None:
        """The fault is over, or goes on; from now on recovery is measured."""
        self._broken_at = time.monotonic()

    def recovered(self) -> float:
        """Seconds since `begin`, kept for the table."""
        seconds = time.monotonic() - self._broken_at
        self.item.fault_recovery = max(seconds, getattr(self.item, "fault_recovery", 0.0))
        return seconds

    async def check(
        self, stage: Stage, clients: Sequence[FaultClient] | None = None, *, seconds: float = 15
    ) -> Verdict:
        return await check(stage, self.clients if clients is None else clients, seconds=seconds)
