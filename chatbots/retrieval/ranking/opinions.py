"""Two further opinions on which FAQ entry a question belongs to, which err elsewhere than the classifier: the nearest
variant, and ridge regression on the sentence vectors as they are, without words and without damped directions."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from chatbots.retrieval.ranking.evidence import Doubles, Floats, Ints
from chatbots.retrieval.ranking.features import View, unit_rows
from chatbots.retrieval.ranking.topics import find_kernel

RIDGE_SHARPNESS, RIDGE_PENALTY = 2.0, 0.05
# What each opinion adds, in parts of how much the classifier's log-odds vary.
NEAREST_SHARE = 0.4
RIDGE_SHARE = 0.3
# Of fewer questions held out it cannot be said how much opinions vary: then the classifier speaks alone.
FEWEST_HELD_OUT = 50


@dataclass(frozen=True, slots=True)
class RidgeModel:
    """`anchors` (m, dim) unit rows, none where texts are many; `weights` (m, entries)."""

    anchors: Floats
    weights: Floats

    def weigh(self, plain: Floats) -> Floats:
        return find_kernel(plain, self.anchors, RIDGE_SHARPNESS) @ self.weights


def fit_ridge(plain: Floats, classes: Ints, count: int) -> RidgeModel:
    """`classes` 0 … count - 1, of which the last, "none of them", gets no weights."""
    kernel = find_kernel(plain, plain, RIDGE_SHARPNESS).astype(np.float64)
    targets = np.eye(count)[classes] - 1 / count
    weights = np.linalg.solve(kernel + RIDGE_PENALTY * np.eye(len(kernel)), targets)
    return RidgeModel(plain, weights[:, :-1].astype(np.float32))


def make_plain(vectors: Floats, mean: Floats) -> Floats:
    return unit_rows(vectors - mean)


def find_nearest(cosines: Floats, starts: npt.NDArray[np.integer]) -> Floats:
    """Of `cosines` (n, texts), those of an entry together from its start on: each entry's best, 0 at least."""
    return np.maximum(np.maximum.reduceat(cosines, starts, axis=1), np.float32(0))


def find_weight(varying: float, opinion: Doubles, share: float) -> float:
    """By what an opinion is multiplied so that it varies by `share` of what the log-odds do."""
    own = float(center_rows(opinion).std()) if opinion.size else 0.0
    return share * varying / own if own > 1e-6 and len(opinion) >= FEWEST_HELD_OUT else 0.0


def center_rows(values: Doubles) -> Doubles:
    centered: Doubles = values - values.mean(axis=1, keepdims=True)
    return centered


def below_best(values: Doubles) -> Doubles:
    """Opinions tell entries apart; they do not lift an entry above "none of them"."""
    below: Doubles = values - values.max(axis=1, keepdims=True)
    return below


@dataclass(frozen=True, slots=True)
class Opinions:
    """`starts` (entries,) say where in all texts those of each class begin; `lengths` belong to the texts from the first of
    these on: of the view's turned rows, infinite where a text is no variant. The weights are those of `find_weight`."""

    ridge: RidgeModel
    starts: Ints
    lengths: Floats
    ridge_weight: float
    nearest_weight: float

    def weigh(self, vector: Floats, texts: Floats, view: View) -> Doubles:
        """What they add to the log-odds of every entry: (1, entries)."""
        added = np.zeros((1, len(self.starts)))
        if self.ridge_weight:
            likely = self.ridge.weigh(make_plain(vector[None], view.mean)).astype(np.float64)
            added += self.ridge_weight * below_best(likely)
        if self.nearest_weight:
            nearest = find_nearest(self._find_cosines(vector, texts, view), self.starts - self.starts[0])
            added += self.nearest_weight * below_best(nearest.astype(np.float64))
        return added

    def _find_cosines(self, vector: Floats, texts: Floats, view: View) -> Floats:
        """Those of the turned rows, from the texts as they are: only the question is turned, forth and back."""
        turned = (vector - view.mean) @ view.basis
        back = view.basis @ turned
        begin = int(self.starts[0])
        products = texts[begin : begin + len(self.lengths)] @ back - view.mean @ back
        length = max(1e-9, float(np.sqrt(turned @ turned)))
        cosines: Floats = (products / (self.lengths * np.float32(length)))[None]
        return cosines


def measure_lengths(
    texts: Floats, starts: npt.NDArray[np.int64], entries: Ints, view: View
) -> tuple[Ints, Floats]:
    """`starts` and `lengths` of Opinions, for `texts` of which entry e has those from starts[e] to starts[e + 1], its own
    text last."""
    begin, end = int(starts[entries[0]]), int(starts[entries[-1] + 1])
    turned = (texts[begin:end] - view.mean) @ view.basis
    lengths = np.maximum(np.sqrt((turned * turned).sum(axis=1)), np.float32(1e-9)).astype(np.float32)
    variant = np.zeros(end - begin, dtype=bool)
    for entry in entries.tolist():
        variant[starts[entry] - begin : starts[entry + 1] - 1 - begin] = True
    lengths[~variant] = np.inf
    return starts[entries].astype(np.int32), lengths
