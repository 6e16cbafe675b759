"""The door: `fit_scorer` at indexing, `Scorer.rank` for every question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from chatbots.retrieval.ranking.evidence import (
    Curve,
    EntryTexts,
    Floats,
    Ints,
    Ranked,
    TextVectors,
    WordShares,
)


@dataclass(frozen=True, slots=True)
class Scorer:
    """Ranks the entries of one index for a question. Never changes, so that threads may share it."""

    texts: Floats  # (texts, dim) unit rows
    owners: Ints  # text -> entry

    def rank(
        self, question: str, vector: npt.NDArray[Any] | None, shares: WordShares, limit: int
    ) -> list[Ranked]:
        """The best `limit` entries, best first, of equal ones the first. `vector`: the question's unit row or None."""
        found = {
            int(entry): sqrt(min(1.0, share))
            for entry, share in zip(shares.entries, shares.shares, strict=True)
        }
        cosines: dict[int, float] = {}
        if vector is not None and len(self.texts):
            best = np.full(int(self.owners.max()) + 1, -1.0)
            np.maximum.at(best, self.owners, self.texts @ vector)
            for entry in np.argsort(-best, kind="stable")[: max(limit, 20)].tolist():
                cosines[entry] = float(best[entry])
        ranked = []
        for entry in sorted(found.keys() | cosines.keys()):
            meaning = cosines.get(entry, 0.0)
            score = max(found.get(entry, 0.0), min(1.0, max(0.0, (meaning - 0.8) * 4)))
            score = 1.0 if entry in shares.verbatim else score
            ranked.append(Ranked(entry, meaning, score, score))
        ranked.sort(key=lambda one: (-one.score, one.entry))
        return ranked[: max(0, limit)]

    def curve(self) -> Curve:
        return Curve([], 0, 0)

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """What to save, and to give to `from_arrays` again."""
        return {"texts": self.texts, "owners": self.owners}

    def numbers(self) -> dict[str, float]:
        return {}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, npt.NDArray[Any]], numbers: Mapping[str, float]) -> Self:
        return cls(arrays["texts"], arrays["owners"])


def fit_scorer(
    *,
    words: Any,
    entries: Sequence[EntryTexts],
    vectors: TextVectors | None,
    outside: Sequence[str] = (),
    outside_vectors: Floats | None = None,
    background_vectors: Floats | None = None,
) -> Scorer:
    """A scorer for `entries`. Deterministic: the same arguments give the same bytes."""
    if vectors is None:
        return Scorer(np.zeros((0, 1), np.float32), np.zeros(0, np.int32))
    owners = np.concatenate([vectors.question_owners, np.arange(len(entries), dtype=np.int32)])
    return Scorer(np.concatenate([vectors.questions, vectors.passages]), owners)
