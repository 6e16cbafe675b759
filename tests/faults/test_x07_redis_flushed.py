"""X7: FLUSHALL on Redis, or its subscribers thrown out. No socket stays deaf."""

import asyncio

import pytest
import redis

from tests.faults.client import FaultClient
from tests.faults.fault import Fault
from tests.faults.stage import POSITION_CHECK_SECONDS, Stage, last
from tests.faults.without_redis import assert_nobody_was_cut_off, gather_company, meet

# Too soon, so often in a row, for a look at the log.
LIVE_SECONDS = POSITION_CHECK_SECONDS / 5
IN_A_ROW = 5


@pytest.mark.parametrize("command", ["FLUSHALL", "CLIENT KILL TYPE pubsub", "CLIENT KILL TYPE normal"])
async def test_every_socket_hears_the_other_processes_afterwards(
    distributed: Stage, fault: Fault, command: str
) -> None:
    company = await gather_company(distributed, fault, visitors=2)
    with redis.Redis.from_url(distributed.redis.url) as client:
        client.execute_command(*command.split())
    fault.begin()
    for talker, listener in zip(company.talkers, company.listeners, strict=True):
        async with asyncio.timeout(last(15, short=8)):
            heard = 0
            while heard < IN_A_ROW:
                heard = heard + 1 if await is_heard_live(talker, listener) else 0
    fault.recovered()
    await meet(company)
    assert_nobody_was_cut_off(company)
    await fault.check(distributed)


async def is_heard_live(talker: FaultClient, listener: FaultClient) -> bool:
    """Whether the other tab shows a message sooner than its own look at the log would."""
    client_id = talker.say("is anybody deaf?")
    await talker.settle()
    view = listener.views[talker.session]
    try:
        await listener.until(lambda: client_id in view.client_ids, seconds=LIVE_SECONDS, what="heard live")
    except AssertionError:
        return False
    return True
