"""What a bot knows, ready to be searched: words, the scorer over words and meaning, and what must not be answered."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from threading import Lock

import msgspec
import numpy as np
import numpy.typing as npt

from chatbots.retrieval.base import Candidate
from chatbots.retrieval.bm25 import WordIndex, hash_question
from chatbots.retrieval.embedding.base import Embedder, EmbedderFailed, find_embedder
from chatbots.retrieval.embedding.questions import Row, embed_question, prepare_questions
from chatbots.retrieval.ranking.evidence import Curve
from chatbots.retrieval.ranking.scorer import Scorer
from chatbots.retrieval.words import split_words

logger = logging.getLogger(__name__)

# What a scorer is given of the words' evidence.
WEIGHED_ENTRIES = 20
# Visitors ask the same, and an index never changes: so many answers are remembered, of questions up to that long.
KEPT_ANSWERS = 128
KEPT_CHARACTERS = 200
Hashes = npt.NDArray[np.uint64]


def _no_hashes() -> Hashes:
    return np.zeros(0, dtype=np.uint64)


@dataclass(frozen=True, slots=True)
class KnowledgeIndex:
    """A retriever over one revision of one bot's knowledge. Never changes, so that threads may share it.

    `embedder` is the name of the one whose vectors the scorer knows, "" for words alone. Without a `scorer`, which takes
    a while to fit, the words' own confidence counts. `outside` are hashes (ascending) of what must not be answered.
    """

    words: WordIndex
    scorer: Scorer | None = None
    embedder: str = ""
    outside: Hashes = field(default_factory=_no_hashes)
    _answers: dict[tuple[str, int], list[Candidate]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    _guard: Lock = field(default_factory=Lock, init=False, repr=False, compare=False)

    @property
    def has_meaning(self) -> bool:
        return bool(self.embedder)

    def search(self, question: str, *, limit: int = 5) -> list[Candidate]:
        """As Retriever.search says. Where its embedder fails, a question is searched by words."""
        if (known := self._answers.get((question, limit))) is not None:
            return list(known)
        vector = None
        if needed := self.needs_vector(question):
            embedder = self._find_own_embedder()
            vector = embed_question(embedder, question) if embedder is not None else None
        return self.search_with(question, vector, limit=limit, keep=vector is not None or not needed)

    def search_with(
        self, question: str, vector: Row | None, *, limit: int = 5, keep: bool = True
    ) -> list[Candidate]:
        """The same with the question's vector given (None: by words). Embeds nothing; `keep`: remember the answer."""
        if (known := self._answers.get((question, limit))) is not None:
            return list(known)
        found = self._rank(question, vector, max(0, limit))
        if keep and len(question) <= KEPT_CHARACTERS:
            with self._guard:
                if len(self._answers) >= KEPT_ANSWERS:
                    self._answers.clear()
                self._answers[question, limit] = found
        return list(found)

    def find(self, chunk_id: int) -> Candidate | None:
        return self.words.find(chunk_id)

    def prepare(self, questions: Sequence[str]) -> None:
        embedder = self._find_own_embedder()
        if embedder is None:
            return
        try:
            prepare_questions(embedder, [one for one in questions if self.needs_vector(one)])
        except EmbedderFailed as failure:
            logger.warning("questions are searched by words alone: %s", failure.detail)

    def curve(self) -> Curve | None:
        return self.scorer.curve() if self.scorer is not None else None

    def count_texts(self) -> int:
        return self.words.count_texts()

    def needs_vector(self, question: str) -> bool:
        """Not where words alone are searched, nor for what is there word for word."""
        if not self.has_meaning:
            return False
        spoken = split_words(question)
        return bool(spoken) and not self.words.find_verbatim(spoken) and not self._is_outside(spoken)

    def _find_own_embedder(self) -> Embedder | None:
        """The one whose vectors are in here; None where this process has another."""
        embedder = find_embedder() if self.has_meaning else None
        return embedder if embedder is not None and embedder.name == self.embedder else None

    def _rank(self, question: str, vector: Row | None, limit: int) -> list[Candidate]:
        if self.scorer is None:
            return self._hold_back(question, self.words.search(question, limit=limit))
        shares, scores = self.words.weigh_entries(question, limit=max(limit, WEIGHED_ENTRIES))
        found = [
            self.words.texts.make_candidate(
                one.entry,
                word_score=round(scores.get(one.entry, 0.0), 4),
                meaning_score=round(one.meaning, 4),
                score=round(one.score, 4),
                confidence=round(one.confidence, 4),
            )
            for one in self.scorer.rank(question, vector, shares, limit)
        ]
        return self._hold_back(question, found)

    def _hold_back(self, question: str, found: list[Candidate]) -> list[Candidate]:
        """What the owner said not to answer, word for word, nothing answers."""
        if not len(self.outside) or not self._is_outside(split_words(question)):
            return found
        return [msgspec.structs.replace(one, confidence=0.0) for one in found]

    def _is_outside(self, spoken: list[str]) -> bool:
        if not len(self.outside) or not spoken:
            return False
        hashed = hash_question(spoken)
        at = int(self.outside.searchsorted(hashed))
        return at < len(self.outside) and bool(self.outside[at] == hashed)


def hash_outside(questions: Sequence[str]) -> Hashes:
    """The hashes of what must not be answered, ascending."""
    return np.sort(np.array([hash_question(split_words(text)) for text in questions], dtype=np.uint64))
