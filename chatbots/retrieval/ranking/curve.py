"""Wrong answers against wrong refusals: what each threshold would have cost on the owner's own questions."""

from collections.abc import Callable, Sequence

import numpy as np

from chatbots.retrieval.ranking.evidence import Bools, Curve, CurvePoint, Floats, Ints

POINTS = 101
# How many choices a bot that asks back would offer (0: it does not): of confidences and a threshold.
CountChoices = Callable[[Sequence[float], float], int]


def draw_curve(
    *, confidences: Floats, right: Ints, inside: Ints, count_choices: CountChoices | None = None
) -> Curve:
    """`confidences` (samples, 3) best first, `right` whether the best entry was the right one, `inside` whether there
    is one."""
    best: Floats = confidences[:, 0] if len(confidences) else np.zeros(0, np.float32)
    points = [
        _measure(threshold, confidences, best, right > 0, inside > 0, count_choices)
        for threshold in np.linspace(0, 1, POINTS).round(2).tolist()
    ]
    samples = int((inside > 0).sum())
    return Curve(points, samples, len(inside) - samples)


def _measure(
    threshold: float,
    confidences: Floats,
    best: Floats,
    right: Bools,
    inside: Bools,
    count_choices: CountChoices | None,
) -> CurvePoint:
    answered = best >= threshold
    clarified = np.zeros(len(best), dtype=bool)
    if count_choices is not None:
        asking = [count_choices(row.tolist(), threshold) > 0 for row in confidences[~answered]]
        clarified[~answered] = asking
    return CurvePoint(
        threshold,
        wrong_answers=float((answered & ~right).sum()) / max(1, len(best)),
        wrong_refusals=float((~answered & ~clarified & right).sum()) / max(1, int(inside.sum())),
        clarified=float(clarified.sum()) / max(1, len(best)),
    )
