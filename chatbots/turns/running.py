"""Running a turn: think, stream where a model answers, and end it."""

import logging

from django.db import DatabaseError

from chatbots.engine.earlier import load_earlier
from chatbots.engine.prompt import add_earlier
from chatbots.engine.reply import Reply
from chatbots.llm.base import Generation
from chatbots.turns.billing import note_model
from chatbots.turns.ending import (
    FAILED,
    INTERRUPTED,
    STOPPED,
    WHOLE,
    end_unless_cancelled,
    end_with_reply,
    end_without_reply,
)
from chatbots.turns.job import TurnJob, make_new_job
from chatbots.turns.leases import release_leases
from chatbots.turns.registry import Running, keep_running_in_order, list_running, wait_for_running
from chatbots.turns.streaming import Spoken, stream_reply
from chatbots.turns.thinking import work_out_reply
from conversations.database import run_query
from conversations.delivery import publish_frame
from conversations.models import TurnState
from conversations.writer.items import TurnCancelled, Written

logger = logging.getLogger(__name__)
CLOSING_SECONDS = 3.0
WHY_FAILED = "The language model gave no answer, and a rule says what happens then."
# For the owner's trace, where the model was not heard to its end.
ENDED = {
    "cancelled": "The visitor stopped it.",
    "stale": "A person took the conversation over while the model was answering.",
    "lost": "Another of the server's processes took the turn up.",
    "shutdown": "The server's process was told to stop while the model was answering.",
}


def start_turn(written: Written) -> None:
    """Run the turn of a message that was just committed; called on the loop by the writer's announcement."""
    job = make_new_job(written)
    if job is not None:
        start_job(job)


def start_job(job: TurnJob) -> None:
    """Run a turn beside the sockets, behind the conversation's others; the caller has its lease."""
    running = Running(job)
    keep_running_in_order(running, lambda: run_turn(running.job, running))


async def run_turn(job: TurnJob, running: Running | None = None) -> None:
    """Work out the reply, store it, and say that the turn is complete; ends in exactly one state.

    `running.state` is the conversation's bot_state then, for the turn behind this one.
    """
    running = running or Running(job)
    publish_frame(job.conversation_id, {"type": "working", "turn_id": job.turn_id})
    reply = await work_out_reply(job)
    if running.stopped is not None:
        return
    if reply.generation is not None:
        is_stored = await _stream(running, reply, reply.generation)
    else:
        is_stored = await end_unless_cancelled(job, reply, FAILED if reply.outcome == "failed" else WHOLE)
    if is_stored and reply.state is not None:
        running.state = reply.state


async def _stream(running: Running, reply: Reply, generation: Generation) -> bool:
    """Returns whether a reply was stored."""
    job = running.job
    generation = await _add_conversation(job, generation)
    spoken = await stream_reply(running, reply, generation)
    note_model(reply, generation, spoken)
    if spoken.end in ENDED:
        reply.trace["ended"] = ENDED[spoken.end]
    if spoken.end == "lost" or (spoken.end == "shutdown" and not spoken.text):
        return False
    if spoken.end == "stale" or (spoken.end == "cancelled" and not spoken.text):
        await end_without_reply(job, TurnState.CANCELLED)
        return False
    if not spoken.text.strip():
        # No word of the model's: the reply holds what the bot says by itself, or says when it does not know.
        if spoken.end == "failed" and not spoken.is_spent and reply.fallback is not None:
            reply.become(reply.fallback, why=WHY_FAILED)
        return await end_unless_cancelled(job, reply, WHOLE)
    return await _end_spoken(job, reply, spoken)


async def _add_conversation(job: TurnJob, generation: Generation) -> Generation:
    """With what was said before; where the database is away, the question alone is better than nothing."""
    try:
        place = {"conversation_id": job.conversation_id, "turn_id": job.turn_id}
        return add_earlier(generation, await run_query(load_earlier, **place))
    except DatabaseError as error:
        logger.warning("a model is asked without the conversation: %s", type(error).__name__)
        return generation


async def _end_spoken(job: TurnJob, reply: Reply, spoken: Spoken) -> bool:
    reply.text = spoken.text
    reply.citations = reply.generated_citations
    try:
        if spoken.end == "whole":
            return await end_with_reply(job, reply, WHOLE)
    except TurnCancelled:
        reply.trace["ended"] = ENDED["cancelled"]
    cancelled = spoken.end in ("whole", "cancelled")
    reply.outcome = "cancelled" if cancelled else "failed"
    return await end_with_reply(job, reply, STOPPED if cancelled else INTERRUPTED)


async def finish_running_turns(*, seconds: float) -> None:
    """Let running turns end, for shutdown and tests. What still streams after `seconds` is kept as interrupted, and
    what still thinks is given up, so that another process takes it up at once.
    """
    await wait_for_running(seconds=seconds)
    left = list_running()
    for running in left:
        running.stop("shutdown")
    await wait_for_running(seconds=CLOSING_SECONDS)
    if left:
        await run_query(release_leases, [running.job for running in left])
