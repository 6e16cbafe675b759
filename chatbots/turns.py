"""Running turns: a bot's reply is worked out beside the sockets, as a task with a lease in the database.

The writer stores the turn together with the question, so a turn that a process lost is found by its lease and taken up
by another process. The reply is committed only under the owner version with which the turn began.
"""

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connections
from django.utils import timezone

from chatbots.access import Brain, load_brain
from chatbots.actions.hand_over import hand_over_with_reply
from chatbots.engine.batches import run_in_batch
from chatbots.engine.reply import Reply, make_reply
from chatbots.retrieval.index import load_index
from conversations.actions.post_message import post_message
from conversations.database import run_query
from conversations.delivery import publish_frame
from conversations.models import Message, Turn, TurnState
from conversations.writer.items import FinishTurn, NewMessage, Written
from core.errors import Conflict, NotFound, ParleyError, Unavailable

logger = logging.getLogger(__name__)
TEXT_FAILED = "Something went wrong on our side, and I could not answer. Please ask again."
WRITE_TRIES = 5
_running: dict["asyncio.Task[None]", UUID] = {}
_brains: dict[int, Brain] = {}


@dataclass(frozen=True, slots=True)
class TurnJob:
    """What a turn needs to know to run."""

    turn_id: UUID
    organisation_id: int
    conversation_id: UUID
    chatbot_id: int
    version_id: int | None
    kind: str
    owner_version: int
    question: str


def start_turn(written: Written) -> None:
    """Run the turn of a message that was just committed; called on the loop by the writer's announcement."""
    row = written.conversation
    if row is None or written.turn_id is None:
        return
    _start(
        TurnJob(
            turn_id=written.turn_id,
            organisation_id=row.organisation_id,
            conversation_id=row.id,
            chatbot_id=row.chatbot_id,
            version_id=row.version_id,
            kind=row.kind,
            owner_version=row.owner_version,
            question=written.item.text,
        )
    )


def _start(job: TurnJob) -> None:
    task = asyncio.create_task(run_turn(job))
    _running[task] = job.turn_id
    task.add_done_callback(_running.pop)


async def run_turn(job: TurnJob) -> None:
    """Work out the reply, store it, and say that the turn is complete; ends in exactly one state."""
    frame = {"turn_id": str(job.turn_id)}
    publish_frame(job.conversation_id, {"type": "working", **frame})
    reply = await _work_out(job)
    outcome = await _store(job, reply)
    if outcome:
        complete = {"type": "complete", **frame, "outcome": outcome}
        publish_frame(
            job.conversation_id, {**complete, "trace": reply.trace} if job.kind == "test" else complete
        )


async def _work_out(job: TurnJob) -> Reply:
    try:
        known = _brains.get(job.version_id or 0)
        brain = known if known is not None else await run_query(_load_brain, job)
        return await run_in_batch(lambda: _reply(job, brain))
    except Exception as error:
        logger.exception("a turn failed", extra={"turn": str(job.turn_id)})
        fault = {
            "detail": f"{type(error).__name__} while answering.",
            "hint": "Try again; the server's log has more.",
        }
        return Reply("failed", TEXT_FAILED, trace={"stages": [], "errors": [fault], "decision": "failed"})


def _load_brain(job: TurnJob) -> Brain:
    """Published versions never change and are kept; drafts are read each time."""
    brain = load_brain(chatbot_id=job.chatbot_id, version_id=job.version_id)
    if job.version_id is not None:
        if len(_brains) > 1_000:
            _brains.clear()
        _brains[job.version_id] = brain
    return brain


def _reply(job: TurnJob, brain: Brain) -> Reply:
    try:
        reply = make_reply(
            question=job.question,
            configuration=brain.configuration,
            load_retriever=lambda: load_index(chatbot_id=brain.chatbot.pk, revision=brain.knowledge_revision),
        )
    finally:
        # Only an index that had to be built opened one; a turn's thread keeps none.
        connections.close_all()
    reply.trace |= {"fingerprint": brain.fingerprint, "knowledge_revision": brain.knowledge_revision}
    reply.trace["bot_name"] = brain.configuration.name
    return reply


