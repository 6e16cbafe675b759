"""Which of an owner's rules fires, and why the others do not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from chatbots.configuration import Configuration
from chatbots.rules.defaults import ABSTAINED, KINDS, QUESTION, effective_rules
from chatbots.rules.hours import Hours, look_at_hours
from chatbots.rules.hours_words import word_opening
from chatbots.rules.keywords import find_keyword
from chatbots.rules.rule import Rule, Weighed
from chatbots.rules.small_talk import is_greeting, is_thanks
from chatbots.rules.texts import find_language, say
from chatbots.rules.wishes.finding import find_wish

__all__ = [
    "Rule",
    "adjust_for_hours",
    "find_closed_rule",
    "list_rules",
    "match_after",
    "match_rule",
    "weigh_rules",
]


@dataclass(frozen=True, slots=True)
class Facts:
    """What rules look at. `state` is the conversation's; its counts have this question or thumb in them already."""

    question: str
    state: Mapping[str, Any]


def match_rule(
    *, question: str, state: Mapping[str, Any], configuration: Configuration, now: datetime
) -> Rule | None:
    """The first rule that fires for what a visitor wrote, or None. Called before the search.

    A hand-off or an offer is already what the opening hours make of it at `now` (aware).
    """
    return weigh_rules(
        event=QUESTION, question=question, state=state, configuration=configuration, now=now
    ).rule


def match_after(
    *, event: str, state: Mapping[str, Any], configuration: Configuration, now: datetime
) -> Rule | None:
    """The first rule that fires for `event`: `abstained`, `thumbs_down` or `provider_failed`; or None: do nothing.

    `state["unanswered"]` counts the questions in a row without an answer, `state["thumbs_down"]` the thumbs down in this
    conversation, this one being the last. `abstained` is never None: where every rule is off the bot only says so.
    """
    return weigh_rules(event=event, question="", state=state, configuration=configuration, now=now).rule


def weigh_rules(
    *, event: str, question: str, state: Mapping[str, Any], configuration: Configuration, now: datetime
) -> Weighed:
    """Every rule that looks at `event`, with what it made of it; the first that matches fires."""
    facts, fired = Facts(question, state or {}), None
    notes: list[dict[str, Any]] = []
    for number, rule in enumerate(effective_rules(configuration), start=1):
        if KINDS[rule["name"]].event != event:
            continue
        matched, why = CHECKS[rule["name"]](rule, facts) if rule["on"] else (False, "It is switched off.")
        fires = matched and fired is None
        if fires:
            fired = _make_rule(rule, number, why, configuration)
        elif matched and fired is not None:
            why = f"{why} But rule {fired.number} came first."
        note = {"number": number, "name": rule["name"], "on": rule["on"]}
        notes.append({**note, "matched": matched, "fired": fires, "why": why})
    if fired is None:
        return Weighed(_admit_it(configuration) if event == ABSTAINED else None, notes)
    adjusted = adjust_for_hours(fired, configuration=configuration, now=now)
    if adjusted is not fired:
        closed = {"number": adjusted.number, "name": "opening_hours", "on": True}
        notes.append({**closed, "matched": True, "fired": True, "why": adjusted.why})
    return Weighed(adjusted, notes)


def adjust_for_hours(rule: Rule, *, configuration: Configuration, now: datetime) -> Rule:
    """The rule as it is at `now`: outside the opening hours a hand-off becomes the owner's words about them.

    It still waits in the queue, or does not, as the owner chose. An offer stays one where requests wait. What is no
    hand-off, and what has been adjusted before, comes back as it is.
    """
    if rule.outcome == "answer" or rule.name == "opening_hours":
        return rule
    closed = find_closed_rule(configuration=configuration, now=now, cause=rule.name)
    if closed is None:
        return rule
    if rule.outcome == "offer" and closed.outcome == "hand_off":
        return replace(closed, outcome="offer", text=_word_late_offer(rule, configuration, now))
    return closed


def find_closed_rule(*, configuration: Configuration, now: datetime, cause: str = "") -> Rule | None:
    """The opening hours' rule where it is on and nobody is there at `now`, else None.

    Also for hand-offs that no rule asks for: the button, and a menu's AGENT_MODE. Its `outcome` is `hand_off` where
    requests wait in the queue until people are back, and `answer` where they do not.
    """
    hours = look_at_hours(configuration.opening_hours, now)
    if hours.is_open:
        return None
    for number, rule in enumerate(effective_rules(configuration), start=1):
        if rule["name"] == "opening_hours" and rule["on"]:
            return _make_closed_rule(rule, number, hours, configuration, cause)
    return None


