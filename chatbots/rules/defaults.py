"""The kinds of rules, what each may do, and the list that a bot has where its owner has set none."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from chatbots.configuration import Configuration

ALL = ("answer", "offer", "hand_off")
# What a rule looks at: what a visitor writes, what became of it, or a hand-off that is about to come.
QUESTION, ABSTAINED, THUMBS_DOWN = "question", "abstained", "thumbs_down"
PROVIDER_FAILED, HAND_OFF = "provider_failed", "hand_off"
EVENTS = (QUESTION, ABSTAINED, THUMBS_DOWN, PROVIDER_FAILED)


@dataclass(frozen=True, slots=True)
class Kind:
    """`outcomes`: those an owner may choose from, the first being the default. `after` 0: it takes no count."""

    name: str
    event: str
    outcomes: tuple[str, ...]
    after: int = 0


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind("asked_for_person", QUESTION, ("hand_off", "offer", "answer")),
        Kind("keywords", QUESTION, ("answer", "offer", "hand_off")),
        Kind("greeting", QUESTION, ("answer",)),
        Kind("thanks", QUESTION, ("answer",)),
        Kind("repeated_abstention", ABSTAINED, ("hand_off", "offer", "answer"), after=2),
        Kind("cannot_help", ABSTAINED, ("hand_off", "offer")),
        Kind("thumbs_down", THUMBS_DOWN, ("offer", "hand_off", "answer"), after=1),
        Kind("provider_failed", PROVIDER_FAILED, ("answer", "offer", "hand_off")),
        Kind("opening_hours", HAND_OFF, ("hand_off", "answer")),
    )
}


def make_default(name: str) -> dict[str, Any]:
    """A rule of that kind as it is before an owner touches it."""
    kind = KINDS[name]
    rule: dict[str, Any] = {"name": name, "on": True, "text": "", "outcome": kind.outcomes[0]}
    if kind.after:
        rule["after"] = kind.after
    if name == "keywords":
        rule["keywords"] = []
    return rule


# Every kind but `keywords`, of which there are as many as an owner writes.
DEFAULT_RULES: tuple[dict[str, Any], ...] = tuple(make_default(name) for name in KINDS if name != "keywords")


def complete_rules(rules: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """`rules` in their order with what they leave out filled in; then the kinds that they do not name, as by default.

    What is of no known kind is left out: a version may have been published by a newer program.
    """
    known = [make_default(rule["name"]) | rule for rule in rules if rule.get("name") in KINDS]
    named = {rule["name"] for rule in known}
    return known + [dict(rule) for rule in DEFAULT_RULES if rule["name"] not in named]


def effective_rules(configuration: Configuration) -> list[dict[str, Any]]:
    """All rules of a bot in their order, complete; not to be changed.

    What `cannot_help` does is `handoff.when_unsure`: one choice, that has one place.
    """
    when_unsure = configuration.handoff.get("when_unsure") or "hand_off"
    return _complete(configuration.rules, when_unsure) if configuration.rules else _complete_none(when_unsure)


@lru_cache
def _complete_none(when_unsure: str) -> list[dict[str, Any]]:
    return _complete([], when_unsure)


def _complete(rules: list[dict[str, Any]], when_unsure: str) -> list[dict[str, Any]]:
    rules = complete_rules(rules)
    for rule in rules:
        if rule["name"] == "cannot_help":
            rule["outcome"] = when_unsure
    return rules
