"""X13: the clocks of clients and servers are five minutes apart: the order is the log's own, unchanged."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext

from tests.faults.browser import Shop, Tab, check_tabs
from tests.faults.browser_faults import other_device
from tests.faults.fault import Fault
from tests.faults.people import become_visitor
from tests.faults.stage import Stage
from tests.server import ServerProcess

FIVE_MINUTES = 300
QUESTION = "How long does delivery take?"
TURNS = "SELECT question_seq FROM conversations_turn WHERE conversation_id IN_SESSIONS"
# Python imports it at every start: all that this process asks of the clock is answered that much later or earlier.
SHIFTED = """
import datetime, os, time_machine
shift = datetime.timedelta(seconds=float(os.environ["CLOCK_SHIFT_SECONDS"]))
time_machine.travel(datetime.datetime.now(datetime.timezone.utc) + shift, tick=True).start()
"""


def start_shifted(stage: Stage, folder: Path, seconds: int) -> ServerProcess:
    """One more web process, whose clock is that far off."""
    (folder / "sitecustomize.py").write_text(SHIFTED)
    return stage.start_web(PYTHONPATH=str(folder), CLOCK_SHIFT_SECONDS=str(seconds))


async def test_servers_ten_minutes_apart_keep_one_order_and_one_turn_a_message(
    distributed: Stage, fault: Fault, rng: random.Random, tmp_path: Path
) -> None:
    """Two tabs of one visitor, one at a process that is early and one at a process that is late."""
    early, late = await asyncio.gather(
        *(
            asyncio.to_thread(start_shifted, distributed, tmp_path, shift)
            for shift in (FIVE_MINUTES, -FIVE_MINUTES)
        )
    )
    [token] = await distributed.make_visitors(1)
    tabs = [await fault.client(web.url, token=token).start() for web in (early, late)]
    tabs[0].say(f"{QUESTION} (0)")
    await tabs[0].settle()
    session = tabs[1].session = tabs[0].session
    tabs[1].follow(session)
    for number in range(1, 9):
        tab = rng.choice(tabs)
        tab.say(f"{QUESTION} ({number})")
        await tab.settle()
    await fault.check(distributed)
    shown = [entry.text for entry in tabs[1].views[session].shown if entry.sender == "visitor"]
    assert shown == [f"{QUESTION} ({number})" for number in range(9)]
    turns = [row[0] for row in distributed.query_sessions(TURNS, [session])]
    assert len(turns) == len(set(turns)) == len(shown)


async def test_a_token_of_an_early_server_opens_a_late_one(
    distributed: Stage, fault: Fault, tmp_path: Path
) -> None:
    early, late = await asyncio.gather(
        *(
            asyncio.to_thread(start_shifted, distributed, tmp_path, shift)
            for shift in (FIVE_MINUTES, -FIVE_MINUTES)
        )
    )
    token = (await asyncio.to_thread(become_visitor, early.url))["token"]
    client = await fault.client(late.url, token=token).start()
    client.say("Hello")
    await client.settle()
    await fault.check(distributed)


async def test_a_clock_that_is_set_back_between_two_messages_changes_no_order(
    distributed: Stage, fault: Fault, tmp_path: Path
) -> None:
    """What was said later stands later, though its time of day is earlier."""
    [token] = await distributed.make_visitors(1)
    client = await fault.client(distributed.urls[0], token=token).start()
    client.say(f"{QUESTION} (1)")
    await client.settle()
    late = await asyncio.to_thread(start_shifted, distributed, tmp_path, -FIVE_MINUTES)
    client.addresses = [late.url]
    client.lose()
    client.say(f"{QUESTION} (2)")
    await client.settle()
    fresh = await fault.client(distributed.urls[1], token=token, name="fresh").start()
    fresh.follow(client.session)
    await fault.check(distributed)


@pytest.mark.parametrize("shift", [FIVE_MINUTES, -FIVE_MINUTES])
def test_a_browser_five_minutes_off_shows_the_logs_order(
    context: BrowserContext, embedded: Stage, shift: int
) -> None:
    shop = Shop(context, embedded)
    tab = Tab(context.new_page(), "tab 1", shop.ids)
    tab.page.clock.set_system_time(datetime.now(UTC) + timedelta(seconds=shift))
    tab.page.goto(shop.url)
    tab.open()
    tab.say(f"{QUESTION} (1)")
    tab.expect_sent(f"{QUESTION} (1)")
    with other_device(embedded.urls[0], tab) as telephone:
        telephone.say("from the telephone, whose clock is right")
    tab.say(f"{QUESTION} (2)")
    context.set_offline(True)
    tab.expect_connection("offline")
    tab.say("while offline")
    context.set_offline(False)
    check_tabs(embedded, [tab], seconds=30)
