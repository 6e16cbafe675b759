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
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

import bm25s
import numpy as np
import numpy.typing as npt

from chatbots.retrieval.base import Candidate
from chatbots.retrieval.texts import Entry, TextStore
from chatbots.retrieval.words import Language, get_language, split_words

K1, B = 1.2, 0.75
# What an entry's best variant counts for, its second best, and so on.
VARIANTS_COUNTED = 8
DECAY = 0.5 ** np.arange(VARIANTS_COUNTED, dtype=np.float32)
# What BM25's preference for short texts may add to the share of the question's words that a text has.
SHORTNESS_BONUS = 1.3
# An answer that uses the question's words is weaker evidence than a variant that asks it.
ANSWER_WEIGHT = 0.7
DEFAULT_THRESHOLD = 0.5

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int32]

logging.getLogger("bm25s").setLevel(logging.WARNING)


@dataclass(frozen=True, slots=True)
class Postings:
    """BM25 scores by word: those of word w are `scores[starts[w]:starts[w + 1]]`, for the texts in `texts` there."""

    scores: Floats
    texts: Ints
    starts: npt.NDArray[np.int64]
    owners: Ints  # text -> entry, ascending
    average_length: float

    def score_texts(self, words: Ints, weights: Floats) -> tuple[Floats, Floats]:
        """BM25 score of every text, and the weight of the words that it has."""
        scores: Floats = np.zeros(len(self.owners), dtype=np.float32)
        matched: Floats = np.zeros(len(self.owners), dtype=np.float32)
        for word, weight in zip(words, weights, strict=True):
            span = slice(self.starts[word], self.starts[word + 1])
            texts = self.texts[span]
            scores[texts] += self.scores[span]
            matched[texts] += weight
        return scores, matched

    def perfect_factor(self, length: int) -> float:
        """BM25's term part for a word that stands once in a text of `length` words."""
        average = self.average_length or 1.0
        return 1.0 / (1.0 + K1 * (1.0 - B + B * length / average))


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
        words, total, length = self._weigh_question(question)
        shares: dict[int, tuple[float, float]] = {}
        if len(words) and limit > 0:
            scores, parts = self._share_texts(self.questions, words, total, length)
            for entry, score, share in _combine_variants(scores, parts, self.questions.owners, limit):
                _keep_better(shares, entry, share, score)
            scores, parts = self._share_texts(self.passages, words, total, length)
            parts = parts * self.texts.answer_weights
            for text in _find_best(parts, limit):
                _keep_better(shares, int(self.passages.owners[text]), float(parts[text]), float(scores[text]))
        self._find_verbatim(question, shares)
        best = sorted(shares.items(), key=lambda item: (-item[1][0], -item[1][1], item[0]))[: max(0, limit)]
        return [self._make_candidate(entry, share, score) for entry, (share, score) in best]

    def _weigh_question(self, question: str) -> tuple[Ints, float, int]:
        """The question's known words, the weight of all of them, unknown ones included, and how many there are."""
        stems = dict.fromkeys(self.language.find_words(question))
        known = [self.vocabulary[stem] for stem in stems if stem in self.vocabulary]
        unknown = [
            stem for stem in stems if stem not in self.vocabulary and stem not in self.language.chatter
        ]
        words: Ints = np.array(known, dtype=np.int32)
        total = float(self.weights[words].sum()) + self.unknown_weight * len(unknown)
        return words, total, len(known) + len(unknown)

    def _share_texts(
        self, postings: Postings, words: Ints, total: float, length: int
    ) -> tuple[Floats, Floats]:
        """Each text's score, and what share it is of a perfect match's.

        Hardly more than the share of the question's weight that the text has, however short it is: a title of two
        words would otherwise be sure of a question of which it has one.
        """
        scores, matched = postings.score_texts(words, self.weights[words])
        shares = scores / (total * postings.perfect_factor(length))
        return scores, np.minimum(shares, SHORTNESS_BONUS * matched / total)

    def _find_verbatim(self, question: str, shares: dict[int, tuple[float, float]]) -> None:
        """A question that is a variant word for word is certain, even where it has stop words only ("who are you")."""
        if not (words := split_words(question)):
            return
        asked = hash_question(words)
        at = int(np.searchsorted(self.asked, asked))
        while at < len(self.asked) and self.asked[at] == asked:
            entry = int(self.asked_of[at])
            shares[entry] = (1.0, shares.get(entry, (0.0, 0.0))[1])
            at += 1

    def _make_candidate(self, entry: int, share: float, score: float) -> Candidate:
        confidence = sqrt(min(1.0, share))
        return self.texts.make_candidate(entry, word_score=round(score, 4), confidence=round(confidence, 4))


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


def _find_best(scores: Floats, limit: int) -> Ints:
    """Places of the `limit` highest scores above zero, best first."""
    found = np.flatnonzero(scores > 0)
    if len(found) > limit:
        found = found[np.argpartition(-scores[found], limit - 1)[:limit]]
    ordered: Ints = found[np.argsort(-scores[found], kind="stable")].astype(np.int32)
    return ordered


def _combine_variants(
    scores: Floats, parts: Floats, owners: Ints, limit: int
) -> list[tuple[int, float, float]]:
    """The `limit` entries with the best weighted mean of their best variants, as (entry, best score, mean share).

    No mean is above its best variant, so entries are looked at in the order of that until none can get in.
    """
    if not parts.any():
        return []
    starts = np.flatnonzero(np.diff(owners, prepend=-1))
    highest = np.maximum.reduceat(parts, starts)
    ends = np.append(starts[1:], len(owners))
    best: list[tuple[int, float, float]] = []
    for at in _find_best(highest, len(highest)):
        if len(best) == limit and highest[at] <= best[-1][2]:
            break
        span = slice(starts[at], ends[at])
        variants = np.sort(parts[span])[::-1][:VARIANTS_COUNTED]
        mean = float(variants @ DECAY[: len(variants)] / DECAY[: len(variants)].sum())
        best.append((int(owners[starts[at]]), float(scores[span].max()), mean))
        best.sort(key=lambda found: -found[2])
        del best[limit:]
    return best


def _keep_better(shares: dict[int, tuple[float, float]], entry: int, share: float, score: float) -> None:
    if entry not in shares or share > shares[entry][0]:
        shares[entry] = (share, score)
