"""From evidence to a probability: logistic regression with a prior, so that few samples move it little."""

import numpy as np

from chatbots.retrieval.ranking.evidence import Doubles

STEPS = 25


def fit_logistic(
    features: Doubles, labels: Doubles, weights: Doubles, *, prior: Doubles, strength: float
) -> Doubles:
    """Coefficients (k + 1,), the last the constant, of P(label) = sigmoid(features · coefficients).

    Newton's method; a quadratic penalty of `strength` samples holds each coefficient to `prior`.
    """
    rows = with_constant(features)
    found = prior.astype(np.float64).copy()
    for _ in range(STEPS):
        likely = sigmoid(rows @ found)
        gradient = rows.T @ (weights * (likely - labels)) + strength * (found - prior)
        curved = weights * likely * (1 - likely)
        curvature = rows.T @ (rows * curved[:, None]) + strength * np.eye(len(prior))
        step = np.linalg.solve(curvature, gradient)
        found -= step * min(1.0, 2.0 / (float(np.abs(step).max()) or 1.0))
    return found


def with_constant(features: Doubles) -> Doubles:
    return np.hstack([features, np.ones((len(features), 1))])


def sigmoid(values: Doubles) -> Doubles:
    likely: Doubles = 1 / (1 + np.exp(-np.clip(values, -40, 40)))
    return likely
