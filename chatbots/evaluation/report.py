"""An evaluation for those who read it: the object of protocol.md, and lines for a terminal."""

from collections.abc import Iterator, Sequence
from typing import Any

from chatbots.evaluation.asking import Result
from chatbots.evaluation.metrics import measure

SHOWN_FAILURES = 10


def make_report(*, results: Sequence[Result], subject: str | int, fingerprint: str) -> dict[str, Any]:
    """What `evaluate_bot --json` writes; `version` is "draft" or a number."""
    rows = [
        {
            "line": one.case.line,
            "question": one.case.question,
            "expect": one.expect,
            "outcome": one.outcome,
            "title": one.title,
            "source": one.given.source,
            "confidence": round(one.confidence, 6),
            "right": one.right,
            "ok": one.ok,
            "ms": one.ms,
            "why": one.verdict.why,
        }
        for one in results
    ]
    return {"version": subject, "fingerprint": fingerprint, **measure(results), "results": rows}


def describe_metrics(metrics: dict[str, Any]) -> Iterator[str]:
    """A line a figure, aligned; those that there are no cases for are left out."""
    correct, cases = metrics["correct"], metrics["cases"]
    yield f"{'Came out as expected':<34}{correct:,} of {cases:,} ({correct / max(1, cases):.1%})"
    for name, words in (
        ("in_scope_accuracy", "Best source right"),
        ("answered_right", "Answered, and rightly"),
        ("abstain_recall", "Held back where it should"),
    ):
        if metrics[name] is not None:
            yield f"{words:<34}{metrics[name]:.1%}"
    if metrics["auroc"] is not None:
        yield f"{'Confidence tells them apart':<34}{metrics['auroc']:.3f} (area under the ROC curve; 1 is perfect)"
    counts = (
        f"{metrics[name]:,} {name.replace('_', ' ')}"
        for name in ("answered", "clarified", "abstained", "handed_off")
    )
    yield f"{'Outcomes':<34}{', '.join(counts)}"
    if metrics["p50_ms"] is not None:
        yield f"{'Time per reply':<34}median {metrics['p50_ms']:.1f} ms, 95 % within {metrics['p95_ms']:.1f} ms"


def describe_failures(results: Sequence[Result]) -> Iterator[str]:
    """The first failures with their reasons, and how many more there are."""
    failures = [one for one in results if not one.ok]
    for one in failures[:SHOWN_FAILURES]:
        yield f"  line {one.case.line}: {one.case.question[:100]!r}: {one.verdict.why}"
    if len(failures) > SHOWN_FAILURES:
        yield f"  and {len(failures) - SHOWN_FAILURES:,} more (all of them with --json)"
