"""Search by words: BM25 over the variants of FAQ entries and over passages, and a confidence that can be compared.

Two lists of texts are scored, each against its own average length: `questions` (every variant of every entry) and
`passages` (title and text of every entry and passage). A word's weight (idf) counts entries, not texts: ten variants
that say "card" are one entry that is about cards.

An entry's share among the questions is the weighted mean of its best variants', each further one counting half of the
one before: one lucky variant does not win over an entry of which several fit, and no entry gains by having many.

**Confidence** is the square root of the share that the entry's score is of a perfect match, a text that is the
question word for word. A word that the whole knowledge does not know counts against it as the rarest word there can be.
So 1.0 means the question itself is there, 0 that no word fits, and 0.5 that a quarter of a perfect match's score was
reached: measured to be where answerable questions are best told from others (docs/decisions/010-search-by-words.md).
"""

import hashlib
import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from math import sqrt
from typing import Any

import bm25s
import numpy as np
import numpy.typing as npt

from chatbots.retrieval.base import Candidate
from chatbots.retrieval.postings import K1, Asked, B, Floats, Ints, Postings
from chatbots.retrieval.ranking.evidence import Curve, WordShares
from chatbots.retrieval.texts import Entry, TextStore
from chatbots.retrieval.words import Language, get_language, split_words

# An answer that uses the question's words is weaker evidence than a variant that asks it.
ANSWER_WEIGHT = 0.7
DEFAULT_THRESHOLD = 0.5

logging.getLogger("bm25s").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class WordIndex:
    """A retriever over one revision of one bot's knowledge. Never changes, so that threads may share it."""

    language: Language
    vocabulary: dict[str, int]
    weights: Floats  # word -> idf over entries
    questions: Postings
    passages: Postings
    asked: npt.NDArray[np.uint64]  # hashes of all variants as asked, ascending
    asked_of: Ints  # the entry of each
    texts: TextStore
    unknown_weight: float = field(default=0.0)

    def search(self, question: str, *, limit: int = 5) -> list[Candidate]:
        shares = self._find_all(split_words(question), limit=max(0, limit))[0]
        best = sorted(shares.items(), key=lambda item: (-item[1][0], -item[1][1], item[0]))[: max(0, limit)]
        return [self._make_candidate(entry, share, score) for entry, (share, score) in best]

    def find_shares(self, question: str, *, limit: int = 20, without: int | None = None) -> WordShares:
        """What the words say about at least the best `limit` entries, for a scorer to weigh.

        `without`: the number of a variant (a text of `questions`) that counts as not there.
        """
        return self.weigh_entries(question, limit=limit, without=without)[0]

    def weigh_entries(
        self, question: str, *, limit: int = 20, without: int | None = None
    ) -> tuple[WordShares, dict[int, float]]:
        """As find_shares, and beside it the raw BM25 score of each entry."""
        spoken = split_words(question)
        shares, unknown = self._find_all(spoken, limit=limit, without=without)
        weighed = WordShares(
            entries=list(shares),
            shares=[share for share, _ in shares.values()],
            unknown=unknown,
            verbatim=tuple(self.find_verbatim(spoken, without=without)),
        )
        return weighed, {entry: score for entry, (_, score) in shares.items()}

    def _find_all(
        self, spoken: list[str], *, limit: int, without: int | None = None
    ) -> tuple[dict[int, tuple[float, float]], float]:
        """entry -> (share, score) of the best of both lists, and the share of the question that nobody knows."""
        asked = self._weigh_words(spoken, without=-1 if without is None else without)
        shares: dict[int, tuple[float, float]] = {}
        if asked.words and limit:
            for entry, score, share in self.questions.find_entries(asked, limit):
                _keep_better(shares, entry, share, score)
            if without is not None:
                asked = replace(asked, without=-1)  # that is the number of a variant, not of a text here
            for entry, score, share in self.passages.find_texts(asked, self.texts.answer_weights, limit):
                _keep_better(shares, entry, share, score)
        for entry in self.find_verbatim(spoken, without=without):
            shares[entry] = (1.0, shares.get(entry, (0.0, 0.0))[1])
        return shares, 1.0 - sum(asked.weights) / asked.total if asked.total else 1.0

    @property
    def has_meaning(self) -> bool:
        return False

    def prepare(self, questions: Sequence[str]) -> None:
        """Nothing: words need no vectors."""

    def curve(self) -> Curve | None:
        return None

    def find(self, chunk_id: int) -> Candidate | None:
        entry = self.texts.find_entry(chunk_id)
        if entry is None:
            return None
        return self.texts.make_candidate(entry, word_score=0.0, confidence=1.0, score=1.0)

    def count_texts(self) -> int:
        return len(self.questions.owners) + len(self.passages.owners)

    def find_verbatim(self, spoken: list[str], *, without: int | None = None) -> list[int]:
        """Entries that have the question word for word, even where it has stop words only ("who are you")."""
        if not spoken:
            return []
        hashed = hash_question(spoken)
        found: list[int] = []
        at = int(self.asked.searchsorted(hashed))
        while at < len(self.asked) and self.asked[at] == hashed:
            found.append(int(self.asked_of[at]))
            at += 1
        if without is not None and (owner := int(self.questions.owners[without])) in found:
            found.remove(owner)  # once: it may have the same words twice
        return list(dict.fromkeys(found))

    def _weigh_words(self, spoken: list[str], *, without: int) -> Asked:
        """Unknown words count as the rarest there can be, chatter not at all."""
        words: list[int] = []
        unknown = 0
        for stem in dict.fromkeys(self.language.choose_words(spoken)):
            if (word := self.vocabulary.get(stem)) is not None:
                words.append(word)
            elif stem not in self.language.chatter:
                unknown += 1
        weights = [float(self.weights[word]) for word in words]
        total = sum(weights) + self.unknown_weight * unknown
        return Asked(words, weights, total, len(words) + unknown, without)

    def _make_candidate(self, entry: int, share: float, score: float) -> Candidate:
        confidence = round(sqrt(min(1.0, share)), 4)
        return self.texts.make_candidate(
            entry, word_score=round(score, 4), confidence=confidence, score=confidence
        )


