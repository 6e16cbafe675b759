"""Which texts have which words, and the two ways to add up their scores.

Few hits are added up text by text in plain Python, many by numpy in one go over all texts: to a small bot's questions
numpy's fixed cost of 1 to 2 µs a call would be most of the search. Both ways add the same numbers in the same order
in double precision, so their results are equal to the last bit.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate

import numpy as np
import numpy.typing as npt

K1, B = 1.2, 0.75
# What BM25's preference for short texts may add to the share of the question's words that a text has.
SHORTNESS_BONUS = 1.3
# What an entry's best variant counts for, its second best, and so on; and the sums of so many of them.
VARIANTS_COUNTED = 8
DECAY = [0.5**place for place in range(VARIANTS_COUNTED)]
DECAY_SUMS = [0.0, *accumulate(DECAY)]
# Where both ways take equally long (Banking77's questions).
FEW_HITS = 300
KEPT_WORDS = 5_000

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
# (text, BM25 score)
Hit = tuple[int, float]
# (entry, best score, share)
Found = tuple[int, float, float]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question: its known words with their weights, the weight of all of them, and how many there are.

    `without`: a text that counts as not there, for asking an index one of its own questions; -1 for none.
    """

    words: list[int]
    weights: list[float]
    total: float
    length: int
    without: int = -1

    @property
    def share_of_weight(self) -> float:
        """What a unit of the question's weight is of the most that a text's share can be."""
        return SHORTNESS_BONUS / self.total