def list_rules(configuration: Configuration) -> list[dict[str, Any]]:
    """The rules in force, in the owner's order, each complete (`name`, `on`, `text`, `outcome`, its parameters)."""
    return effective_rules(configuration)


def _admit_it(configuration: Configuration) -> Rule:
    why = "No rule is on for what the bot cannot answer: it only says so."
    return Rule("cannot_help", "answer", say("cannot_help.answer", configuration), why)


def _make_closed_rule(
    rule: dict[str, Any], number: int, hours: Hours, configuration: Configuration, cause: str
) -> Rule:
    opens = word_opening(hours, find_language(configuration))
    kind = "opening_hours" if opens else "closed"
    text = (rule["text"] or say(f"{kind}.{rule['outcome']}", configuration)).replace("{opens}", opens)
    back = f"people are back {word_opening(hours)}" if opens else "no opening is planned"
    why = f"Nobody is there: it is {hours.now:%A %H:%M} in {hours.now.tzinfo}, {back}."
    return Rule("opening_hours", rule["outcome"], text, why, number, cause)


def _word_late_offer(rule: Rule, configuration: Configuration, now: datetime) -> str:
    hours = look_at_hours(configuration.opening_hours, now)
    opens = word_opening(hours, find_language(configuration))
    back = say("back", configuration).replace("{opens}", opens) if opens else ""
    return f"{rule.text} {back}".strip()


def _make_rule(rule: dict[str, Any], number: int, why: str, configuration: Configuration) -> Rule:
    name, outcome = rule["name"], rule["outcome"]
    text = rule["text"] or say(f"{name}.{outcome}", configuration)
    if name == "greeting":
        text = rule["text"] or configuration.greeting or text
    elif name == "provider_failed" and outcome == "answer":
        text = ""  # What the bot finds by itself is the answer, whatever the owner wrote for another outcome.
    return Rule(name, outcome, text, why, number)


def _check_wish(_: dict[str, Any], facts: Facts) -> tuple[bool, str]:
    wish = find_wish(facts.question)
    if wish:
        return True, f"“{wish.words}” asks for a person ({wish.language})."
    return False, "It asks for no person."


def _check_keywords(rule: dict[str, Any], facts: Facts) -> tuple[bool, str]:
    keyword = find_keyword(facts.question, rule["keywords"])
    return (True, f"It says “{keyword}”.") if keyword else (False, "None of its words is in it.")


def _check_greeting(_: dict[str, Any], facts: Facts) -> tuple[bool, str]:
    return (
        (True, "It only says hello.") if is_greeting(facts.question) else (False, "It is no mere greeting.")
    )


def _check_thanks(_: dict[str, Any], facts: Facts) -> tuple[bool, str]:
    return (True, "It only says thanks.") if is_thanks(facts.question) else (False, "It is no mere thanks.")


def _check_repeated(rule: dict[str, Any], facts: Facts) -> tuple[bool, str]:
    return _compare_count(rule, facts.state.get("unanswered", 1), "question in a row without an answer")


def _check_thumbs_down(rule: dict[str, Any], facts: Facts) -> tuple[bool, str]:
    return _compare_count(rule, facts.state.get("thumbs_down", 1), "thumbs down in this conversation")


def _compare_count(rule: dict[str, Any], count: int, what: str) -> tuple[bool, str]:
    matched = count >= rule["after"]
    return matched, f"It is number {count}: {what}." + ("" if matched else f" It waits for {rule['after']}.")


def _check_cannot_help(_: dict[str, Any], __: Facts) -> tuple[bool, str]:
    return True, "The bot found no answer that it is sure enough of."


def _check_provider_failed(_: dict[str, Any], __: Facts) -> tuple[bool, str]:
    return True, "The language model gave no answer."


CHECKS: dict[str, Callable[[dict[str, Any], Facts], tuple[bool, str]]] = {
    "asked_for_person": _check_wish,
    "keywords": _check_keywords,
    "greeting": _check_greeting,
    "thanks": _check_thanks,
    "repeated_abstention": _check_repeated,
    "cannot_help": _check_cannot_help,
    "thumbs_down": _check_thumbs_down,
    "provider_failed": _check_provider_failed,
}
