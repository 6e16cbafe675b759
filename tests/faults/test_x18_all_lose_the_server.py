"""X18: 2,000 clients lose the server at once. All are back and in step within 60 s, and they do not come all at once."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checker import conclude, look
from tests.faults.fault import Fault
from tests.faults.log_view import Entry, LogView
from tests.faults.stage import FULL, Stage
from tests.server import ROOT

CLIENTS = 2_000 if FULL else 200
# The browser's own times in a full run; here two seconds of its backoff are one.
PACE = 1.0 if FULL else 0.5
BACK_SECONDS = 60
SETTLE_SECONDS = 20
CHUNK_BYTES = 2**26


@dataclass
class Testimony:
    """What a client of the other process saw."""

    name: str
    acknowledged: dict[str, tuple[str, int]]
    said: list[str]
    complaints: list[str]
    views: dict[str, LogView]

    @classmethod
    def of(cls, told: dict[str, Any]) -> "Testimony":
        views = {session: LogView() for session in told["views"]}
        for session, entries in told["views"].items():
            for entry in entries:
                views[session].put(Entry(*entry))
        places = {client_id: (place[0], place[1]) for client_id, place in told["acknowledged"].items()}
        return cls(told["name"], places, told["said"], told["complaints"], views)


@dataclass
class CrowdProcess:
    process: asyncio.subprocess.Process

    async def ask(self, command: str) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{command}\n".encode())
        line = await self.process.stdout.readline()
        assert line, f"the crowd died of {command!r}"
        answer: dict[str, Any] = json.loads(line)
        return answer

    async def testify(self) -> list[Testimony]:
        return [Testimony.of(told) for told in (await self.ask("testify"))["clients"]]


@asynccontextmanager
async def gather_crowd(
    stage: Stage, tokens: list[str], seed: int, folder: Path
) -> AsyncIterator[CrowdProcess]:
    path = folder / "tokens"
    path.write_text("\n".join(tokens))
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.crowd", str(path), str(seed), str(PACE), *stage.urls,
        cwd=ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, limit=CHUNK_BYTES,
    )  # fmt: skip
    try:
        yield CrowdProcess(process)
    finally:
        process.kill()
        await process.wait()


@pytest.mark.timeout(400)
async def test_everybody_comes_back_and_they_do_not_come_all_at_once(
    distributed: Stage, fault: Fault, seed: int, tmp_path: Path
) -> None:
    tokens = await distributed.reuse_visitors(CLIENTS)
    async with gather_crowd(distributed, tokens, seed, tmp_path) as crowd:
        await crowd.ask("start")
        fault.begin()
        lost_at = time.time()
        await asyncio.gather(*(asyncio.to_thread(web.kill) for web in distributed.webs))
        await crowd.ask("say")
        await asyncio.gather(*(asyncio.to_thread(web.start) for web in distributed.webs))
        back = await crowd.ask("back")
        assert fault.recovered() <= BACK_SECONDS
        assert all(arrival > lost_at for arrival in back["arrivals"])
        assert all(back["losses"])
        assert measure_crowding(back["arrivals"]) <= 0.5
        await settle(distributed, crowd)


def measure_crowding(arrivals: list[float]) -> float:
    """The share of all that came within the busiest quarter of a second."""
    times = sorted(arrivals)
    most = max(sum(1 for time in times if start <= time < start + 0.25) for start in times)
    return most / len(times)


async def settle(stage: Stage, crowd: CrowdProcess) -> None:
    """The checker, over what the crowd says, until it has seen everything or the time is over."""
    deadline = time.monotonic() + SETTLE_SECONDS
    while True:
        verdict = await asyncio.to_thread(look, stage, await crowd.testify())
        if verdict.is_clean or time.monotonic() > deadline:
            conclude(verdict)
            return
