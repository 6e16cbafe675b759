"""How a turn ends: its reply stored and its row closed in one commit, then `complete`. Exactly once, whoever tries."""

import asyncio
import logging
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils import timezone

from chatbots.actions.hand_over import hand_over_with_reply
from chatbots.engine.reply import Reply
from chatbots.turns.job import TurnJob
from conversations.actions.post_message import post_message
from conversations.database import run_query
from conversations.delivery import publish_frame
from conversations.models import MessageState, Turn, TurnState
from conversations.writer.items import FinishTurn, NewMessage, TurnCancelled
from core.errors import Conflict, NotFound, ParleyError, Unavailable

logger = logging.getLogger(__name__)
WRITE_TRIES = 5


@dataclass(frozen=True, slots=True)
class Ending:
    """The turn's last state, and the state of the message that is stored with it."""

    turn: TurnState = TurnState.COMPLETE
    message: MessageState = MessageState.SENT


WHOLE = Ending()
# Words that only say that there was no answer; marked like a reply that broke off, so that a retry is offered again
# after a reload, when nobody remembers the outcome.
FAILED = Ending(TurnState.FAILED, MessageState.INTERRUPTED)
STOPPED = Ending(TurnState.CANCELLED, MessageState.STOPPED)
INTERRUPTED = Ending(TurnState.INTERRUPTED, MessageState.INTERRUPTED)


async def end_with_reply(job: TurnJob, reply: Reply, ending: Ending) -> bool:
    """Store the reply and end the turn with it, then say so; returns whether it was stored.

    Raises:
        TurnCancelled: a whole reply came after somebody had cancelled the turn; the turn goes on running.
    """
    outcome = await _store(job, reply, ending)
    announce_outcome(job, outcome, reply)
    return outcome == reply.outcome


async def end_unless_cancelled(job: TurnJob, reply: Reply, ending: Ending) -> bool:
    """The same for a reply of which nobody has seen a word: cancelled meanwhile, it leaves nothing."""
    try:
        return await end_with_reply(job, reply, ending)
    except TurnCancelled:
        await end_without_reply(job, TurnState.CANCELLED)
        return False


async def end_without_reply(job: TurnJob, state: TurnState) -> None:
    """End a turn that leaves nothing in the log, and say so."""
    announce_outcome(job, await run_query(_close, job.turn_id, state), None)


def announce_outcome(job: TurnJob, outcome: str, reply: Reply | None) -> None:
    """Publish `complete`; nothing for "", where somebody else ended the turn and told."""
    if outcome:
        trace = (reply.trace if reply is not None else {}) if job.kind == "test" else None
        frame = complete_frame(job.conversation_id, job.turn_id, outcome, trace=trace)
        publish_frame(job.conversation_id, frame)


def complete_frame(
    conversation_id: UUID, turn_id: UUID, outcome: str, *, trace: dict[str, Any] | None
) -> dict[str, Any]:
    """The `complete` frame of a turn that has ended; its `trace` is for test sessions only."""
    frame: dict[str, Any] = {
        "type": "complete",
        "session_id": str(conversation_id),
        "turn_id": str(turn_id),
        "outcome": outcome,
    }
    return frame if trace is None else {**frame, "trace": trace}


async def _store(job: TurnJob, reply: Reply, ending: Ending) -> str:
    """Returns the outcome, or "" when nothing is known of it: the turn's lease sees to it then."""
    item = _make_message(job, reply, ending)
    for attempt in range(WRITE_TRIES):
        try:
            if reply.outcome == "handed_off":
                await run_query(hand_over_with_reply, item=item, reason=reply.reason)
            else:
                await post_message(item)
            return reply.outcome
        except Unavailable as error:
            await asyncio.sleep((error.retry_after_s or 1.0) * (attempt + 1))
        except TurnCancelled:
            raise
        except (Conflict, NotFound):
            return await run_query(_close, job.turn_id, TurnState.CANCELLED)
        except ParleyError:
            logger.exception("a reply was refused", extra={"turn": str(job.turn_id)})
            return await run_query(_close, job.turn_id, TurnState.FAILED)
    return ""


def _close(turn_id: UUID, state: TurnState) -> str:
    """End a turn whose reply was not stored, or the sweep would take it up for ever; returns the outcome to tell.

    Returns "" where the turn ended otherwise meanwhile: whoever ended it has told.
    """
    rows = Turn.objects.filter(pk=turn_id)
    outcome = str(state)
    rows.filter(state=TurnState.RUNNING).update(state=state, outcome=outcome, finished_at=timezone.now())
    return outcome if rows.filter(state=state).exists() else ""


def _make_message(job: TurnJob, reply: Reply, ending: Ending) -> NewMessage:
    return NewMessage(
        organisation_id=job.organisation_id,
        conversation_id=job.conversation_id,
        sender="bot",
        sender_name=reply.sender_name,
        text=reply.text,
        parts=reply.parts,
        citations=reply.citations,
        turn_id=job.turn_id,
        state=str(ending.message),
        owner_version=job.owner_version,
        finishes=FinishTurn(job.turn_id, str(ending.turn), reply.outcome, reply.trace, reply.state),
    )
