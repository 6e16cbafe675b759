"""Searching on an event loop: only where it takes less time than going to another thread and back, and embeds nothing."""

from collections.abc import Sequence
from dataclasses import dataclass

from chatbots.retrieval.base import Candidate
from chatbots.retrieval.embedding.questions import expect_question, find_vector
from chatbots.retrieval.knowledge_index import KnowledgeIndex
from chatbots.retrieval.ranking.evidence import Curve

# Up to here a search takes less time than the way to another thread (docs/decisions/015).
QUICK_TEXTS = 5_000
QUICK_CHARACTERS = 500


class NeedsThread(Exception):
    """This search is not for an event loop: ask the index itself, on another thread."""


@dataclass(frozen=True, slots=True)
class QuickIndex:
    """An index as an event loop may use it. What would take long raises NeedsThread instead."""

    index: KnowledgeIndex

    @property
    def has_meaning(self) -> bool:
        return self.index.has_meaning

    def search(self, question: str, *, limit: int = 5) -> list[Candidate]:
        """Raises NeedsThread for large indexes and long questions, and for one whose vector would have to be made."""
        if len(question) > QUICK_CHARACTERS or self.index.count_texts() > QUICK_TEXTS:
            raise NeedsThread
        vector = None
        if self.index.needs_vector(question):
            vector = find_vector(self.index.embedder, question)
            if vector is None:
                expect_question(self.index.embedder, question)
                raise NeedsThread
        return self.index.search_with(question, vector, limit=limit)

    def find(self, chunk_id: int) -> Candidate | None:
        return self.index.find(chunk_id)

    def prepare(self, questions: Sequence[str]) -> None:
        """Raises NeedsThread, always."""
        raise NeedsThread

    def curve(self) -> Curve | None:
        return self.index.curve()
