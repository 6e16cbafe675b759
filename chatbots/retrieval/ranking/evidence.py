"""What goes into a ranking and what comes out of it."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]


class TextVectors(msgspec.Struct, frozen=True):
    """Unit rows. `questions` (variants, dim) of all entries' variants in the order of entries and variants, embedded as
    questions; `question_owners` the entry of each; `passages` (entries, dim) of title and text, embedded as passages.
    """

    questions: Floats
    question_owners: Ints
    passages: Floats


class WordShares(msgspec.Struct, frozen=True):
    """What the search by words found for one question, in any order.

    `entries` with their `shares` of a perfect match (0…1), at least the best twenty that have a word in common with the
    question. `unknown`: the share of the question's weight that lies in words that no entry knows. `verbatim`: entries
    that have the question word for word.
    """

    entries: Sequence[int] | Ints
    shares: Sequence[float] | Doubles
    unknown: float = 0.0
    verbatim: tuple[int, ...] = ()


class Ranked(msgspec.Struct, frozen=True):
    """`meaning`: cosine of the best of the entry's texts (0.0 without vectors); `score`: 0…1, what it is ordered by;
    `confidence`: the probability that the entry answers the question."""

    entry: int
    meaning: float
    score: float
    confidence: float


class CurvePoint(msgspec.Struct, frozen=True):
    """Shares of all samples at a threshold: `wrong_answers` were answered though they should not have been, or with
    another entry; `wrong_refusals` were not answered though the best entry was right; `clarified` would have been asked
    back about."""

    threshold: float
    wrong_answers: float
    wrong_refusals: float
    clarified: float


class Curve(msgspec.Struct, frozen=True):
    """`answerable` and `unanswerable`: how many samples of either kind it rests on."""

    points: list[CurvePoint]
    answerable: int
    unanswerable: int


class EntryTexts(Protocol):
    """What of an entry (`chatbots.retrieval.texts.Entry`) the scorer reads."""

    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def questions(self) -> tuple[str, ...]: ...
