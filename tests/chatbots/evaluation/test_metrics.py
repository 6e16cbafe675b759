"""What results amount to: figures that can be checked by hand."""

from dataclasses import dataclass
from itertools import pairwise

import pytest

from chatbots.evaluation.metrics import auroc, count_times, draw_curve, measure, percentile


@dataclass
class Row:
    kind: str
    outcome: str
    confidence: float
    right: bool = False
    ok: bool = False
    expect: str = "A"
    title: str = "B"
    ms: float = 3.0


ROWS = [
    Row("title", "answered", 0.9, right=True, ok=True),
    Row("title", "abstained", 0.4, right=True),
    Row("title", "answered", 0.8),
    Row("title", "answered", 0.7),
    Row("abstain", "handed_off", 0.1, ok=True, expect="abstain"),
    Row("abstain", "answered", 0.6, expect="abstain"),
]


def test_the_figures_of_an_evaluation() -> None:
    figures = measure(ROWS)
    assert (figures["cases"], figures["correct"]) == (6, 2)
    assert figures["in_scope_accuracy"] == 0.5  # the abstention had found the right one
    assert figures["answered_right"] == 0.25
    assert figures["abstain_recall"] == 0.5
    assert figures["auroc"] == 0.875  # of eight pairs, 0.4 against 0.6 is the wrong way round
    assert (figures["answered"], figures["abstained"], figures["handed_off"]) == (4, 1, 1)
    assert figures["confusions"][0] == {"expect": "A", "given": "B", "count": 2}
    assert figures["confusions"][1] == {"expect": "A", "given": "abstained", "count": 1}


def test_what_there_are_no_cases_for_is_none_rather_than_a_figure() -> None:
    figures = measure([Row("clarify", "clarified", 0.4, ok=True)])
    assert figures["in_scope_accuracy"] is figures["abstain_recall"] is figures["auroc"] is None
    assert measure([])["p50_ms"] is None


@pytest.mark.parametrize(
    ("answerable", "outside", "area"),
    [
        ([1, 1], [0, 0], 1.0),
        ([0], [1], 0.0),
        ([0.5], [0.5], 0.5),
        ([3, 1], [2], 0.5),
        ([], [1], None),
        ([1], [], None),
    ],
)
def test_the_area_under_the_curve_is_the_share_of_pairs_the_right_way_round(
    answerable: list[float], outside: list[float], area: float | None
) -> None:
    assert auroc(answerable, outside) == area


def test_percentiles_are_ranks() -> None:
    times = [float(number) for number in range(1, 101)]
    assert percentile(times, 0.5) == 51.0
    assert percentile(times, 0.95) == 96.0
    assert percentile([7.0], 0.95) == 7.0


def test_times_are_counted_in_bars_without_empty_ends() -> None:
    assert count_times([3.0, 4.0, 15.0, 5000.0])[0] == {"to": 5, "count": 2}
    assert count_times([3.0, 4.0, 15.0]) == [
        {"to": 5, "count": 2},
        {"to": 10, "count": 0},
        {"to": 20, "count": 1},
    ]
    assert count_times([5000.0]) == [{"to": None, "count": 1}]


def test_the_curve_trades_wrong_answers_for_wrong_refusals() -> None:
    points = draw_curve(ROWS)
    assert len(points) == 101
    assert (points[0].wrong_answers, points[0].wrong_refusals) == (4 / 6, 0.0)
    assert (points[50].wrong_answers, points[50].wrong_refusals) == (3 / 6, 1 / 4)
    assert (points[100].wrong_answers, points[100].wrong_refusals) == (0.0, 2 / 4)
    for before, after in pairwise(points):
        assert after.wrong_answers <= before.wrong_answers
        assert after.wrong_refusals >= before.wrong_refusals


def test_no_cases_draw_no_curve() -> None:
    assert draw_curve([Row("clarify", "clarified", 0.4)]) == []