@dataclass(frozen=True, slots=True)
class Postings:
    """BM25 scores by word: those of word w are `scores[starts[w]:starts[w + 1]]`, for the texts in `texts` there."""

    scores: Floats
    texts: Ints
    starts: npt.NDArray[np.int64]
    owners: Ints  # text -> entry, ascending
    average_length: float
    _hits: dict[int, list[Hit]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _owners: list[int] = field(default_factory=list, init=False, repr=False, compare=False)
    _groups: list[Ints] = field(default_factory=list, init=False, repr=False, compare=False)

    def find_entries(self, asked: Asked, limit: int) -> list[Found]:
        """The `limit` entries with the highest weighted mean of their best variants' shares, best first."""
        if (hits := self._find_hits(asked.words)) is not None:
            return self._rank_entries(hits, asked, limit)
        return self._rank_all_entries(asked, limit)

    def find_texts(self, asked: Asked, counted: Floats, limit: int) -> list[Found]:
        """The `limit` texts with the highest share, best first; `counted` is what a text's share counts for."""
        if (hits := self._find_hits(asked.words)) is not None:
            found = [
                (share * counted[text].item(), score, text)
                for text, score, share in self._share_hits(hits, asked)
            ]
            found.sort(key=_highest_first)
            owners = self._list_owners()
            return [(owners[text], score, share) for share, score, text in found[:limit]]
        scores, shares = self._share_all(asked)
        shares = shares * counted
        return [
            (int(self.owners[text]), float(scores[text]), float(shares[text]))
            for text in find_best(shares, limit)
        ]

    def share_of_score(self, asked: Asked) -> float:
        """What a unit of BM25 score is of a perfect match's, a text that is the question word for word."""
        average = self.average_length or 1.0
        return (1.0 + K1 * (1.0 - B + B * asked.length / average)) / asked.total

    # Few hits --------------------------------------------------------------------------------------------------------
    def _find_hits(self, words: Sequence[int]) -> list[list[Hit]] | None:
        """The hits of each word, or None where there are too many for plain Python."""
        room, found = FEW_HITS, []
        for word in words:
            hits = self._hits.get(word)
            if hits is None:
                span = slice(int(self.starts[word]), int(self.starts[word + 1]))
                if span.stop - span.start > room:
                    return None
                hits = self._read_hits(word, span)
            room -= len(hits)
            if room < 0:
                return None
            found.append(hits)
        return found

    def _read_hits(self, word: int, span: slice) -> list[Hit]:
        hits = list(zip(self.texts[span].tolist(), self.scores[span].tolist(), strict=True))
        if len(self._hits) >= KEPT_WORDS:
            self._hits.clear()
        self._hits[word] = hits
        return hits

    def _share_hits(self, found: list[list[Hit]], asked: Asked) -> list[tuple[int, float, float]]:
        """(text, score, share) of all texts that are hit."""
        scores: dict[int, float] = {}
        matched: dict[int, float] = {}
        for hits, weight in zip(found, asked.weights, strict=True):
            for text, score in hits:
                if text in scores:
                    scores[text] += score
                    matched[text] += weight
                else:
                    scores[text], matched[text] = score, weight
        of_score, of_weight = self.share_of_score(asked), asked.share_of_weight
        return [
            (
                text,
                score,
                share if (share := score * of_score) < (most := matched[text] * of_weight) else most,
            )
            for text, score in scores.items()
            if text != asked.without
        ]

    def _rank_entries(self, hits: list[list[Hit]], asked: Asked, limit: int) -> list[Found]:
        owners, counts = self._list_owners(), self._count_texts(asked)
        shares: dict[int, list[float]] = {}
        scores: dict[int, float] = {}
        for text, score, share in self._share_hits(hits, asked):
            owner = owners[text]
            if owner not in shares:
                shares[owner], scores[owner] = [share], score
                continue
            shares[owner].append(share)
            scores[owner] = max(score, scores[owner])
        best = _Best(limit)
        for highest, owner in sorted([(-max(each), owner) for owner, each in shares.items()]):
            if not best.has_room_for(-highest):
                break
            each = shares[owner]
            each.sort(reverse=True)
            best.add(owner, scores[owner], mean_share(each, int(counts[owner])))
        return best.list()

    def _list_owners(self) -> list[int]:
        """The entries of all texts as plain numbers; read once."""
        if not self._owners:
            self._owners[:] = self.owners.tolist()
        return self._owners

    # Many hits -------------------------------------------------------------------------------------------------------
    def _share_all(self, asked: Asked) -> tuple[Doubles, Doubles]:
        """Each text's score, and what share it is of a perfect match's.

        Hardly more than the share of the question's weight that the text has, however short it is: a title of two
        words would otherwise be sure of a question of which it has one.
        """
        scores: Doubles = np.zeros(len(self.owners))
        matched: Doubles = np.zeros(len(self.owners))
        for word, weight in zip(asked.words, asked.weights, strict=True):
            span = slice(self.starts[word], self.starts[word + 1])
            texts = self.texts[span]
            scores[texts] += self.scores[span]
            matched[texts] += weight
        if asked.without >= 0:
            scores[asked.without] = 0.0
        return scores, np.minimum(scores * self.share_of_score(asked), matched * asked.share_of_weight)

    def _rank_all_entries(self, asked: Asked, limit: int) -> list[Found]:
        """No mean is above its best variant, so entries are looked at in the order of that until none can get in."""
        scores, shares = self._share_all(asked)
        if not shares.any():
            return []
        starts, counts = self._group_texts()[0], self._count_texts(asked)
        highest = np.maximum.reduceat(shares, starts)
        best = _Best(limit)
        for at in find_best(highest, len(highest)):
            if not best.has_room_for(highest[at]):
                break
            owner = int(self.owners[starts[at]])
            span = slice(starts[at], starts[at] + counts[owner])
            variants = np.sort(shares[span])[::-1][:VARIANTS_COUNTED].tolist()
            best.add(owner, float(scores[span].max()), mean_share(variants, int(counts[owner])))
        return best.list()

    def _count_texts(self, asked: Asked) -> Ints:
        """How many texts each entry has, but for the one that counts as not there."""
        counts = self._group_texts()[1]
        if asked.without < 0:
            return counts
        counts = counts.copy()
        counts[self.owners[asked.without]] -= 1
        return counts

    def _group_texts(self) -> list[Ints]:
        """Where each entry's texts start, and how many each entry has; worked out once."""
        if not self._groups:
            starts = np.flatnonzero(np.diff(self.owners, prepend=-1)).astype(np.int32)
            self._groups[:] = [starts, np.bincount(self.owners).astype(np.int32)]
        return self._groups


class _Best:
    """The `limit` entries with the highest shares, of equal ones those that came first."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._count = 0
        self._kept: list[tuple[float, int, int, float]] = []

    def has_room_for(self, share: float) -> bool:
        """Whether an entry with at most this share could get in."""
        return len(self._kept) < self._limit or share > -self._kept[-1][0]

    def add(self, entry: int, score: float, share: float) -> None:
        self._count += 1
        self._kept.append((-share, self._count, entry, score))
        self._kept.sort()
        del self._kept[self._limit :]

    def list(self) -> list[Found]:
        return [(entry, score, -share) for share, _, entry, score in self._kept]


def mean_share(shares: Sequence[float], variants: int) -> float:
    """The weighted mean of an entry's best variants' shares (highest first), of `variants` that it has."""
    weighted = 0.0
    for share, weight in zip(shares, DECAY, strict=False):
        weighted += share * weight
    return weighted / DECAY_SUMS[min(variants, VARIANTS_COUNTED)]


def _highest_first(found: tuple[float, float, int]) -> tuple[float, int]:
    return -found[0], found[2]


def find_best(scores: Doubles, limit: int) -> Ints:
    """Places of the `limit` highest scores above zero, best first, and of equal ones the first."""
    found = np.flatnonzero(scores > 0)
    if limit < len(found):
        least = -np.partition(-scores[found], limit - 1)[limit - 1]
        found = found[scores[found] >= least]
    ordered: Ints = found[np.argsort(-scores[found], kind="stable")][:limit].astype(np.int32)
    return ordered
