"""Which FAQ entry a question belongs to: kernel logistic regression over the owner's variants, with one class more for
"none of them".

The kernel is exp(sharpness · (cosine - 1)) of rows from features.py. Up to MOST_SAMPLES_EXACT texts it is exact, above the
texts are seen through LANDMARKS of them (Nyström's method, Williams and Seeger 2001). Weights are found by a fixed number of
Newton-like steps under a constant bound of the curvature (Böhning 1992): deterministic.
"""

from dataclasses import dataclass

import numpy as np

from chatbots.retrieval.ranking.evidence import Doubles, Floats, Ints

MOST_SAMPLES_EXACT = 1_500
LANDMARKS = 1_200
# Many texts bear a wider kernel and less of a penalty: with landmarks in place of all texts the space is narrow anyway.
SHARPNESS, PENALTY = 2.0, 0.05
LANDMARKS_SHARPNESS, LANDMARKS_PENALTY = 1.0, 0.02
STEPS, MORE_STEPS, FEWEST_STEPS = 60, 20, 15
# Multiplications that all steps together may take: what keeps many variants below the time a fit may take.
MOST_WORK = 1.2e11
SMALLEST_EIGENVALUE = 1e-4
# How often a topic is asked about is not how many variants its owner wrote: of their log, what is taken away.
COUNTS_SHARE = 0.5


@dataclass(frozen=True, slots=True)
class TopicModel:
    """`landmarks` (m, width) unit rows; `weights` (m, classes), of which the last class is "none of them"; `offsets`
    (classes,) are taken away from what they say."""

    landmarks: Floats
    weights: Floats
    offsets: Floats
    sharpness: float

    def weigh(self, rows: Floats) -> Floats:
        """The log-odds, up to a constant a row, of every class: (rows, classes)."""
        return find_kernel(rows, self.landmarks, self.sharpness) @ self.weights - self.offsets


@dataclass(frozen=True, slots=True)
class TopicFit:
    """A model with what another fit can go on from."""

    model: TopicModel
    space: Floats
    inner: Floats


def fit_topics(rows: Floats, classes: Ints, count: int, *, start: TopicFit | None = None) -> TopicFit:
    """`classes` of the rows, 0 … count - 1, of which the last is "none of them". Where there are landmarks, it goes on from
    `start`, a fit to most of the same rows."""
    exact = len(rows) <= MOST_SAMPLES_EXACT
    sharpness, penalty = (SHARPNESS, PENALTY) if exact else (LANDMARKS_SHARPNESS, LANDMARKS_PENALTY)
    if start is None or exact or start.model.sharpness != sharpness:
        landmarks = rows if exact else choose_landmarks(rows)
        space, begun, steps = find_space(landmarks, sharpness), None, STEPS
    else:
        landmarks, space, begun, steps = start.model.landmarks, start.space, start.inner, MORE_STEPS
    points = find_kernel(rows, landmarks, sharpness) @ space
    inner = fit_weights(points, classes, count, penalty=penalty, steps=steps, begun=begun)
    model = TopicModel(landmarks, (space @ inner).astype(np.float32), find_offsets(classes, count), sharpness)
    return TopicFit(model, space, inner)


def choose_landmarks(rows: Floats) -> Floats:
    chosen = np.random.default_rng(0).permutation(len(rows))[:LANDMARKS]
    return rows[np.sort(chosen)]


def find_offsets(classes: Ints, count: int) -> Floats:
    """COUNTS_SHARE of the log of how many texts an entry has, against the mean entry; 0 for "none of them"."""
    logs = COUNTS_SHARE * np.log(np.maximum(np.bincount(classes, minlength=count), 1))
    offsets: Floats = (logs - logs[:-1].mean()).astype(np.float32)
    offsets[-1] = 0
    return offsets


def find_kernel(rows: Floats, landmarks: Floats, sharpness: float) -> Floats:
    similar: Floats = np.exp(np.float32(sharpness) * (rows @ landmarks.T - np.float32(1)))
    return similar


def find_space(landmarks: Floats, sharpness: float) -> Floats:
    """(m, k): takes kernel values to coordinates whose dot products are the kernel."""
    values, vectors = np.linalg.eigh(find_kernel(landmarks, landmarks, sharpness).astype(np.float64))
    kept = values > SMALLEST_EIGENVALUE * max(1.0, float(values[-1]) * 1e-3)
    space: Floats = (vectors[:, kept] / np.sqrt(values[kept])).astype(np.float32)
    return space


def fit_weights(
    points: Floats, classes: Ints, count: int, *, penalty: float, steps: int, begun: Floats | None
) -> Floats:
    """Multinomial logistic regression with a quadratic penalty, from the weights `begun` or zeros: (k, count)."""
    targets = np.zeros((len(points), count), dtype=np.float32)
    targets[np.arange(len(points)), classes] = 1
    gram = (points.T @ points).astype(np.float64)
    scale = np.linalg.inv(gram * 0.25 + penalty * np.eye(len(gram))).astype(np.float32)
    weights = np.zeros((points.shape[1], count), dtype=np.float32) if begun is None else begun.copy()
    work = 2.0 * points.size * count
    for _ in range(min(steps, max(FEWEST_STEPS, int(MOST_WORK / work)))):
        error = soften(points @ weights) - targets
        weights -= scale @ (points.T @ error + np.float32(penalty) * weights)
    return weights


def soften(weighed: Floats) -> Floats:
    """Softmax of each row."""
    raised = np.exp(weighed - weighed.max(axis=1, keepdims=True))
    shares: Floats = raised / raised.sum(axis=1, keepdims=True)
    return shares


def log_odds(shares: Doubles) -> Doubles:
    clipped = np.clip(shares, 1e-6, 1 - 1e-6)
    odds: Doubles = np.log(clipped / (1 - clipped))
    return odds
