"""The seam between those who ask and the ways to search: whoever can `search` is a retriever."""

from typing import Protocol

import msgspec


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """What may answer the question: a FAQ entry (`kind` "faq") or a passage of a document ("passage").

    `source` is the source's title, `title` the entry's title or the passage's heading path, `text` the answer or the
    passage as Markdown. `word_score` is the raw BM25 score, comparable within one question only; `confidence` is
    between 0 and 1 and comparable between questions, bots and languages (see bm25.py for its meaning).
    """

    chunk_id: int
    source_id: int
    source: str
    title: str
    text: str
    kind: str
    word_score: float
    confidence: float


class Retriever(Protocol):
    """Never raises for any text; nothing found is an empty list. Safe to call from several threads at once."""

    def search(self, question: str, *, limit: int = 5) -> list[Candidate]:
        """The best `limit` candidates, best first."""
        ...
