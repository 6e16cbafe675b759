"""The seam between those who ask and the ways to search: whoever can `search` is a retriever."""

from collections.abc import Sequence
from typing import Protocol

import msgspec

from chatbots.retrieval.ranking.evidence import Curve


class Candidate(msgspec.Struct, frozen=True, gc=False):
    """What may answer the question: a FAQ entry (`kind` "faq") or a passage of a document ("passage").

    `source` is the source's title and `url` its address ("" for one that has none), `title` the entry's title or the
    passage's heading path, `text` the answer or the passage as Markdown. `word_score` is the raw BM25 score, comparable
    within one question only; `meaning_score` the cosine similarity (-1 to 1) of the entry's best text, 0.0 where no
    vectors took part. `score` (0 to 1) is what candidates are ordered by. `confidence` is the probability that this
    candidate answers the question, comparable between questions, bots and languages: what thresholds are compared with.
    """

    chunk_id: int
    source_id: int
    source: str
    title: str
    text: str
    kind: str
    word_score: float
    confidence: float
    url: str = ""
    meaning_score: float = 0.0
    score: float = 0.0


class Retriever(Protocol):
    """Never raises for any text; nothing found is an empty list. Safe to call from several threads at once."""

    @property
    def has_meaning(self) -> bool:
        """Whether vectors take part in the search, or words alone."""
        ...

    def search(self, question: str, *, limit: int = 5) -> list[Candidate]:
        """The best `limit` candidates, best first. May embed the question: not for an event loop."""
        ...

    def find(self, chunk_id: int) -> Candidate | None:
        """The candidate of one chunk, as somebody chose it: with confidence 1.0. None for what is not in here."""
        ...

    def prepare(self, questions: Sequence[str]) -> None:
        """Embed what is about to be asked, together, so that the searches find it done. Not for an event loop."""
        ...

    def curve(self) -> Curve | None:
        """Wrong answers against wrong refusals over thresholds, as measured on this knowledge; None where nobody did."""
        ...
