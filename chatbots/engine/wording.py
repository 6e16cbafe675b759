"""Whether a language model words a reply, and which one: the last stage of the engine."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chatbots.configuration import Configuration
from chatbots.engine.citing import cite
from chatbots.engine.prompt import build_generation
from chatbots.llm.base import Offer
from chatbots.retrieval.base import Candidate

if TYPE_CHECKING:
    from chatbots.engine.reply import Reply

HINT_GONE = (
    "Choose another model under Behaviour, switch its account on under Language models, or have it added to OPENAI_MODELS"
    " or ANTHROPIC_MODELS. Until then the bot answers by itself."
)


def prepare_wording(
    reply: "Reply",
    *,
    question: str,
    configuration: Configuration,
    model: str,
    passages: Sequence[Candidate],
    offer: Offer | None,
) -> None:
    """Let the model of that name word the reply, from `passages`, which are those that reached the threshold.

    Sets `reply.passages`, `reply.generation`, and the trace's model and provider. `offer` is what the name stands for:
    None where it is not to be had (any more), which the trace says, and the reply stays the bot's own. "" is no model.
    The caller sets `reply.abstention`.
    """
    if not model:
        return
    if offer is None:
        fault = {"detail": f"The model {model} is not to be had here.", "hint": HINT_GONE}
        reply.trace.setdefault("errors", []).append(fault)
        return
    reply.passages = [cite(passage) for passage in passages]
    reply.generation = build_generation(
        question=question, configuration=configuration, offer=offer, passages=passages
    )
    reply.trace |= {"model": offer.name, "provider": offer.provider}
