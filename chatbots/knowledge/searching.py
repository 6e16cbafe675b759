"""What the draft finds for a question, and what would come of it: for the search box and the API."""

from dataclasses import dataclass

from chatbots.configuration import draft_configuration
from chatbots.engine.decision import Decision, decide
from chatbots.models import Chatbot
from chatbots.retrieval.base import Candidate
from chatbots.retrieval.index import load_index


@dataclass(frozen=True, slots=True)
class Searched:
    """`candidates` best first, each beside `threshold`; `decision` is what a turn would do with them."""

    candidates: list[Candidate]
    threshold: float
    has_meaning: bool
    decision: Decision


def search_draft(*, chatbot: Chatbot, question: str, limit: int) -> Searched:
    """As the next turn of a test would find it, before rules and menus. May embed: not for an event loop."""
    index = load_index(chatbot_id=chatbot.pk, revision=chatbot.knowledge_revision)
    found = index.search(question, limit=limit)
    decision = decide(found, draft_configuration(chatbot))
    return Searched(found, chatbot.threshold, index.has_meaning, decision)
