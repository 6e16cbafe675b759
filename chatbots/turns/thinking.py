"""Working out what the bot says: at once where that is quick, else on the engine's thread.

Searching a small index takes some 50 µs; handing it to a thread that fights the loop for the interpreter cost six times
that (docs/decisions/015). A question that must be embedded first takes 10 ms, and never does so on the loop.
"""

import logging
from collections.abc import Callable
from contextlib import suppress

from django.db import connections

from chatbots.access import Brain, load_brain
from chatbots.engine.batches import run_in_batch
from chatbots.engine.reply import Reply, make_reply
from chatbots.llm.base import Offer
from chatbots.llm.choices import load_offer
from chatbots.retrieval.base import Retriever
from chatbots.retrieval.index import find_quick_index, load_index
from chatbots.retrieval.quick import NeedsThread
from chatbots.turns.job import TurnJob
from conversations.database import run_query

logger = logging.getLogger(__name__)
TEXT_FAILED = "Something went wrong on our side, and I could not answer. Please ask again."
BRAINS_KEPT = 1_000
_brains: dict[int, Brain] = {}


async def work_out_reply(job: TurnJob) -> Reply:
    """The engine's reply; where the engine breaks, words that say so, with the outcome "failed"."""
    try:
        brain = await find_brain(job)
        if (quick := _find_quick_index(job, brain)) is not None:
            with suppress(NeedsThread):
                return _reply(job, brain, None, lambda: quick)
        wanted = job.model or brain.configuration.model
        offer = await load_offer(organisation_id=job.organisation_id, model=wanted)
        return await run_in_batch(lambda: _reply_from_anywhere(job, brain, offer))
    except Exception as error:
        logger.exception("a turn failed", extra={"turn": str(job.turn_id)})
        return make_failed_reply(f"{type(error).__name__} while answering.")


async def find_brain(job: TurnJob) -> Brain:
    """What the job's conversation runs on. Raises NotFound."""
    known = _brains.get(job.version_id or 0)
    return known if known is not None else await run_query(_load_brain, job)


def make_failed_reply(detail: str, hint: str = "Try again; the server's log has more.") -> Reply:
    """What the visitor is told when nothing can be answered, and what the owner is told in the trace."""
    errors = [{"detail": detail, "hint": hint}]
    return Reply("failed", TEXT_FAILED, trace={"stages": [], "errors": errors, "decision": "failed"})


def _load_brain(job: TurnJob) -> Brain:
    """Published versions never change and are kept; drafts are read each time."""
    brain = load_brain(chatbot_id=job.chatbot_id, version_id=job.version_id)
    if job.version_id is not None:
        if len(_brains) > BRAINS_KEPT:
            _brains.clear()
        _brains[job.version_id] = brain
    return brain


def _find_quick_index(job: TurnJob, brain: Brain) -> Retriever | None:
    """None also where a language model is to word the reply: its prompt is more work."""
    if job.model or brain.configuration.model:
        return None
    place = {"chatbot_id": brain.chatbot.pk, "revision": brain.knowledge_revision}
    return find_quick_index(question=job.question, **place)


def _reply_from_anywhere(job: TurnJob, brain: Brain, offer: Offer | None) -> Reply:
    """On the engine's thread: from an index that may have to be read from files or built."""
    place = {"chatbot_id": brain.chatbot.pk, "revision": brain.knowledge_revision}
    try:
        return _reply(job, brain, offer, lambda: load_index(**place))
    finally:
        # Only an index that had to be built opened one; the engine's thread keeps none.
        connections.close_all()


def _reply(job: TurnJob, brain: Brain, offer: Offer | None, load_retriever: Callable[[], Retriever]) -> Reply:
    reply = make_reply(
        question=job.question,
        choice=job.choice,
        state=job.state,
        configuration=brain.configuration,
        load_retriever=load_retriever,
        model=job.model,
        offer=offer,
    )
    reply.trace |= {"fingerprint": brain.fingerprint, "knowledge_revision": brain.knowledge_revision}
    reply.sender_name = brain.configuration.name
    return reply
