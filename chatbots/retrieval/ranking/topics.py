"""Which FAQ entry a question belongs to: kernel logistic regression over the owner's variants, with one class more for
"none of them".

The kernel is exp(SHARPNESS · (cosine - 1)) of rows from features.py. Up to LANDMARKS texts it is exact, above the texts
are seen through so many of them (Nyström's method, Williams and Seeger 2001). Weights are found by a
fixed number of Newton-like steps under a constant bound of the curvature (Böhning 1992): deterministic.
"""

from dataclasses import dataclass

import numpy as np

from chatbots.retrieval.ranking.evidence import Doubles, Floats, Ints

SHARPNESS = 2.0
LANDMARKS = 1_200
PENALTY = 0.05
STEPS, FEWEST_STEPS = 60, 15
# Multiplications that all steps together may take: what keeps 10,000 variants below the time a fit may take.
MOST_WORK = 6e10
SMALLEST_EIGENVALUE = 1e-4
MOST_SAMPLES_EXACT = 1_500


@dataclass(frozen=True, slots=True)
class TopicModel:
    """`landmarks` (m, width) unit rows; `weights` (m, classes), of which the last class is "none of them"."""

    landmarks: Floats
    weights: Floats

    def weigh(self, rows: Floats) -> Floats:
        """The log-odds, up to a constant a row, of every class: (rows, classes)."""
        return find_kernel(rows, self.landmarks) @ self.weights


def fit_topics(rows: Floats, classes: Ints, count: int) -> TopicModel:
    """`classes` of the rows, 0 … count - 1, of which the last is "none of them"."""
    landmarks = choose_landmarks(rows)
    space = find_space(landmarks)
    weights = fit_weights(find_kernel(rows, landmarks) @ space, classes, count)
    return TopicModel(landmarks, (space @ weights).astype(np.float32))


def choose_landmarks(rows: Floats) -> Floats:
    if len(rows) <= MOST_SAMPLES_EXACT:
        return rows
    chosen = np.random.default_rng(0).permutation(len(rows))[:LANDMARKS]
    return rows[np.sort(chosen)]


def find_kernel(rows: Floats, landmarks: Floats) -> Floats:
    similar: Floats = np.exp(np.float32(SHARPNESS) * (rows @ landmarks.T - np.float32(1)))
    return similar


def find_space(landmarks: Floats) -> Floats:
    """(m, k): takes kernel values to coordinates whose dot products are the kernel."""
    values, vectors = np.linalg.eigh(find_kernel(landmarks, landmarks).astype(np.float64))
    kept = values > SMALLEST_EIGENVALUE * max(1.0, float(values[-1]) * 1e-3)
    space: Floats = (vectors[:, kept] / np.sqrt(values[kept])).astype(np.float32)
    return space


def fit_weights(points: Floats, classes: Ints, count: int) -> Floats:
    """Multinomial logistic regression with a quadratic penalty: (k, count)."""
    targets = np.zeros((len(points), count), dtype=np.float32)
    targets[np.arange(len(points)), classes] = 1
    gram = (points.T @ points).astype(np.float64)
    scale = np.linalg.inv(gram * 0.25 + PENALTY * np.eye(len(gram))).astype(np.float32)
    weights = np.zeros((points.shape[1], count), dtype=np.float32)
    work = 2.0 * points.size * count
    for _ in range(max(FEWEST_STEPS, min(STEPS, int(MOST_WORK / work)))):
        error = soften(points @ weights) - targets
        weights -= scale @ (points.T @ error + np.float32(PENALTY) * weights)
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
