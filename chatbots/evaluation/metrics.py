"""What the results of an evaluation amount to. Pure: no database."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

SHOWN_CONFUSIONS = 20
# Upper ends of the bars of the distribution, in milliseconds; the last bar has no end.
EDGES = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


class Measured(Protocol):
    """A result, be it a row or not yet one."""

    @property
    def kind(self) -> str: ...
    @property
    def expect(self) -> str: ...
    @property
    def outcome(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def confidence(self) -> float: ...
    @property
    def right(self) -> bool: ...
    @property
    def ok(self) -> bool: ...
    @property
    def ms(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Point:
    """What would come of the same questions with another threshold, as retrieval/ranking/evidence.py's CurvePoint.

    Shares, 0 to 1: `wrong_answers`, of all cases that expect a title or to abstain, those that would be answered wrongly;
    `wrong_refusals`, of those that expect a title, those not answered though the best candidate is the right one.
    """

    threshold: float
    wrong_answers: float
    wrong_refusals: float


def measure(results: Sequence[Measured]) -> dict[str, Any]:
    """The figures of protocol.md and more.

    `in_scope_accuracy`: among the cases that expect a title, the share whose best candidate is the expected one, whether
    or not the bot was sure enough to answer: abstentions count by what they had found. `answered_right` is the share
    that was answered, and rightly. `abstain_recall`: among the cases that expect to abstain, the share where the bot
    did not answer and did not ask back. `auroc`: how well confidence tells cases that expect a title or a text from
    those that expect to abstain (0.5 is guessing, 1 perfect). None where there are no such cases. Times in milliseconds.
    """
    titles = [one for one in results if one.kind == "title"]
    abstain = [one for one in results if one.kind == "abstain"]
    answerable = [one for one in results if one.kind in ("title", "text")]
    outcomes = Counter(one.outcome for one in results)
    times = sorted(one.ms for one in results)
    return {
        "cases": len(results),
        "correct": sum(one.ok for one in results),
        "in_scope": len(titles),
        "in_scope_accuracy": share(one.right for one in titles),
        "answered_right": share(one.ok for one in titles),
        "out_of_scope": len(abstain),
        "abstain_recall": share(one.ok for one in abstain),
        "auroc": auroc([one.confidence for one in answerable], [one.confidence for one in abstain]),
        "p50_ms": percentile(times, 0.50),
        "p95_ms": percentile(times, 0.95),
        "answered": outcomes["answered"],
        "clarified": outcomes["clarified"],
        "abstained": outcomes["abstained"],
        "handed_off": outcomes["handed_off"],
        "failed": outcomes["failed"],
        "confusions": find_confusions(results),
        "times": count_times(times),
    }


def share(values: Any) -> float | None:
    """Mean of truth values; None of nothing."""
    found = list(values)
    return round(sum(found) / len(found), 4) if found else None


def auroc(answerable: Sequence[float], outside: Sequence[float]) -> float | None:
    """Area under the ROC curve: the probability that an answerable question has the higher confidence; ties count half.

    By ranks (Mann and Whitney's U); None where either is empty.
    """
    if not answerable or not outside:
        return None
    counted = Counter(outside)
    below, won = 0, 0.0
    mine = Counter(answerable)
    for value in sorted(mine.keys() | counted.keys()):
        won += mine[value] * (below + counted[value] / 2)
        below += counted[value]
    return round(won / (len(answerable) * len(outside)), 4)


def percentile(ordered: Sequence[float], at: float) -> float | None:
    """The nearest rank of an ascending list; None of nothing."""
    if not ordered:
        return None
    return round(ordered[min(len(ordered) - 1, int(at * len(ordered)))], 3)


def find_confusions(results: Sequence[Measured]) -> list[dict[str, Any]]:
    """What was expected and what came instead, the commonest first, at most twenty."""
    pairs = Counter((one.expect, describe_given(one)) for one in results if not one.ok)
    ordered = sorted(pairs.items(), key=lambda item: (-item[1], item[0]))
    return [
        {"expect": expect, "given": given, "count": count}
        for (expect, given), count in ordered[:SHOWN_CONFUSIONS]
    ]


def describe_given(result: Measured) -> str:
    """The title that it answered from, else the outcome."""
    return result.title if result.outcome == "answered" and result.title else result.outcome


def count_times(ordered: Sequence[float]) -> list[dict[str, Any]]:
    """How many took up to so many milliseconds (`to` None: longer than all others), from the first bar to the last."""
    counts = [0] * (len(EDGES) + 1)
    for ms in ordered:
        counts[next((at for at, edge in enumerate(EDGES) if ms <= edge), len(EDGES))] += 1
    ends: list[int | None] = [*EDGES, None]
    filled = [at for at, count in enumerate(counts) if count]
    if not filled:
        return []
    return [{"to": ends[at], "count": counts[at]} for at in range(filled[0], filled[-1] + 1)]


def draw_curve(results: Sequence[Measured]) -> list[Point]:
    """Wrong answers and wrong refusals at each threshold from 0 to 1 in steps of 0.01; empty without cases.

    As far as confidence decides: what rules did stays as it is, and asking back counts as not answered.
    """
    titles = [one for one in results if one.kind == "title"]
    asked = [one for one in results if one.kind in ("title", "abstain")]
    wrong = sorted(one.confidence for one in asked if not (one.kind == "title" and one.right))
    right = sorted(one.confidence for one in titles if one.right)
    if not asked:
        return []
    points, at_wrong, at_right = [], 0, 0
    for step in range(101):
        threshold = step / 100
        while at_wrong < len(wrong) and wrong[at_wrong] < threshold:
            at_wrong += 1
        while at_right < len(right) and right[at_right] < threshold:
            at_right += 1
        points.append(
            Point(threshold, (len(wrong) - at_wrong) / len(asked), at_right / len(titles) if titles else 0.0)
        )
    return points
