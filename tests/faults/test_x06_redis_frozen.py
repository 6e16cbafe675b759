"""X6: Redis frozen (SIGSTOP) for 20 s. As without it: pings are answered within 2 s."""

from tests.faults.fault import Fault
from tests.faults.stage import Stage, last
from tests.faults.without_redis import assert_nobody_was_cut_off, gather_company, live_without_redis, meet


async def test_a_redis_that_does_not_answer_stalls_nobody(distributed: Stage, fault: Fault) -> None:
    company = await gather_company(distributed, fault)
    distributed.redis.freeze()
    try:
        await live_without_redis(company, seconds=last(20, short=2))
    finally:
        distributed.redis.thaw()
    fault.begin()
    for talker in company.talkers:
        talker.say("said when Redis answers again")
        await talker.settle()
    await meet(company)
    fault.recovered()
    assert_nobody_was_cut_off(company)
    await fault.check(distributed)


async def test_a_visitor_who_comes_while_redis_is_frozen_is_let_in_and_answered(
    distributed: Stage, fault: Fault
) -> None:
    distributed.redis.freeze()
    fault.begin()
    [token] = await distributed.make_visitors(1)
    newcomer = await fault.client(distributed.urls, token=token).start(seconds=10)
    newcomer.say("How long does delivery take?")
    await newcomer.until(lambda: newcomer.completes, seconds=10, what="the bot has answered")
    fault.recovered()
    await fault.check(distributed)
