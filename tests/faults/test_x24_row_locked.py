"""X24: a foreign transaction holds one conversation's row for a second. Others wait at most 50 ms longer."""

import statistics
import time
from collections.abc import Sequence

import psycopg

from tests.faults.client import FaultClient
from tests.faults.fault import Fault
from tests.faults.stage import Stage

OTHERS = 5
HELD_SECONDS = 1.0
EXTRA_SECONDS = 0.05
ROUNDS = 2
LOCK = "SELECT 1 FROM conversations_conversation WHERE id = %s::uuid FOR UPDATE"


async def test_only_the_locked_conversation_waits(distributed: Stage, fault: Fault) -> None:
    here = distributed.urls[0]
    clients = await fault.visitors(distributed, OTHERS + 1, addresses=[here])
    held, others = clients[0], clients[1:]
    for client in clients:
        client.say("hello")
        await client.settle()
    extra = [await hold_row(distributed, fault, held, others) for _ in range(ROUNDS)]
    assert held.errors == []
    # A busy machine may spoil a round; without the time-out each message of each round would wait for the row.
    assert min(extra) <= EXTRA_SECONDS
    await fault.check(distributed)


async def hold_row(stage: Stage, fault: Fault, held: FaultClient, others: Sequence[FaultClient]) -> float:
    """How much longer the others' slowest message took while the row was held; the held one's follows at once."""
    quiet = await measure(others, seconds=HELD_SECONDS)
    with psycopg.connect(stage.postgres.url) as foreign:
        foreign.execute(LOCK, (held.session,))
        waiting = held.say("its row is locked")
        locked = await measure(others, seconds=HELD_SECONDS)
        assert waiting not in held.acknowledged
    fault.begin()
    await held.settle(seconds=5)
    fault.recovered()
    assert statistics.median(locked) <= statistics.median(quiet) + EXTRA_SECONDS
    return max(locked) - max(quiet)


async def measure(clients: Sequence[FaultClient], *, seconds: float) -> list[float]:
    """The seconds that each message took to be acknowledged, one after the other for so long."""
    over, taken = time.monotonic() + seconds, []
    while time.monotonic() < over:
        for client in clients:
            client_id = client.say("meanwhile")
            await client.settle()
            taken.append(client.acknowledged_at[client_id] - client.said_at[client_id])
    return taken
