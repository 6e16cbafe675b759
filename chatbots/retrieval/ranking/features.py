"""A question as a row of numbers: its sentence vector seen from the owner's entries, and its words and word parts.

Words tell apart what sentence vectors blur ("exchange rate" from "exchange fee"); their weighted counts are drawn into
a few hundred numbers by signed hashing (Weinberger et al. 2009, arXiv 0902.2206), whose dot products stay those of the
full counts up to noise of about 1 / sqrt(WIDTH).
"""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from chatbots.retrieval.ranking.evidence import Doubles, Floats
from chatbots.retrieval.words import split_words

WIDTH = 512
BUCKETS = 1 << 16
PLACES = 4  # how many of WIDTH places a word part touches
PART_LENGTHS = (2, 3, 4)
LONGEST_QUESTION = 200  # words
# What of a row's squared length is words; the rest is the sentence vector.
WORDS_SHARE = 0.2
# Covariances of few texts say little: how much of the identity is mixed in at least.
LEAST_SHRINKAGE = 0.7
# The power of the variance between entries by which directions are stretched, in full from so many entries on.
RAISING, RAISED_ENTRIES = 0.3, 50
LEAST_VARIANCE = 0.3  # of the mean
# What the background's mean counts for against the owner's texts'.
PRIOR_TEXTS = 20


@dataclass(frozen=True, slots=True)
class WordSketch:
    """Draws a text's words, pairs of words and parts of words into WIDTH numbers; `weights` (BUCKETS,) are their idf."""

    weights: Floats

    def draw(self, text: str) -> Floats:
        """A unit row, or zeros for a text without words."""
        hashes, counts = np.unique(hash_parts(text), return_counts=True)
        row = np.zeros(WIDTH)
        if not len(hashes):
            return row.astype(np.float32)
        values = (1 + np.log(counts)) * self.weights[hashes % BUCKETS]
        for place in range(PLACES):
            mixed = _mix(hashes, place)
            signed = np.where(mixed >> np.uint64(40) & np.uint64(1), values, -values)
            row += np.bincount((mixed % np.uint64(WIDTH)).astype(np.int64), signed, WIDTH)
        length = float(np.sqrt(row @ row))
        return (row / length if length else row).astype(np.float32)

    def draw_all(self, texts: Sequence[str]) -> Floats:
        return np.stack([self.draw(text) for text in texts]) if texts else np.zeros((0, WIDTH), np.float32)


def fit_sketch(texts: Iterable[str]) -> WordSketch:
    """Weigh word parts by how few of `texts` have them."""
    counts = np.zeros(BUCKETS)
    total = 0
    for text in texts:
        counts[np.unique(hash_parts(text) % BUCKETS)] += 1
        total += 1
    return WordSketch((np.log((1 + total) / (1 + counts)) + 1).astype(np.float32))


def hash_parts(text: str) -> npt.NDArray[np.uint64]:
    """A number for each word, pair of neighbours and part of a word; the same in every process."""
    words = split_words(text)[:LONGEST_QUESTION]
    numbers = [number for word in words for number in _hash_word(word)]
    numbers += [zlib.crc32(f"2{a} {b}".encode()) for a, b in pairwise(words)]
    return np.array(numbers, dtype=np.uint64)


@lru_cache(maxsize=20_000)
def _hash_word(word: str) -> tuple[int, ...]:
    bounded = f" {word} "
    parts = [bounded[at : at + length] for length in PART_LENGTHS for at in range(len(bounded) - length + 1)]
    return (zlib.crc32(f"1{word}".encode()), *(zlib.crc32(f"0{part}".encode()) for part in parts))


def _mix(hashes: npt.NDArray[np.uint64], place: int) -> npt.NDArray[np.uint64]:
    """Other bits for every place (the finaliser of splitmix64)."""
    mixed = hashes * np.uint64(0x9E3779B97F4A7C15) + np.uint64((place + 1) * 0xD1B54A32D192ED03 % 2**64)
    mixed = (mixed ^ mixed >> np.uint64(30)) * np.uint64(0xBF58476D1CE4E5B9)
    return mixed ^ mixed >> np.uint64(27)