def build_index(entries: Sequence[Entry], *, language: str = "en") -> WordIndex:
    """Index `entries`. About 1 s for 10,000 passages."""
    analyse = get_language(language)
    vocabulary: dict[str, int] = {}
    questions = [(at, question) for at, entry in enumerate(entries) for question in entry.questions]
    bodies = [(at, f"{entry.title}\n{entry.text}") for at, entry in enumerate(entries)]
    question_words = [_number_words(analyse, text, vocabulary) for _, text in questions]
    body_words = [_number_words(analyse, text, vocabulary) for _, text in bodies]
    question_owners = np.array([at for at, _ in questions], dtype=np.int32)
    body_owners = np.array([at for at, _ in bodies], dtype=np.int32)
    weights = _weigh_words(
        len(vocabulary), len(entries), [(question_owners, question_words), (body_owners, body_words)]
    )
    hashes = np.array([hash_question(split_words(text)) for _, text in questions], dtype=np.uint64)
    order = np.argsort(hashes, kind="stable")
    return WordIndex(
        language=analyse,
        vocabulary=vocabulary,
        weights=weights,
        questions=_build_postings(question_words, question_owners, weights),
        passages=_build_postings(body_words, body_owners, weights),
        asked=hashes[order],
        asked_of=question_owners[order],
        texts=TextStore.from_entries(entries, answer_weight=ANSWER_WEIGHT),
        unknown_weight=float(_idf(np.zeros(1), len(entries))[0]),
    )


def hash_question(words: Iterable[str]) -> np.uint64:
    """The same number for the same words in the same order, in every process."""
    digest = hashlib.blake2b("\x00".join(words).encode("utf-8", "replace"), digest_size=8)
    return np.uint64(int.from_bytes(digest.digest(), "big"))


def _number_words(language: Language, text: str, vocabulary: dict[str, int]) -> list[int]:
    return [vocabulary.setdefault(word, len(vocabulary)) for word in language.find_words(text)]


def _idf(counts: npt.NDArray[Any], total: int) -> Floats:
    """Lucene's: never negative, and defined for a word that no entry has."""
    return np.log1p((total - counts + 0.5) / (counts + 0.5)).astype(np.float32)


def _weigh_words(words: int, entries: int, lists: Sequence[tuple[Ints, list[list[int]]]]) -> Floats:
    """idf of each word by the number of entries that have it, in whichever of their texts."""
    pairs = [
        np.asarray(text, dtype=np.int64) * max(1, entries) + int(owner)
        for owners, texts in lists
        for owner, text in zip(owners, texts, strict=True)
        if text
    ]
    distinct = np.unique(np.concatenate(pairs)) if pairs else np.zeros(0, dtype=np.int64)
    counts = np.bincount(distinct // max(1, entries), minlength=words)
    return _idf(counts, entries)


def _build_postings(texts: list[list[int]], owners: Ints, weights: Floats) -> Postings:
    """BM25S' scores, with its idf over texts replaced by ours over entries."""
    words = len(weights)
    if not any(texts):
        empty = np.zeros(0, dtype=np.int32)
        return Postings(
            np.zeros(0, dtype=np.float32), empty, np.zeros(words + 1, dtype=np.int64), owners, 0.0
        )
    model = bm25s.BM25(k1=K1, b=B, method="lucene")
    built = model.build_index_from_ids(list(range(words)), texts, show_progress=False)
    starts = np.asarray(built["indptr"], dtype=np.int64)
    counts = np.diff(starts)
    factors = weights / _idf(counts, len(texts))
    scores = np.asarray(built["data"], dtype=np.float32) * np.repeat(factors, counts)
    average = sum(map(len, texts)) / len(texts)
    return Postings(scores, np.asarray(built["indices"], dtype=np.int32), starts, owners, average)


def _keep_better(shares: dict[int, tuple[float, float]], entry: int, share: float, score: float) -> None:
    if entry not in shares or share > shares[entry][0]:
        shares[entry] = (share, score)
