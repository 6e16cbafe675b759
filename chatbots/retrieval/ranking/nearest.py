"""Passages, and FAQ entries too many to be told apart by a classifier: the text nearest in meaning and in words.

A cosine means little by itself: a long general passage is near to everything, and every language and trade has its own
level. So it is counted in standard deviations above what the background's questions reach with the same text.
"""

from dataclasses import dataclass

import numpy as np

from chatbots.retrieval.ranking.calibration import sigmoid
from chatbots.retrieval.ranking.evidence import Doubles, Floats, Ints, WordShares

# P(the best text answers), from: deviations above the background, root of the words' share, share of unknown words.
# Measured on paraphrases of, and questions beside, small sets of Markdown pages (docs/decisions/016).
COEFFICIENTS = np.array([1.1, 4.0, 0.0])
CONSTANT = -4.4
LEAST_DEVIATION = 0.012
USUAL_LEVEL, USUAL_DEVIATION = 0.77, 0.02
RERANKED = 40


@dataclass(frozen=True, slots=True)
class NearestModel:
    """`texts` (n, dim) unit rows of the entries `owners`; `levels` (n,) their mean cosine with the background."""

    texts: Floats
    owners: Ints
    levels: Floats
    deviation: float

    def weigh(self, vector: Floats, shares: WordShares) -> list[tuple[int, float, float]]:
        """(entry, cosine, log-odds that it answers), best first: the nearest ones and those with common words."""
        if not len(self.texts):
            return []
        cosines = self.texts @ vector
        above = (cosines - self.levels) / self.deviation
        worded = {int(e): float(s) for e, s in zip(shares.entries, shares.shares, strict=True)}
        found: dict[int, tuple[float, float]] = {}
        for text in self._choose_texts(above, worded).tolist():
            entry = int(self.owners[text])
            if entry not in found or above[text] > found[entry][1]:
                found[entry] = (float(cosines[text]), float(above[text]))
        weighed = [
            (entry, cosine, weigh_nearest(height, worded.get(entry, 0.0), shares.unknown))
            for entry, (cosine, height) in found.items()
        ]
        return sorted(weighed, key=lambda one: (-one[2], one[0]))

    def _choose_texts(self, above: Floats, worded: dict[int, float]) -> Ints:
        count = min(RERANKED, len(above))
        near = np.argpartition(-above, count - 1)[:count]
        common = np.flatnonzero(np.isin(self.owners, np.fromiter(worded, dtype=np.int64, count=len(worded))))
        chosen: Ints = np.union1d(near, common)
        return chosen


def fit_nearest(texts: Floats, owners: Ints, background: Floats) -> NearestModel:
    if not len(background) or not len(texts):
        levels = np.full(len(texts), USUAL_LEVEL, dtype=np.float32)
        return NearestModel(texts, owners, levels, USUAL_DEVIATION)
    cosines = texts @ background.T
    deviation = max(LEAST_DEVIATION, float(cosines.std(axis=1).mean()))
    return NearestModel(texts, owners, cosines.mean(axis=1).astype(np.float32), deviation)


def weigh_nearest(above: float, share: float, unknown: float) -> float:
    evidence = np.array([above, min(1.0, share) ** 0.5, unknown])
    return float(COEFFICIENTS @ evidence + CONSTANT)


def to_probability(weighed: Doubles) -> Doubles:
    return sigmoid(weighed)
