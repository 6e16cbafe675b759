"""Lost turns, whose process died: run again where nobody saw a word of them, else ended and told."""

import asyncio
import logging

from django.db import DatabaseError

from chatbots.engine.reply import Reply
from chatbots.turns.ending import (
    FAILED,
    INTERRUPTED,
    STOPPED,
    end_unless_cancelled,
    end_with_reply,
    end_without_reply,
)
from chatbots.turns.job import TurnJob
from chatbots.turns.leases import CANCEL_SECONDS, Claimed, claim_lost_turns, renew_leases
from chatbots.turns.registry import Running, keep_running, list_running
from chatbots.turns.running import start_job
from chatbots.turns.thinking import find_brain, make_failed_reply
from conversations.database import run_query
from conversations.models import TurnState

logger = logging.getLogger(__name__)
# A turn that took so many processes with it is not given another.
MAX_CLAIMS = 3
DETAIL = "The server's process that wrote this reply ended in the middle of it."
HINT = "The visitor can ask for it again. If the server was not restarted, its log says why it ended."
_soon: set["asyncio.Task[None]"] = set()


async def sweep_turns() -> int:
    """Take up turns whose lease has run out; returns how many. Safe to run anywhere, any time, many at once.

    Turns that still run here have their leases renewed first.
    """
    running = list_running()
    if running:
        await run_query(renew_leases, [one.job for one in running])
    claimed = await run_query(claim_lost_turns)
    for one in claimed:
        _take_up(one)
    return len(claimed)


def sweep_soon() -> None:
    """Sweep once a cancelled turn that nobody runs may be claimed: its visitor waits for an answer."""
    task = asyncio.create_task(_sweep_later())
    _soon.add(task)
    task.add_done_callback(_soon.discard)


async def _sweep_later() -> None:
    await asyncio.sleep(CANCEL_SECONDS + 0.1)
    try:
        await sweep_turns()
    except DatabaseError as error:
        logger.warning("a cancelled turn was not swept for: %s", type(error).__name__)


def _take_up(claimed: Claimed) -> None:
    if not (claimed.cancelled or claimed.text) and claimed.job.claim <= MAX_CLAIMS:
        start_job(claimed.job)
    else:
        keep_running(Running(claimed.job), _end(claimed))


async def _end(claimed: Claimed) -> None:
    job = claimed.job
    if claimed.text:
        reply = await _make_partial_reply(job, claimed)
        await end_with_reply(job, reply, STOPPED if claimed.cancelled else INTERRUPTED)
    elif claimed.cancelled:
        await end_without_reply(job, TurnState.CANCELLED)
    else:
        await end_unless_cancelled(
            job, make_failed_reply(f"{MAX_CLAIMS} processes ended over it.", HINT), FAILED
        )


async def _make_partial_reply(job: TurnJob, claimed: Claimed) -> Reply:
    """What was saved of a reply; how it came about went down with its process."""
    outcome = "cancelled" if claimed.cancelled else "failed"
    trace = {"stages": [], "decision": "interrupted", "errors": [{"detail": DETAIL, "hint": HINT}]}
    name = (await find_brain(job)).configuration.name
    return Reply(outcome, claimed.text, trace=trace, sender_name=name)
