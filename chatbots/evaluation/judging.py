"""Whether what a bot said is what a case expects, and in words why not."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from chatbots.evaluation.cases import Case
from chatbots.knowledge.sections import PATH_JOINT

# A bot that does not know abstains, or fetches a person at once: which of them is a setting, not the bot's judgement.
HELD_BACK = ("abstained", "handed_off")
WORDS = {
    "answered": "answered",
    "clarified": "asked back",
    "abstained": "said that it does not know",
    "handed_off": "fetched a person",
    "failed": "failed",
    "menu": "showed a menu",
}


@dataclass(frozen=True, slots=True)
class Given:
    """What came of a question. `title`, `source` and `chunk_id` are the best candidate's, also where it abstained.

    `choices` are the titles that it asked back with; `confidence` is 0 where nothing was found or a rule answered.
    """

    outcome: str
    text: str = ""
    title: str = ""
    source: str = ""
    chunk_id: int | None = None
    confidence: float = 0.0
    threshold: float = 0.0
    choices: tuple[str, ...] = ()
    rule: str = ""
    trace: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`right`: the best candidate is the one expected. `ok`: what came of it is what was expected. `why`: if not."""

    ok: bool
    right: bool
    why: str = ""


def judge(case: Case, given: Given, *, known: frozenset[str]) -> Verdict:
    """`known` are the names in the knowledge, as `list_names` gives them.

    A title expects an answer from that entry, passage or source; "abstain" that it does not answer and fetches nobody
    but as its way of not knowing; "hand_off" that a person is fetched; "clarify" that it asks back; "text:" an answer
    with these words, in any case and spacing.
    """
    if case.kind == "title":
        return _judge_title(case, given, known)
    if case.kind == "text":
        right = _fold(case.wanted_text) in _fold(given.text)
        ok = given.outcome == "answered" and right
        return Verdict(ok, right, "" if ok else _explain_text(case, given))
    wanted = {"abstain": HELD_BACK, "hand_off": ("handed_off",), "clarify": ("clarified",)}[case.kind]
    ok = given.outcome in wanted
    return Verdict(ok, ok, "" if ok else _explain_outcome(case, given))


def matches(expect: str, *, title: str, source: str) -> bool:
    """Whether a candidate goes by that name: its title, a heading of its path, its source, or that without suffix."""
    return _fold(expect) in list_names([(title, source)])


def list_names(candidates: Sequence[tuple[str, str]]) -> frozenset[str]:
    """The names by which cases may expect candidates (title, source), folded."""
    names: set[str] = set()
    for title, source in candidates:
        names.update((_fold(title), _fold(source), _fold(PurePath(source).stem)))
        if PATH_JOINT in title:
            names.update(map(_fold, title.split(PATH_JOINT)))
    return frozenset(names - {""})


def _judge_title(case: Case, given: Given, known: frozenset[str]) -> Verdict:
    right = bool(given.title or given.source) and matches(case.expect, title=given.title, source=given.source)
    ok = right and given.outcome == "answered"
    return Verdict(ok, right, "" if ok else _explain_title(case, given, known, right=right))


def _explain_title(case: Case, given: Given, known: frozenset[str], *, right: bool) -> str:
    if _fold(case.expect) not in known:
        return f"Nothing in the knowledge is called “{case.expect}”. Add it, or correct the case."
    if given.rule:
        return f"The rule “{given.rule}” came before the search: it {_say(given)}."
    if given.outcome == "answered":
        return f"It answered from “{given.title}” ({given.confidence:.0%} sure) instead of “{case.expect}”."
    if given.outcome == "clarified":
        offered = any(matches(case.expect, title=choice, source="") for choice in given.choices)
        end = (
            "The right one was among the choices." if offered else "The right one was not among the choices."
        )
        return f"It asked back instead of answering. {end}"
    if right:
        return (
            f"It had found the right one but was only {given.confidence:.0%} sure; {given.threshold:.0%} are needed."
            f" It {_say(given)}."
        )
    if not given.title:
        return f"It found nothing and {_say(given)}."
    return f"It {_say(given)}; the best that it found was “{given.title}” ({given.confidence:.0%} sure)."


def _explain_text(case: Case, given: Given) -> str:
    if given.outcome == "answered":
        return f"It answered, from “{given.title}”, but without the words “{case.wanted_text}”."
    return f"It {_say(given)} instead of answering with “{case.wanted_text}”."


def _explain_outcome(case: Case, given: Given) -> str:
    wanted = {"abstain": "not answer", "hand_off": "fetch a person", "clarify": "ask back"}[case.kind]
    if given.rule:
        return f"It was to {wanted}, but the rule “{given.rule}” came first: it {_say(given)}."
    if given.outcome == "answered":
        return (
            f"It was to {wanted}, but answered from “{given.title}”: {given.confidence:.0%} sure, and"
            f" {given.threshold:.0%} are enough."
        )
    return f"It was to {wanted}, but {_say(given)}."


def _say(given: Given) -> str:
    return WORDS.get(given.outcome, given.outcome)


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())
