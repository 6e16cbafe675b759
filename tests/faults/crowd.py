"""A crowd of visitors in a process of its own, for the fault in which all of them lose the server at once.

    python -m tests.faults.crowd TOKENS SEED PACE URL…     TOKENS: a file with a visitor's token a line

Reads commands, a line each, and answers each with a line of JSON: `start` (all connected, each with a conversation of its
own), `say` (each says something, whether or not it is connected), `back` (all connected again, everything acknowledged),
`testify` (what the checker wants to know).
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from tests.faults.client import FaultClient

CONNECTING_AT_ONCE = 64
PATIENCE_SECONDS = 120.0
Answer = dict[str, Any]


class Crowd:
    """Light clients with the browser's backoff."""

    def __init__(self, tokens: list[str], *, seed: int, pace: float, urls: list[str]) -> None:
        rng = random.Random(seed)
        self.clients = [
            FaultClient(
                [*urls[number % len(urls) :], *urls[: number % len(urls)]],
                token=token,
                rng=random.Random(rng.random()),
                pace=pace,
                name=f"visitor {number + 1}",
            )
            for number, token in enumerate(tokens)
        ]

    async def start(self) -> Answer:
        limit = asyncio.Semaphore(CONNECTING_AT_ONCE)

        async def begin(client: FaultClient) -> None:
            async with limit:
                await client.start(seconds=PATIENCE_SECONDS)
                client.say("thanks")
                await client.settle(seconds=PATIENCE_SECONDS)

        await asyncio.gather(*(begin(client) for client in self.clients))
        return {"connected": len(self.clients)}

    async def say(self) -> Answer:
        for client in self.clients:
            client.say("thank you")
        return {"said": len(self.clients)}

    async def back(self) -> Answer:
        """`arrivals`: when each was ready again, in Unix seconds."""
        for client in self.clients:
            await client.until_ready(seconds=PATIENCE_SECONDS)
            await client.settle(seconds=PATIENCE_SECONDS)
        shift = time.time() - time.monotonic()
        return {
            "arrivals": [client.readies[-1] + shift for client in self.clients],
            "losses": [len(client.losses) for client in self.clients],
        }

    async def testify(self) -> Answer:
        return {
            "clients": [
                {
                    "name": client.name,
                    "acknowledged": client.acknowledged,
                    "said": client.said,
                    "complaints": client.complaints,
                    "views": {
                        session: [
                            [entry.seq, entry.sender, entry.text, entry.client_id, entry.state]
                            for entry in view.shown
                        ]
                        for session, view in client.views.items()
                    },
                }
                for client in self.clients
            ]
        }


async def obey(tokens: list[str], seed: str, pace: str, urls: list[str]) -> None:
    crowd = Crowd(tokens, seed=int(seed), pace=float(pace), urls=urls)
    commands: dict[str, Callable[[], Awaitable[Answer]]] = {
        "start": crowd.start,
        "say": crowd.say,
        "back": crowd.back,
        "testify": crowd.testify,
    }
    while line := await asyncio.to_thread(sys.stdin.readline):
        print(json.dumps(await commands[line.strip()]()), flush=True)


if __name__ == "__main__":
    path, seed, pace, *urls = sys.argv[1:]
    asyncio.run(obey(Path(path).read_text().split(), seed, pace, urls))