async def _store(job: TurnJob, reply: Reply) -> str:
    """Store the reply; returns the outcome, or "" when the turn is another process's (the lease sees to it)."""
    item = _reply_message(job, reply)
    for attempt in range(WRITE_TRIES):
        try:
            if reply.outcome == "handed_off":
                await run_query(hand_over_with_reply, item=item, reason=_reason(reply))
            else:
                await post_message(item)
            return reply.outcome
        except Unavailable as error:
            await asyncio.sleep((error.retry_after_s or 1.0) * (attempt + 1))
        except (Conflict, NotFound):
            return await run_query(_end_turn, job, TurnState.CANCELLED)
        except ParleyError:
            logger.exception("a reply was refused", extra={"turn": str(job.turn_id)})
            return await run_query(_end_turn, job, TurnState.FAILED)
    return ""


def _end_turn(job: TurnJob, state: TurnState) -> str:
    """End a turn whose reply was not stored, or the sweep would take it up for ever; returns the outcome to tell.

    Returns "" where the turn ended otherwise meanwhile: whoever ended it has told.
    """
    rows = Turn.objects.filter(pk=job.turn_id)
    outcome = str(state)
    rows.filter(state=TurnState.RUNNING).update(state=state, outcome=outcome, finished_at=timezone.now())
    return outcome if rows.filter(state=state).exists() else ""


def _reply_message(job: TurnJob, reply: Reply) -> NewMessage:
    state = TurnState.FAILED if reply.outcome == "failed" else TurnState.COMPLETE
    return NewMessage(
        organisation_id=job.organisation_id,
        conversation_id=job.conversation_id,
        sender="bot",
        sender_name=str(reply.trace.pop("bot_name", "")),
        text=reply.text,
        parts=reply.parts,
        citations=reply.citations,
        turn_id=job.turn_id,
        owner_version=job.owner_version,
        finishes=FinishTurn(job.turn_id, str(state), reply.outcome, reply.trace),
    )


def _reason(reply: Reply) -> str:
    """For the agent and the visitor; the trace has the rest."""
    asked = reply.trace.get("rule") == "asked_for_person"
    return "The visitor asked for a person." if asked else "The bot had no answer."


async def sweep_turns() -> int:
    """Take up turns whose lease has run out (their process died); returns how many. Safe to run anywhere, any time.

    Turns that still run here have their leases renewed first.
    """
    if _running:
        await run_query(_renew_leases, list(_running.values()))
    jobs = await run_query(_claim_lost_turns)
    for job in jobs:
        _start(job)
    return len(jobs)


def _renew_leases(turn_ids: list[UUID]) -> None:
    """A long turn is not a lost one: nobody else is to take it up while it runs here."""
    until = timezone.now() + timedelta(seconds=settings.TURN_LEASE_SECONDS)
    Turn.objects.filter(pk__in=turn_ids, state=TurnState.RUNNING).update(lease_until=until)


def _claim_lost_turns() -> list[TurnJob]:
    """A conditional update per turn: of several sweepers, one gets it."""
    now = timezone.now()
    lost = Turn.objects.filter(state=TurnState.RUNNING, lease_until__lt=now).select_related("conversation")
    until = now + timedelta(seconds=settings.TURN_LEASE_SECONDS)
    return [_job_of(turn) for turn in lost.order_by("lease_until")[:100] if _claim(turn, until)]


def _claim(turn: Turn, lease_until: Any) -> bool:
    rows = Turn.objects.filter(pk=turn.pk, state=TurnState.RUNNING, lease_until=turn.lease_until)
    return bool(rows.update(lease_until=lease_until))


def _job_of(turn: Turn) -> TurnJob:
    conversation = turn.conversation
    question = Message.objects.get(conversation=conversation, seq=turn.question_seq)
    return TurnJob(
        turn_id=turn.pk,
        organisation_id=conversation.organisation_id,
        conversation_id=conversation.pk,
        chatbot_id=conversation.chatbot_id,
        version_id=conversation.version_id,
        kind=conversation.kind,
        owner_version=turn.owner_version,
        question=question.text,
    )


async def finish_running_turns(*, seconds: float) -> None:
    """Give running turns a moment to end, for shutdown and tests; the lease covers those that do not."""
    if _running:
        await asyncio.wait(set(_running), timeout=seconds)
