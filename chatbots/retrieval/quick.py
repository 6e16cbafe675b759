"""Searching on an event loop: only where it takes less time than going to another thread and back, and embeds nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatbots.retrieval.base import Candidate
from chatbots.retrieval.embedding.questions import Row, expect_question, find_vector
from chatbots.retrieval.knowledge_index import KnowledgeIndex
from chatbots.retrieval.ranking.evidence import Curve

# Up to here a search takes less time than the way to another thread (docs/decisions/015).
QUICK_TEXTS = 5_000
QUICK_CHARACTERS = 500


@dataclass(frozen=True, slots=True)
class QuickIndex:
    """A retriever for one question, whose vector is at hand or not needed. Embeds nothing, whatever it is asked."""

    index: KnowledgeIndex
    question: str
    vector: Row | None

    @property
    def has_meaning(self) -> bool:
        return self.index.has_meaning

    def search(self, question: str, *, limit: int = 5) -> list[Candidate]:
        if question == self.question:
            return self.index.search_with(question, self.vector, limit=limit)
        vector = find_vector(self.index.embedder, question)
        return self.index.search_with(question, vector, limit=limit, keep=False)

    def find(self, chunk_id: int) -> Candidate | None:
        return self.index.find(chunk_id)

    def prepare(self, questions: Sequence[str]) -> None:
        """Nothing: what has no vector is searched by words here."""

    def curve(self) -> Curve | None:
        return self.index.curve()


def make_quick(index: KnowledgeIndex, question: str) -> QuickIndex | None:
    """None where the index is large or the question would have to be embedded; then it is announced."""
    if len(question) > QUICK_CHARACTERS or index.count_texts() > QUICK_TEXTS:
        return None
    if not index.needs_vector(question):
        return QuickIndex(index, question, None)
    vector = find_vector(index.embedder, question)
    if vector is None:
        expect_question(index.embedder, question)
        return None
    return QuickIndex(index, question, vector)