@dataclass(frozen=True, slots=True)
class View:
    """Sentence vectors seen from the owner's entries: centred, and by `basis` with the directions damped in which the
    variants of one entry differ anyway (within-class covariance, shrunk). `raised` is the basis with the directions raised
    in which entries differ from each other, where variants are too few for the classifier to find these by itself."""

    mean: Floats  # (dim,)
    passages_mean: Floats  # (dim,): passages lie elsewhere than questions
    basis: Floats  # (dim, dim)
    raised: Floats  # (dim, dim)

    def damp(self, vectors: Floats) -> Floats:
        return unit_rows((vectors - self.mean) @ self.basis)

    def turn(self, vectors: Floats) -> Floats:
        return unit_rows((vectors - self.mean) @ self.raised)

    def turn_passages(self, vectors: Floats) -> Floats:
        return unit_rows((vectors - self.passages_mean) @ self.raised)


def fit_view(
    questions: Floats, owners: npt.NDArray[np.int32], passages: Floats, background: Floats, *, few: bool
) -> View:
    """`few`: whether to raise directions."""
    dim = questions.shape[1]
    basis = np.eye(dim)
    within, freedom = _scatter_within(questions.astype(np.float64), owners)
    if freedom:
        shrinkage = max(LEAST_SHRINKAGE, 4 * dim / (4 * dim + freedom))
        mean_variance = np.trace(within) / dim or 1.0
        mixed = (1 - shrinkage) * within / mean_variance + shrinkage * np.eye(dim)
        basis = np.linalg.cholesky(np.linalg.inv(mixed))
    damped = basis.astype(np.float32)
    raised = (basis @ _raise_between(questions @ basis, owners)).astype(np.float32) if few else damped
    return View(
        _mean_with_prior(questions, background), _mean_with_prior(passages, background), damped, raised
    )


def _raise_between(damped: Doubles, owners: npt.NDArray[np.int32]) -> Doubles:
    """(dim, dim): turns to the principal directions of the entries' means and stretches each by a power of the variance
    there."""
    means = _find_means(damped, owners)[0]
    centred = means - means.mean(axis=0)
    variances, directions = np.linalg.eigh(centred.T @ centred)
    variances = np.maximum(variances, 0)
    relative = variances / (variances.mean() or 1.0)
    power = RAISING * min(1.0, (len(means) - 1) / RAISED_ENTRIES)
    stretched: Doubles = directions * (relative + LEAST_VARIANCE) ** power
    return stretched


def join_views(turned: Floats, sketched: Floats) -> Floats:
    """Unit rows of both, of which words make up WORDS_SHARE."""
    return np.hstack([turned * np.float32((1 - WORDS_SHARE) ** 0.5), sketched * np.float32(WORDS_SHARE**0.5)])


def unit_rows(rows: npt.NDArray[np.floating]) -> Floats:
    lengths = np.sqrt((rows * rows).sum(axis=-1, keepdims=True))
    units: Floats = (rows / np.maximum(lengths, 1e-9)).astype(np.float32)
    return units


def _mean_with_prior(vectors: Floats, background: Floats) -> Floats:
    """Of one or two texts the mean would be themselves, and nothing left of them."""
    total = vectors.astype(np.float64).sum(axis=0)
    count = float(len(vectors))
    if len(background):
        total = total + PRIOR_TEXTS * background.astype(np.float64).mean(axis=0)
        count += PRIOR_TEXTS
    mean: Floats = (total / max(1.0, count)).astype(np.float32)
    return mean


def _scatter_within(questions: Doubles, owners: npt.NDArray[np.int32]) -> tuple[Doubles, int]:
    """The covariance within entries, and how many free differences it rests on."""
    means, place = _find_means(questions, owners)
    freedom = len(questions) - len(means)
    if not freedom:
        return np.zeros((questions.shape[1], questions.shape[1])), 0
    residuals = questions - means[place]
    return residuals.T @ residuals / freedom, freedom


def _find_means(questions: Doubles, owners: npt.NDArray[np.int32]) -> tuple[Doubles, npt.NDArray[np.int64]]:
    """Of each entry, and which of them each question belongs to."""
    found, place = np.unique(owners, return_inverse=True)
    sums = np.zeros((len(found), questions.shape[1]))
    np.add.at(sums, place, questions)
    means: Doubles = sums / np.bincount(place)[:, None]
    return means, place
