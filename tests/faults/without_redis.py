"""What must go on while Redis is away, however it is away."""

import asyncio
import time
from dataclasses import dataclass, field

from tests.faults.client import FaultClient
from tests.faults.fault import Fault
from tests.faults.stage import POSITION_CHECK_SECONDS, Stage
from tests.faults.traffic import pair_up
from tests.faults.waiting import pause

ANSWER_SECONDS = 2.0  # faults.md: other sockets' pings answered within 2 s
PING_EVERY_SECONDS = 0.2
MEETING_SECONDS = 8


@dataclass
class Company:
    """Visitors with two tabs each, one on each process, and a socket on each process that only asks for life."""

    talkers: list[FaultClient]
    listeners: list[FaultClient]
    idle: list[FaultClient] = field(default_factory=list)


async def gather_company(stage: Stage, fault: Fault, *, visitors: int = 4) -> Company:
    tokens = await stage.make_visitors(visitors)
    talkers, listeners = [], []
    for number, token in enumerate(tokens):
        here, there = stage.urls[number % 2], stage.urls[1 - number % 2]
        talkers.append(await fault.client(here, token=token).start())
        listeners.append(await fault.client(there, token=token, name="other tab").start())
    await pair_up(talkers, listeners)
    spare = await stage.make_visitors(2)
    idle = [
        await fault.client(url, token=token, name="idle").start()
        for url, token in zip(stage.urls, spare, strict=True)
    ]
    return Company(talkers, listeners, idle)


async def live_without_redis(company: Company, *, seconds: float) -> None:
    """For so long: what is said is acknowledged, pings are answered in time, and no socket is lost."""
    over = time.monotonic() + seconds
    while time.monotonic() < over:
        for talker in company.talkers:
            talker.say("said while Redis is away")
        for client in company.idle:
            client.ping()
        await asyncio.gather(
            *(talker.settle(seconds=ANSWER_SECONDS * 2) for talker in company.talkers),
            *(client.until_answered(seconds=ANSWER_SECONDS) for client in company.idle),
        )
        await pause(PING_EVERY_SECONDS)
    await meet(company)


async def meet(company: Company) -> None:
    """Every other tab shows what its visitor has said: by the log where hints do not come."""
    for talker, listener in zip(company.talkers, company.listeners, strict=True):
        head = max(seq for _, seq in talker.acknowledged.values())
        await listener.until_shown(
            talker.session, head, seconds=POSITION_CHECK_SECONDS * 1.2 + MEETING_SECONDS
        )


def assert_nobody_was_cut_off(company: Company) -> None:
    everybody = [*company.talkers, *company.listeners, *company.idle]
    assert [client.losses for client in everybody if client.losses] == []
    assert [client.errors for client in everybody if client.errors] == []
