"""X20: SIGTERM under load, as a deploy sends it. Drained, every socket closed with 1012, no acknowledged message lost."""

import asyncio
import signal
import time

from tests.faults.fault import Fault
from tests.faults.stage import Stage
from tests.faults.traffic import Traffic
from tests.service_process import STOP_SECONDS

VISITORS = 8
RESTARTING = 1012


async def test_a_process_is_replaced_under_load(distributed: Stage, fault: Fault) -> None:
    leaving = distributed.webs[0]
    clients = await fault.visitors(distributed, VISITORS, addresses=distributed.urls)
    async with Traffic(clients, fault.rng) as traffic:
        await traffic.more(2)
        assert leaving.process
        fault.begin()
        leaving.process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        status = await asyncio.to_thread(leaving.process.wait, STOP_SECONDS)
        assert time.monotonic() - began < STOP_SECONDS
        assert status == 0
        await traffic.more(3)
        fault.recovered()
    codes = [code for client in clients for _, code in client.losses]
    first = [client.losses[0][1] for client in clients if client.losses]
    assert first == [RESTARTING] * VISITORS, codes
    assert {error["code"] for client in clients for error in client.errors} <= {"unavailable"}
    await fault.check(distributed)
