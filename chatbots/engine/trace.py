"""What an owner sees of a turn, the same in a test and live: the shape of Turn.trace.

Built once the bot knows what it will say; a language model's part joins it while it speaks (turns/running.py).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chatbots.engine.decision import Decision
from chatbots.engine.shapes import Asked, Reply
from chatbots.retrieval.base import Candidate

TEXT_CHARACTERS = 300
# Below this a lower threshold would let everything pass: no fix.
LOWEST_THRESHOLD = 0.05
FIXED_ENTRIES = 2


class Stages:
    """Takes the time of each stage, in milliseconds."""

    def __init__(self) -> None:
        self.times: list[dict[str, Any]] = []
        self._at = time.perf_counter()

    def done(self, name: str) -> None:
        now = time.perf_counter()
        self.times.append({"name": name, "ms": round((now - self._at) * 1000, 3)})
        self._at = now


@dataclass(slots=True)
class Findings:
    """What the stages found. `why` says why the bot says what it says, `rules` are the notes of rules/matching.py."""

    why: str = ""
    rules: list[dict[str, Any]] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    decision: Decision | None = None
    has_meaning: bool = False


def make_trace(reply: Reply, asked: Asked, found: Findings, stages: Stages) -> dict[str, Any]:
    """The trace of a reply that no language model has worded yet."""
    configuration = asked.configuration
    return {
        "stages": stages.times,
        "rules": found.rules,
        "rule": reply.rule,
        "choice": asked.choice,
        "candidates": _describe_candidates(reply, found, configuration.threshold),
        "threshold": configuration.threshold,
        "has_meaning": found.has_meaning,
        "decision": reply.outcome,
        "why": found.why,
        "model": "",
        "provider": "",
        "tokens_in": 0,
        "tokens_out": 0,
        "cost": 0.0,
        "currency": "",
        "first_ms": None,
        "uncited": [],
        "errors": [],
        "fixes": find_fixes(reply, found, configuration.threshold),
        "menu": {} if reply.state is None else reply.state.get("menu", {}),
        "state": asked.state if reply.state is None else reply.state,
    }


def note_passages(trace: dict[str, Any], passages: Sequence[Candidate]) -> None:
    """A language model is given these candidates, and not the best one alone."""
    given = {one.chunk_id for one in passages}
    for candidate in trace["candidates"]:
        if candidate["chunk_id"] in given:
            candidate |= {"used": True, "why_not": ""}


def find_fixes(reply: Reply, found: Findings, threshold: float) -> list[dict[str, Any]]:
    """What an owner may do where this reply was wrong: `kind`, `label` and what doing it needs."""
    if not found.candidates:
        return (
            []
            if found.decision is None
            else [{"kind": "add_knowledge", "label": "Add an answer to this question"}]
        )
    best = found.candidates[0]
    if reply.outcome == "answered":
        fixes = [_variant(one) for one in found.candidates[1:] if one.kind == "faq"][:FIXED_ENTRIES]
        if found.decision is not None:
            to = min(1.0, round(best.confidence + 0.01, 2))
            fixes.append({"kind": "raise_threshold", "label": f"Raise the threshold to {to:.2f}", "to": to})
        return [*fixes, {"kind": "out_of_scope", "label": "Do not answer this question"}]
    fixes = [_variant(one) for one in found.candidates if one.kind == "faq"][:FIXED_ENTRIES]
    to = int(best.confidence * 100) / 100
    if LOWEST_THRESHOLD <= to < threshold:
        fixes.append({"kind": "lower_threshold", "label": f"Lower the threshold to {to:.2f}", "to": to})
    return [*fixes, {"kind": "add_knowledge", "label": "Add an answer to this question"}]


def _variant(candidate: Candidate) -> dict[str, Any]:
    return {
        "kind": "add_variant",
        "label": f"Let “{candidate.title}” answer this question",
        "chunk_id": candidate.chunk_id,
        "title": candidate.title,
    }


def _describe_candidates(reply: Reply, found: Findings, threshold: float) -> list[dict[str, Any]]:
    if not found.candidates:
        return []
    answered = reply.outcome == "answered"
    best = found.candidates[0]
    beaten = f"“{best.title}” was more likely with {best.confidence:.2f}."
    offered = {one.chunk_id for one in found.decision.choices} if found.decision is not None else ()
    rows = []
    for one in found.candidates:
        used = answered and one is best
        if answered:
            why_not = "" if used else f"{one.confidence:.2f}: {beaten}"
        else:
            why_not = _explain_rejection(one.confidence, threshold, one.chunk_id in offered)
        rows.append(
            {
                "chunk_id": one.chunk_id,
                "source_id": one.source_id,
                "title": one.title,
                "source": one.source,
                "kind": one.kind,
                "url": one.url,
                "word_score": round(one.word_score, 3),
                "meaning_score": round(one.meaning_score, 4),
                "score": round(one.score, 4),
                "confidence": round(one.confidence, 4),
                "text": one.text[:TEXT_CHARACTERS],
                "used": used,
                "why_not": why_not,
            }
        )
    return rows


def _explain_rejection(confidence: float, threshold: float, is_offered: bool) -> str:
    """Why the bot did not answer with a candidate, in a sentence."""
    if is_offered:
        return f"{confidence:.2f} alone is under the threshold of {threshold:.2f}; offered as a choice."
    if confidence >= threshold:
        return f"{confidence:.2f} would reach the threshold, but something else decided."
    return f"{confidence:.2f} is under the threshold of {threshold:.2f}."
