"""X8: restart PostgreSQL under traffic, or kill it. Retryable errors, no acknowledgement without a commit, recovery."""

import asyncio
from collections.abc import Sequence

import pytest

from tests.faults.client import FaultClient
from tests.faults.fault import Fault
from tests.faults.stage import Stage
from tests.faults.traffic import Traffic

VISITORS = 6
RECOVERY_SECONDS = 20


@pytest.mark.parametrize("how", ["restarted", "killed", "connections ended"])
async def test_nothing_acknowledged_is_lost_and_the_pools_recover(
    distributed: Stage, fault: Fault, how: str
) -> None:
    clients = await fault.visitors(distributed, VISITORS)
    async with Traffic(clients, fault.rng) as traffic:
        await traffic.more(2)
        if how == "connections ended":
            await asyncio.to_thread(distributed.postgres.end_connections)
        else:
            await asyncio.to_thread(
                distributed.postgres.kill if how == "killed" else distributed.postgres.stop
            )
            await ask_in_vain(clients)
            await asyncio.to_thread(distributed.postgres.start)
        fault.begin()
        await traffic.more(3, seconds=RECOVERY_SECONDS)
        fault.recovered()
    codes = {error["code"] for client in clients for error in client.errors}
    assert codes <= {"unavailable"}, "every error says that the same message may be sent again"
    assert all(error["retry_after_s"] > 0 for client in clients for error in client.errors)
    assert not [client.refused for client in clients if client.refused]
    await fault.check(distributed)


async def ask_in_vain(clients: Sequence[FaultClient]) -> None:
    """While PostgreSQL is away: each asks for its log, and is told to come back."""
    for client in clients:
        client.send("session_sync", session_id=client.session, after_seq=0)
        await until_told(client)


async def until_told(client: FaultClient) -> None:
    await client.until(
        lambda: any("client_id" not in error for error in client.errors), seconds=8, what="told to come back"
    )
