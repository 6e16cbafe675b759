"""Passages, and FAQ entries too many to be told apart by a classifier: the text nearest in meaning and in words.

A cosine means little by itself: a long general passage is near to everything, and every trade has its own level. So
two are read: how far it is above what the background's questions reach with the same text, in their deviations, which
tells answerable questions from others; and the cosine with the mean of the knowledge taken away, which tells its texts
apart.
"""

from dataclasses import dataclass

import numpy as np

from chatbots.retrieval.ranking.evidence import Floats, Ints, WordShares

# Log-odds that a text answers, from: deviations above the background, centred cosine, root of the words' share. Picked by
# hand from 27 paraphrases of two Markdown guides (docs/decisions/016).
COEFFICIENTS = np.array([1.65, 4.5, 3.0])
CONSTANT = -4.5
# What the background counts for, in texts, in the mean of a small knowledge.
PRIOR_TEXTS = 3
LEAST_DEVIATION = 0.012
USUAL_LEVEL, USUAL_DEVIATION = 0.77, 0.035
RERANKED = 40


@dataclass(frozen=True, slots=True)
class NearestModel:
    """`texts` (n, dim) unit rows of the entries `owners`; `levels` (n,) their mean cosine with the background, and
    `deviation` how much it varies; `lengths` (n,) of the texts with `mean` taken away; `asked_mean` of questions."""

    texts: Floats
    owners: Ints
    levels: Floats
    lengths: Floats
    mean: Floats
    asked_mean: Floats
    deviation: float

    def weigh(self, vector: Floats, shares: WordShares) -> list[tuple[int, float, float]]:
        """(entry, cosine, log-odds that it answers), best first: the nearest ones and those with common words."""
        if not len(self.texts):
            return []
        cosines = self.texts @ vector
        evidence = self._weigh_meaning(cosines, vector)
        worded = {int(e): float(s) for e, s in zip(shares.entries, shares.shares, strict=True)}
        found: dict[int, tuple[float, float]] = {}
        for text in self._choose_texts(evidence, worded).tolist():
            entry = int(self.owners[text])
            if entry not in found or evidence[text] > found[entry][1]:
                found[entry] = (float(cosines[text]), float(evidence[text]))
        weighed = [
            (entry, cosine, meaning + COEFFICIENTS[2] * max(0.0, min(1.0, worded.get(entry, 0.0))) ** 0.5)
            for entry, (cosine, meaning) in found.items()
        ]
        return sorted(weighed, key=lambda one: (-one[2], one[0]))

    def _weigh_meaning(self, cosines: Floats, vector: Floats) -> Floats:
        """Log-odds of every text by its meaning alone: (texts,)."""
        away = vector - self.asked_mean
        # texts @ away, without going through all of them again: a text's level is its product with the mean question.
        products = cosines - (self.levels if self.asked_mean.any() else np.float32(0))
        centred = (products - self.mean @ away) / (self.lengths * max(1e-6, float(np.sqrt(away @ away))))
        above = (cosines - self.levels) / np.float32(self.deviation)
        weighed: Floats = (COEFFICIENTS[0] * above + COEFFICIENTS[1] * centred + CONSTANT).astype(np.float32)
        return weighed

    def _choose_texts(self, evidence: Floats, worded: dict[int, float]) -> Ints:
        count = min(RERANKED, len(evidence))
        near = np.argpartition(-evidence, count - 1)[:count]
        common = np.flatnonzero(np.isin(self.owners, np.fromiter(worded, dtype=np.int64, count=len(worded))))
        chosen: Ints = np.union1d(near, common)
        return chosen


def fit_nearest(texts: Floats, owners: Ints, background: Floats) -> NearestModel:
    if not len(texts):
        nothing, point = np.zeros(0, dtype=np.float32), np.zeros(texts.shape[1], dtype=np.float32)
        return NearestModel(texts, owners, nothing, nothing, point, point, USUAL_DEVIATION)
    asked_mean = background.mean(axis=0) if len(background) else np.zeros(texts.shape[1], dtype=np.float32)
    total = texts.astype(np.float64).sum(axis=0) + PRIOR_TEXTS * asked_mean
    mean = (total / (len(texts) + PRIOR_TEXTS)).astype(np.float32)
    levels = np.full(len(texts), USUAL_LEVEL, dtype=np.float32)
    deviation = USUAL_DEVIATION
    if len(background):
        cosines = texts @ background.T
        levels = cosines.mean(axis=1).astype(np.float32)
        deviation = max(LEAST_DEVIATION, float(cosines.std(axis=1).mean()))
    lengths = np.sqrt(np.maximum(((texts - mean) ** 2).sum(axis=1), 1e-6)).astype(np.float32)
    return NearestModel(texts, owners, levels, lengths, mean, asked_mean, deviation)
