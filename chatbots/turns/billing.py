"""What a model's answer takes: counted against the budgets, and told in the trace."""

import logging
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError

from chatbots.budgets.counting import Reservation, Spender, Spent, reserve_budget, settle_budget
from chatbots.engine.claims import find_uncited
from chatbots.engine.languages import is_other_language, name_language
from chatbots.engine.shapes import Reply
from chatbots.llm.base import Generation, ProviderFailed, Usage
from chatbots.turns.job import TurnJob
from conversations.database import run_query

if TYPE_CHECKING:
    from chatbots.turns.streaming import Spoken

logger = logging.getLogger(__name__)
# OpenAI's and Anthropic's rule of thumb for Latin letters; by bytes it holds for others too, within a half.
BYTES_A_TOKEN = 4
TOKENS_A_MESSAGE = 4
UNCOUNTED = "The budgets could not be counted, so no language model was asked."
UNCOUNTED_HINT = "The database did not answer in time. The server's log has more."
LANGUAGE_HINT = "Name the language in the instructions, or choose a model that speaks it better."
TEXT_SPENT = "I have answered as much as I may for now. Please try again later."


async def reserve_for(job: TurnJob, generation: Generation) -> Reservation:
    """Count what the answer will take at most. Raises BudgetSpent, and ProviderFailed where it cannot be counted."""
    spender = Spender(
        job.organisation_id, job.chatbot_id, job.conversation_id, is_own_key=generation.access is not None
    )
    tokens = estimate_question(generation) + generation.max_tokens
    try:
        return await run_query(reserve_budget, spender=spender, tokens=tokens)
    except DatabaseError as error:
        logger.warning("a budget was not counted: %s", type(error).__name__)
        raise ProviderFailed(UNCOUNTED, hint=UNCOUNTED_HINT) from None


async def pay_for(reservation: Reservation, generation: Generation, spoken: "Spoken") -> None:
    """Put the count right; where nothing came, nothing is counted."""
    spent = reckon(generation, spoken)
    try:
        await run_query(settle_budget, reservation=reservation, spent=spent if spent.tokens else None)
    except DatabaseError as error:
        logger.warning("a budget keeps its estimate: %s", type(error).__name__)


def reckon(generation: Generation, spoken: "Spoken") -> Spent:
    """What an answer took: as the provider counted it, else by the length of what was asked and said.

    A provider that failed without a word or a number took nothing. One that was stopped before its first word had read
    the question: else one could spend what one likes by stopping in time.
    """
    offer, usage = generation.offer, spoken.usage
    name = offer.name if offer is not None else generation.model
    if spoken.is_spent or (spoken.end == "failed" and not spoken.text and usage == Usage()):
        return Spent(name)
    tokens_in = usage.tokens_in if usage.tokens_in is not None else estimate_question(generation)
    tokens_out = usage.tokens_out if usage.tokens_out is not None else estimate_tokens(spoken.text)
    cost, currency = 0.0, ""
    if offer is not None and (offer.price_in is not None or offer.price_out is not None):
        cost = (tokens_in * (offer.price_in or 0.0) + tokens_out * (offer.price_out or 0.0)) / 1e6
        currency = offer.currency
    return Spent(name, tokens_in, tokens_out, None in (usage.tokens_in, usage.tokens_out), cost, currency)


def estimate_tokens(text: str) -> int:
    return -(-len(text.encode("utf-8", "replace")) // BYTES_A_TOKEN)


def estimate_question(generation: Generation) -> int:
    texts = [generation.system, *(message["content"] for message in generation.messages)]
    return sum(estimate_tokens(text) + TOKENS_A_MESSAGE for text in texts)


def note_model(reply: Reply, generation: Generation, spoken: "Spoken") -> None:
    """Add the model's part to the trace: times, tokens, cost, what went wrong, and what no passage backs.

    A stopped reply gets a part with its tokens, one with claims that name no passage a part with these.
    """
    spent = reckon(generation, spoken)
    stages = reply.trace.setdefault("stages", [])
    if spoken.first_ms is not None:
        stages.append({"name": "first_token", "ms": spoken.first_ms})
    stages.append({"name": "generation", "ms": round(spoken.total_ms - (spoken.first_ms or 0.0), 3)})
    reply.trace |= {
        "model": generation.offer.name if generation.offer is not None else generation.model,
        "provider": generation.provider,
        "tokens_in": spent.tokens_in,
        "tokens_out": spent.tokens_out,
        "estimated": spent.is_estimated,
        "cost": round(spent.cost, 6),
        "currency": spent.currency,
        "first_ms": spoken.first_ms,
    }
    if spoken.end == "failed":
        _note_error(reply, spoken.error, spoken.hint)
    if spoken.is_spent and not reply.text:
        reply.text = TEXT_SPENT
    if spoken.text:
        _note_words(reply, generation, spoken, spent)


def _note_words(reply: Reply, generation: Generation, spoken: "Spoken", spent: Spent) -> None:
    uncited = find_uncited(spoken.text)
    reply.trace["uncited"] = uncited
    parts: list[dict[str, Any]] = []
    if uncited:
        parts.append({"type": "uncited", "sentences": uncited})
    if spoken.end != "whole":
        used = {"tokens_in": spent.tokens_in, "tokens_out": spent.tokens_out, "estimated": spent.is_estimated}
        parts.append({"type": "usage", **used})
    reply.parts = [*reply.parts, *parts]
    if language := is_other_language(spoken.text, generation.language):
        reply.trace["language"] = {"asked": generation.language, "answered": language}
        words = f"It answered in {name_language(language)} and not in {name_language(generation.language)}."
        _note_error(reply, words, LANGUAGE_HINT)


def _note_error(reply: Reply, detail: str, hint: str) -> None:
    reply.trace.setdefault("errors", []).append({"detail": detail, "hint": hint})
