"""From a question to a reply: the threshold, what a bot does that does not know, and what the trace tells."""

from collections.abc import Sequence
from typing import Any

import pytest

from chatbots.configuration import DEFAULT_HANDOFF, Configuration
from chatbots.engine.reply import make_reply
from chatbots.retrieval.base import Candidate


class Shelf:
    """A knowledge that finds what it was given."""

    @property
    def has_meaning(self) -> bool:
        return False

    def prepare(self, questions: Sequence[str]) -> None:
        """Without vectors there is nothing to prepare."""

    def curve(self) -> None:
        return None

    def __init__(self, *confidences: float) -> None:
        self.asked: list[str] = []
        self.candidates = [
            Candidate(
                chunk_id=number, source_id=1, source="faq.csv", title=f"Entry {number}", text="x" * 900, kind="faq",
                word_score=3.14159, confidence=confidence,
            )
            for number, confidence in enumerate(confidences, 1)
        ]  # fmt: skip

    def search(self, question: str, *, limit: int = 5) -> list[Candidate]:
        self.asked.append(question)
        return self.candidates[:limit]

    def find(self, chunk_id: int) -> Candidate | None:
        return next((one for one in self.candidates if one.chunk_id == chunk_id), None)


def answer(shelf: Shelf, question: str = "How long does delivery take?", **fields: Any) -> Any:
    handoff = DEFAULT_HANDOFF | fields.pop("handoff", {})
    configuration = Configuration(name="Bot", handoff=handoff, **fields)
    return make_reply(question=question, configuration=configuration, load_retriever=lambda: shelf)


@pytest.mark.parametrize(
    ("confidence", "outcome"),
    [(0.49, "handed_off"), (0.4999999, "handed_off"), (0.5, "answered"), (1.0, "answered")],
)
def test_the_best_answers_from_the_threshold_on(confidence: float, outcome: str) -> None:
    assert answer(Shelf(confidence), threshold=0.5).outcome == outcome


def test_a_threshold_of_nought_answers_whatever_is_found_and_nothing_still_is_nothing() -> None:
    assert answer(Shelf(0.0), threshold=0.0).outcome == "answered"
    assert answer(Shelf(), threshold=0.0).outcome == "handed_off"


def test_an_answer_is_the_entrys_text_and_cites_it() -> None:
    reply = answer(Shelf(0.9, 0.8))
    assert reply.text == "x" * 900
    assert reply.citations == [{"title": "Entry 1", "source": "faq.csv", "url": "", "text": "x" * 500}]
    assert reply.parts == []


def test_a_bot_that_does_not_know_fetches_a_person_at_once() -> None:
    reply = answer(Shelf(0.2))
    assert (reply.outcome, reply.parts, reply.citations) == ("handed_off", [], [])
    assert "fetching a person" in reply.text


def test_or_offers_one_by_a_button_where_the_owner_chose_so() -> None:
    reply = answer(Shelf(0.2), handoff={"when_unsure": "offer"})
    assert reply.outcome == "abstained"
    assert reply.parts == [
        {"type": "buttons", "buttons": [{"id": "request_agent", "title": "Talk to a person"}]}
    ]


def test_who_asks_for_a_person_gets_one_also_where_the_bot_would_only_offer() -> None:
    shelf = Shelf(1.0)
    reply = answer(shelf, "I want to talk to a person", handoff={"when_unsure": "offer"})
    assert (reply.outcome, reply.trace["rule"]) == ("handed_off", "asked_for_person")
    assert shelf.asked == []


def test_a_greeting_is_answered_without_a_search() -> None:
    shelf = Shelf(1.0)
    reply = answer(shelf, "Hello!", greeting="Welcome.")
    assert (reply.outcome, reply.text, shelf.asked) == ("answered", "Welcome.", [])


def test_a_bot_without_knowledge_says_so_in_its_trace() -> None:
    reply = answer(Shelf())
    assert reply.trace["candidates"] == []
    assert "Nothing in the knowledge" in reply.trace["why"]


def test_the_trace_tells_the_stages_the_candidates_the_threshold_and_why() -> None:
    trace = answer(Shelf(0.91234567, 0.8, 0.7, 0.6, 0.5, 0.4), threshold=0.75).trace
    assert [stage["name"] for stage in trace["stages"]] == ["rules", "menu", "search", "decision"]
    assert all(stage["ms"] >= 0 for stage in trace["stages"])
    assert len(trace["candidates"]) == 5
    assert trace["candidates"][0] == {
        "chunk_id": 1, "source_id": 1, "title": "Entry 1", "source": "faq.csv", "kind": "faq", "url": "",
        "word_score": 3.142, "meaning_score": 0.0, "score": 0.0, "confidence": 0.9123, "text": "x" * 300,
        "used": True, "why_not": "",
    }  # fmt: skip
    assert trace["candidates"][1]["why_not"] == "0.80: “Entry 1” was more likely with 0.91."
    assert trace["threshold"] == 0.75
    assert trace["decision"] == "answered"
    assert "0.91" in trace["why"]
    assert "0.75" in trace["why"]
    assert trace.keys() >= {"rule", "model", "tokens_in", "tokens_out", "cost", "errors"}


def test_an_abstention_names_the_best_and_what_it_lacked() -> None:
    why = answer(Shelf(0.3), threshold=0.75).trace["why"]
    assert "Entry 1" in why
    assert "0.30" in why
    assert "0.75" in why
