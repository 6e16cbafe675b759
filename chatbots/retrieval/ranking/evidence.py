"""What goes into a ranking and what comes out of it."""

from collections.abc import Sequence
from typing import Protocol

import msgspec
import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]


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
    """At a threshold: `wrong_answers`, the share of all questions that would be answered though they should not be or
    with another entry; `wrong_refusals`, the share of the answerable ones that would not be answered though the best
    entry is right; `clarified`, the share of all that would be asked back about."""

    threshold: float
    wrong_answers: float
    wrong_refusals: float
    clarified: float


class Curve(msgspec.Struct, frozen=True):
    """`samples`: how many of the owner's questions it rests on; `outside`: how many without an answer."""

    points: list[CurvePoint]
    samples: int
    outside: int


class EntryTexts(Protocol):
    """What of an entry (`chatbots.retrieval.texts.Entry`) the scorer reads."""

    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def questions(self) -> tuple[str, ...]: ...
