"""X8: restart PostgreSQL under traffic, or kill it. Retryable errors, no acknowledgement without a commit, recovery."""

import asyncio

import pytest

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
        await asyncio.to_thread(break_postgres, distributed, how)
        fault.begin()
        await traffic.more(3, seconds=RECOVERY_SECONDS)
        fault.recovered()
    codes = {error["code"] for client in clients for error in client.errors}
    assert codes <= {"unavailable"}, "every error says that the same message may be sent again"
    assert all(error["retry_after_s"] > 0 for client in clients for error in client.errors)
    assert not [client.refused for client in clients if client.refused]
    await fault.check(distributed)


def break_postgres(stage: Stage, how: str) -> None:
    if how == "restarted":
        stage.postgres.restart()
    elif how == "killed":
        stage.postgres.kill()
        stage.postgres.start()
    else:
        stage.postgres.end_connections()
