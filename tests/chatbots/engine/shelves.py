"""A knowledge for tests of the pipeline, and a bot to ask."""

from datetime import UTC, datetime
from typing import Any

from chatbots.configuration import DEFAULT_HANDOFF, Configuration
from chatbots.engine.reply import Reply, make_reply
from chatbots.retrieval.base import Candidate

NOON = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)


class Shelf:
    """Finds what it was given: (title, confidence), numbered from 1; `asked` are the questions it was searched for."""

    has_meaning = False

    def __init__(self, *entries: tuple[str, float], kind: str = "faq") -> None:
        self.asked: list[str] = []
        self.candidates = [
            Candidate(
                chunk_id=number, source_id=1, source="faq.csv", title=title, text=f"About {title}.", kind=kind,
                word_score=3.0, confidence=confidence,
            )
            for number, (title, confidence) in enumerate(entries, 1)
        ]  # fmt: skip

    def search(self, question: str, *, limit: int = 5) -> list[Candidate]:
        self.asked.append(question)
        return self.candidates[:limit]

    def find(self, chunk_id: int) -> Candidate | None:
        return next((one for one in self.candidates if one.chunk_id == chunk_id), None)

    def prepare(self, questions: Any) -> None:
        """Nothing to prepare."""

    def curve(self) -> None:
        return None


CLOSE = (("Lost card", 0.4), ("Stolen card", 0.35), ("Fees", 0.05))


def ask(shelf: Shelf, question: str = "What about my card?", **fields: Any) -> Reply:
    """One message to a bot of these fields; `choice`, `state` and `now` are the message's."""
    asked = {
        name: fields.pop(name) for name in ("choice", "state", "now", "model", "offer") if name in fields
    }
    handoff = DEFAULT_HANDOFF | fields.pop("handoff", {})
    configuration = Configuration(name="Bot", handoff=handoff, **fields)
    return make_reply(
        question=question, configuration=configuration, load_retriever=lambda: shelf, **{"now": NOON, **asked}
    )


def button_ids(reply: Reply) -> list[str]:
    return [button["id"] for part in reply.parts for button in part.get("buttons", ())]
