"""X10: a client that never reads. Bounded memory, closed, and it resumes without loss."""

import asyncio

import psutil

from tests.faults.fault import Fault
from tests.faults.stage import Stage

QUEUE_FRAMES = 40
LONG_TEXT = "It is a long story. " * 390
ROUND_MESSAGES, MOST_ROUNDS = 30, 60
GROWTH_BYTES = 60 * 1024 * 1024


async def test_a_client_that_does_not_read_is_closed_and_resumes_without_loss(
    distributed: Stage, fault: Fault
) -> None:
    web = await asyncio.to_thread(distributed.start_web, SEND_QUEUE_FRAMES=str(QUEUE_FRAMES))
    [token] = await distributed.make_visitors(1)
    talker = await fault.client(web.url, token=token).start()
    deaf = await fault.client(web.url, token=token, name="never reads").start()
    talker.say("hello")
    await talker.settle()
    deaf.follow(talker.session)
    await deaf.until(lambda: deaf.views[talker.session].head, seconds=10, what="follows the conversation")
    assert web.process
    process = psutil.Process(web.process.pid)
    before = process.memory_info().rss
    deaf.reading.clear()
    # More than the queue and the buffers of both kernels hold.
    for _ in range(MOST_ROUNDS):
        for _ in range(ROUND_MESSAGES):
            talker.say(LONG_TEXT)
        await talker.settle()
        if "does not read" in web.read_log():
            break
    assert "does not read" in web.read_log()
    grown = process.memory_info().rss - before
    fault.begin()
    talker.ping()
    await talker.until(lambda: not talker.unanswered, seconds=2, what="others are answered")
    deaf.reading.set()
    await deaf.until(lambda: deaf.losses, seconds=20, what="it was closed")
    await deaf.until(lambda: deaf.is_ready, seconds=20, what="it is back")
    await fault.check(distributed)
    fault.recovered()
    assert grown < GROWTH_BYTES
    assert talker.losses == []
