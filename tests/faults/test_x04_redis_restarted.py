"""X4: restart Redis under traffic. Sockets stay, and gaps are healed within 15 s."""

import asyncio

from tests.faults.fault import Fault
from tests.faults.stage import Stage, last
from tests.faults.traffic import Traffic, pair_up

PAIRS = 4


async def test_sockets_stay_and_every_tab_is_back_in_step(distributed: Stage, fault: Fault) -> None:
    tokens = await distributed.make_visitors(PAIRS)
    here, there = distributed.urls
    talkers = [await fault.client(here, token=token).start() for token in tokens]
    listeners = [await fault.client(there, token=token, name="other tab").start() for token in tokens]
    await pair_up(talkers, listeners)
    async with Traffic(talkers, fault.rng) as traffic:
        await traffic.more(2)
        await asyncio.to_thread(distributed.redis.restart)
        fault.begin()
        await traffic.more(3)
    heads = [talker.views[talker.session].head for talker in talkers]
    for talker, listener, head in zip(talkers, listeners, heads, strict=True):
        await listener.until_shown(talker.session, head, seconds=last(15, short=8))
    fault.recovered()
    assert [client.losses for client in fault.clients if client.losses] == []
    await fault.check(distributed)
