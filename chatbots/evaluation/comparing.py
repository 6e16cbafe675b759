"""Two runs side by side: which answers changed, and whether for the better."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from chatbots.models import EvaluationResult, EvaluationRun

NUMBERS = (
    ("correct", "Came out as expected", "count"),
    ("in_scope_accuracy", "Best source right", "share"),
    ("answered_right", "Answered, and rightly", "share"),
    ("abstain_recall", "Held back where it should", "share"),
    ("auroc", "Confidence tells them apart", "number"),
    ("answered", "Answered", "count"),
    ("clarified", "Asked back", "count"),
    ("abstained", "Abstained", "count"),
    ("handed_off", "Fetched a person", "count"),
    ("p50_ms", "Median time", "ms"),
    ("p95_ms", "Time of the slowest 5 %", "ms"),
)


@dataclass(frozen=True, slots=True)
class Change:
    """One question asked in both runs whose outcome, or the entry that it answered from, differs. `verdict`: better
    (wrong before, right now), worse, or other."""

    question: str
    expect: str
    before: EvaluationResult
    after: EvaluationResult

    @property
    def verdict(self) -> str:
        if self.before.ok == self.after.ok:
            return "other"
        return "better" if self.after.ok else "worse"


@dataclass(frozen=True, slots=True)
class Comparison:
    """`changes`: worse first, then better, then others. `shared` questions are in both; `figures` as in NUMBERS."""

    before: EvaluationRun
    after: EvaluationRun
    shared: int
    changes: list[Change]
    figures: list[dict[str, Any]]

    def count(self, verdict: str) -> int:
        return sum(change.verdict == verdict for change in self.changes)

    @property
    def better(self) -> int:
        return self.count("better")

    @property
    def worse(self) -> int:
        return self.count("worse")

    @property
    def other(self) -> int:
        return self.count("other")


def compare_runs(before: EvaluationRun, after: EvaluationRun) -> Comparison:
    """Of a question that a run asked several times with the same expectation, the first counts. Three queries."""
    old = _read_rows(before)
    shared, changes = 0, []
    for key, result in _read_rows(after).items():
        earlier = old.get(key)
        if earlier is None:
            continue
        shared += 1
        if describe_result(earlier) != describe_result(result) or earlier.ok != result.ok:
            changes.append(Change(key[0], key[1], earlier, result))
    order = {"worse": 0, "better": 1, "other": 2}
    changes.sort(key=lambda change: (order[change.verdict], change.after.position))
    return Comparison(before, after, shared, changes, list(_compare_figures(before, after)))


def describe_result(result: EvaluationResult) -> tuple[str, str]:
    """What visitors would notice: the outcome, and of an answer where it is from."""
    return result.outcome, result.title if result.outcome == "answered" else ""


def _read_rows(run: EvaluationRun) -> dict[tuple[str, str], EvaluationResult]:
    rows = EvaluationResult.objects.filter(run=run).exclude(outcome="").defer("trace").order_by("-position")
    return {(row.question, row.expect): row for row in rows}


def _compare_figures(before: EvaluationRun, after: EvaluationRun) -> Iterator[dict[str, Any]]:
    for name, words, unit in NUMBERS:
        old, new = before.metrics.get(name), after.metrics.get(name)
        if old is None and new is None:
            continue
        change = None if old is None or new is None else round(new - old, 4)
        yield {
            "name": name,
            "words": words,
            "before": old,
            "after": new,
            "change": change,
            "before_words": _say(old, unit),
            "after_words": _say(new, unit),
        }


def _say(value: float | None, unit: str) -> str:
    if value is None:
        return "–"
    return {
        "count": f"{value:,.0f}", "share": f"{100 * value:.1f} %", "ms": f"{value:.1f} ms", "number": f"{value:.3f}",
    }[unit]  # fmt: skip
