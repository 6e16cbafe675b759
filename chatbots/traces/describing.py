"""A trace as a story that a page can show. Never raises for a trace that is old, short or odd: what is missing is left out.

Everything in it may be a stranger's text; templates escape it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

OUTCOMES = {
    "answered": ("Answered", "success"),
    "clarified": ("Asked back", "info"),
    "abstained": ("Did not know", "warning"),
    "handed_off": ("Fetched a person", "info"),
    "cancelled": ("Stopped", ""),
    "failed": ("Failed", "danger"),
    "interrupted": ("Broke off", "warning"),
    "complete": ("Done", ""),
    "running": ("Running", ""),
    "": ("Running", ""),
}
STAGES = {
    "rules": "Rules",
    "menu": "Menu",
    "search": "Search",
    "decision": "Decision",
    "wording": "Prompt",
    "first_token": "First word",
    "generation": "Model",
}
RULES = {
    "asked_for_person": "Asked for a person",
    "keywords": "Key words",
    "repeated_abstention": "Did not know several times",
    "thumbs_down": "Thumbs down",
    "provider_failed": "Language model failed",
    "opening_hours": "Opening hours",
    "greeting": "Greeting",
    "thanks": "Thanks",
    "agent_mode": "Menu: a person",
    "cannot_help": "Cannot help",
    "when_unsure": "Cannot help",
}
# What an owner can do with one click, and what it needs besides the question.
FIXES = {
    "add_variant": ("chunk_id",),
    "raise_threshold": ("to",),
    "lower_threshold": ("to",),
    "out_of_scope": (),
    "add_knowledge": (),
    "choose_model": (),
}
THINNEST = 0.7


@dataclass(frozen=True, slots=True)
class Stage:
    """One bar of the timeline: where it begins and how long it is, in percent of the whole; `ms` its time."""

    name: str
    ms: float
    start: float
    share: float


@dataclass(frozen=True, slots=True)
class Hit:
    """A candidate. `percent`, `meaning` and `score` are 0 to 100; `reached` its confidence the threshold."""

    title: str
    source: str
    kind: str
    url: str
    text: str
    word_score: float
    meaning: float
    score: float
    percent: float
    reached: bool
    used: bool
    why_not: str


@dataclass(frozen=True, slots=True)
class Fix:
    """One thing to do about it. `values` are what its form sends besides the question."""

    kind: str
    label: str
    values: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Story:
    """`outcome` with its `words` and `tone`; `threshold` in percent, None where none was compared with anything."""

    question: str
    outcome: str
    words: str
    tone: str
    why: str
    stages: list[Stage]
    total_ms: float
    rules: list[dict[str, Any]]
    rule: str
    hits: list[Hit]
    threshold: float | None
    has_meaning: bool
    model: str
    provider: str
    tokens_in: int | None
    tokens_out: int | None
    estimated: bool
    cost: float
    currency: str
    first_ms: float | None
    uncited: list[str]
    errors: list[dict[str, str]]
    fixes: list[Fix]
    ended: str
    fingerprint: str
    revision: int | None


def tell_story(trace: Any, *, question: str, outcome: str = "") -> Story:
    """`trace` as in Turn.trace; `outcome` where the turn's is known better than the trace's."""
    said: dict[str, Any] = trace if isinstance(trace, dict) else {}
    ended = outcome or str(said.get("decision") or "")
    words, tone = OUTCOMES.get(ended, (ended, ""))
    stages, total = _lay_out_stages(_list(said.get("stages")))
    threshold = _number(said.get("threshold"))
    hits = [_make_hit(one, threshold) for one in _list(said.get("candidates"))]
    return Story(
        question=question,
        outcome=ended,
        words=words,
        tone=tone,
        why=_text(said.get("why")),
        stages=stages,
        total_ms=total,
        rules=[_describe_rule(one) for one in _list(said.get("rules"))],
        rule=_name_rule(said.get("rule")),
        hits=hits,
        threshold=None if threshold is None or not hits else 100 * threshold,
        has_meaning=bool(said.get("has_meaning")),
        model=_text(said.get("model")),
        provider=_text(said.get("provider")),
        tokens_in=_whole(said.get("tokens_in")),
        tokens_out=_whole(said.get("tokens_out")),
        estimated=bool(said.get("estimated")),
        cost=_number(said.get("cost")) or 0.0,
        currency=_text(said.get("currency")),
        first_ms=_number(said.get("first_ms")),
        uncited=[_text(one) for one in _sequence(said.get("uncited"))],
        errors=[_describe_error(one) for one in _sequence(said.get("errors"))],
        fixes=list(_offer_fixes(said, ended)),
        ended=_text(said.get("ended")),
        fingerprint=_text(said.get("fingerprint")),
        revision=_whole(said.get("knowledge_revision")),
    )


def _lay_out_stages(stages: list[Mapping[str, Any]]) -> tuple[list[Stage], float]:
    times = [
        (STAGES.get(_text(one.get("name")), _text(one.get("name"))), _number(one.get("ms")) or 0.0)
        for one in stages
    ]
    total = sum(ms for _, ms in times)
    laid, start = [], 0.0
    for name, ms in times:
        share = 100 * ms / total if total else 0.0
        laid.append(Stage(name, ms, min(start, 100 - THINNEST), max(THINNEST, share)))
        start += share
    return laid, total


def _make_hit(one: Mapping[str, Any], threshold: float | None) -> Hit:
    confidence = _number(one.get("confidence")) or 0.0
    return Hit(
        title=_text(one.get("title")),
        source=_text(one.get("source")),
        kind=_text(one.get("kind")),
        url=_text(one.get("url")),
        text=_text(one.get("text")),
        word_score=_number(one.get("word_score")) or 0.0,
        meaning=_percent(one.get("meaning_score")),
        score=_percent(one.get("score")),
        percent=_percent(confidence),
        reached=threshold is not None and confidence >= threshold,
        used=bool(one.get("used")),
        why_not=_text(one.get("why_not")),
    )


def _describe_rule(one: Mapping[str, Any]) -> dict[str, Any]:
    fired = bool(one.get("fired", one.get("matched")))
    return {
        "name": _name_rule(one.get("name")),
        "on": bool(one.get("on", True)),
        "fired": fired,
        "why": _text(one.get("why")),
    }


def _describe_error(one: Any) -> dict[str, str]:
    if isinstance(one, dict):
        return {"detail": _text(one.get("detail")), "hint": _text(one.get("hint"))}
    return {"detail": _text(one), "hint": ""}


def _offer_fixes(said: dict[str, Any], outcome: str) -> Iterable[Fix]:
    """Those that the engine named, and after an abstention that the question may be none to answer."""
    kinds = set()
    for one in _list(said.get("fixes")):
        kind = _text(one.get("kind"))
        if kind not in FIXES or any(name not in one for name in FIXES[kind]):
            continue
        kinds.add(kind)
        yield Fix(kind, _text(one.get("label")), {name: one[name] for name in FIXES[kind]})
    searched = bool(said.get("candidates")) or "search" in {
        one.get("name") for one in _list(said.get("stages"))
    }
    if searched and outcome in ("abstained", "handed_off", "clarified") and "out_of_scope" not in kinds:
        yield Fix("out_of_scope", "It is right: the bot is not to answer this")


def _name_rule(name: Any) -> str:
    return RULES.get(_text(name), _text(name))


def _list(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _sequence(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else str(value)


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: Any) -> int | None:
    number = _number(value)
    return None if number is None else int(number)


def _percent(value: Any) -> float:
    return 100 * min(1.0, max(0.0, _number(value) or 0.0))
