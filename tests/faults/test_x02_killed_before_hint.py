"""X2: kill -9 between commit and hint. Delivered within one heartbeat."""

import asyncio

from tests.faults.fault import Fault
from tests.faults.stage import HEARTBEAT_SECONDS, Stage
from tests.faults.traffic import pair_up
from tests.faults.waiting import wait_until

BUSY_MACHINE_SECONDS = 2


async def test_what_was_committed_by_a_process_that_told_nobody_is_shown_within_a_heartbeat(
    distributed: Stage, fault: Fault
) -> None:
    [token] = await distributed.make_visitors(1)
    sender = await fault.client([distributed.urls[1], distributed.urls[0]], token=token).start()
    other_tab = await fault.client(distributed.urls[0], token=token, name="other tab").start()
    await pair_up([sender], [other_tab])
    # Whatever the process says to the others from now on gets lost on the way.
    swallowed = distributed.redis_proxy.dropped_bytes
    distributed.redis_proxy.drop("up")
    client_id = sender.say("committed and acknowledged, and nobody else was told")
    await sender.settle()
    await wait_until(
        lambda: distributed.redis_proxy.dropped_bytes > swallowed,
        seconds=10,
        what="the hint went out, in vain",
    )
    fault.begin()
    await asyncio.to_thread(distributed.webs[1].kill)
    await other_tab.until(
        lambda: client_id in other_tab.views[sender.session].client_ids,
        seconds=HEARTBEAT_SECONDS + BUSY_MACHINE_SECONDS,
        what="the message is shown in the other tab",
    )
    fault.recovered()
    await fault.check(distributed)
