"""X5: Redis down for 60 s. Messages are still acknowledged, nothing is lost, no event loop stalls."""

import asyncio

from tests.faults.fault import Fault
from tests.faults.stage import Stage, last
from tests.faults.without_redis import assert_nobody_was_cut_off, gather_company, live_without_redis, meet

NEWCOMER_SECONDS = 10


async def test_conversations_go_on_without_redis(distributed: Stage, fault: Fault) -> None:
    company = await gather_company(distributed, fault)
    await asyncio.to_thread(distributed.redis.kill)
    await live_without_redis(company, seconds=last(60, short=2))
    await asyncio.to_thread(distributed.redis.start)
    fault.begin()
    for talker in company.talkers:
        talker.say("said when Redis is back")
        await talker.settle()
    await meet(company)
    fault.recovered()
    assert_nobody_was_cut_off(company)
    await fault.check(distributed)


async def test_a_visitor_who_comes_while_redis_is_down_is_let_in_and_answered(
    distributed: Stage, fault: Fault
) -> None:
    await asyncio.to_thread(distributed.redis.kill)
    fault.begin()
    [token] = await distributed.make_visitors(1)
    newcomer = await fault.client(distributed.urls, token=token).start(seconds=NEWCOMER_SECONDS)
    newcomer.say("How long does delivery take?")
    await newcomer.settle(seconds=NEWCOMER_SECONDS)
    await newcomer.until(lambda: newcomer.completes, seconds=NEWCOMER_SECONDS, what="the bot has answered")
    fault.recovered()
    await fault.check(distributed)
