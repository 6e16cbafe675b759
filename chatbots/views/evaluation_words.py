"""Figures of an evaluation as its pages show them: in words, and as bars in a box of 100 by 40."""

from typing import Any

from chatbots.evaluation.runs import OPEN
from chatbots.models import EvaluationRun

BOX = 38.0
SHOWN_TITLES = 5
OUTCOMES = (
    ("answered", "answered", "success"),
    ("clarified", "asked back", "info"),
    ("abstained", "did not know", "warning"),
    ("handed_off", "fetched a person", "muted"),
    ("failed", "failed", "danger"),
)

GIVEN = {name: words for name, words, _ in OUTCOMES}


def describe_run(run: EvaluationRun) -> dict[str, Any]:
    """`run`, `open`, `percent` done, `figures` in words, `outcomes` as parts of a whole, `bars` of times, `confusions`."""
    metrics = run.metrics or {}
    return {
        "run": run,
        "open": run.state in OPEN,
        "percent": round(100 * run.done / run.total) if run.total else 0,
        "correct": _percent(metrics.get("correct"), metrics.get("cases")),
        "figures": _list_figures(metrics),
        "outcomes": _lay_out(metrics),
        "bars": _draw_bars(metrics.get("times") or []),
        "confusions": [
            one | {"given": GIVEN.get(one["given"], one["given"])} for one in metrics.get("confusions") or ()
        ],
    }


def describe_unknown(titles: list[str]) -> str:
    shown = ", ".join(f"“{title}”" for title in titles[:SHOWN_TITLES])
    more = f" and {len(titles) - SHOWN_TITLES} more" if len(titles) > SHOWN_TITLES else ""
    return f"Nothing in the knowledge is called {shown}{more}. Cases that expect it cannot come out right."


def _list_figures(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """What there are no cases for is left out."""
    shares = (
        ("in_scope_accuracy", "Best source right", "Of the cases that expect a title, sure enough or not."),
        ("answered_right", "Answered, and rightly", "Of the cases that expect a title."),
        ("abstain_recall", "Held back where it should", "Of the cases that expect to abstain."),
    )
    found = [
        {"words": words, "help": hint, "value": f"{metrics[name]:.1%}".replace("%", " %")}
        for name, words, hint in shares
        if metrics.get(name) is not None
    ]
    if metrics.get("auroc") is not None:
        hint = "How well it can tell by how sure it is whether a question is one of its own: 0.5 is guessing, 1 perfect."
        found.append({"words": "Tells them apart", "help": hint, "value": f"{metrics['auroc']:.3f}"})
    if metrics.get("p50_ms") is not None:
        value = f"{metrics['p50_ms']:.1f} ms"
        hint = f"95 of 100 within {metrics['p95_ms']:.1f} ms, without a language model."
        found.append({"words": "Time per reply", "help": hint, "value": value})
    return found


def _lay_out(metrics: dict[str, Any]) -> list[dict[str, Any]]:
    """Parts of a bar of 100, beginning at `x`; none without cases."""
    cases, parts, x = metrics.get("cases") or 0, [], 0.0
    for name, words, tone in OUTCOMES:
        count = metrics.get(name) or 0
        if count and cases:
            width = 100 * count / cases
            parts.append({"name": name, "words": words, "tone": tone, "count": count, "x": x, "width": width})
            x += width
    return parts


def _draw_bars(times: list[dict[str, Any]]) -> list[dict[str, Any]]:
    highest = max((one["count"] for one in times), default=0)
    if not highest:
        return []
    width = 100 / len(times)
    bars = []
    for at, one in enumerate(times):
        height = BOX * one["count"] / highest
        words = f"up to {one['to']} ms" if one["to"] is not None else "longer"
        place = {"x": f"{at * width + 0.5:.2f}", "width": f"{max(0.5, width - 1):.2f}"}
        size = {"y": f"{39.5 - height:.2f}", "height": f"{height:.2f}"}
        bars.append({"label": f"{one['count']}: {words}", "words": words, **place, **size})
    return bars


def _percent(part: Any, whole: Any) -> float | None:
    return 100 * part / whole if whole else None
