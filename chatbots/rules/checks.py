"""What an owner may save as rules and opening hours; what is stored is complete and in one shape."""

import re
from datetime import date
from itertools import pairwise
from typing import Any
from zoneinfo import available_timezones

from chatbots.rules.defaults import DEFAULT_RULES, KINDS, complete_rules
from chatbots.rules.hours import DAYS
from chatbots.rules.normalising import normalise_text
from conversations.writer.checks import check_text
from core.errors import Invalid

MOST_RULES, MOST_KEYWORDS, LONGEST_KEYWORD, LONGEST_TEXT, MOST_AFTER = 50, 100, 80, 1_000, 20
MOST_INTERVALS, MOST_CLOSED = 6, 200
CLOCK = re.compile(r"([01]?\d|2[0-3]):[0-5]\d|24:00")
Faults = dict[str, str]


def check_rules(value: Any) -> list[dict[str, Any]]:
    """The rules as they are stored: complete, in their order; [] where they are the default ones.

    Rules that are not named keep their defaults, after those that are. What `cannot_help` does is not stored here but
    as `handoff.when_unsure` (see keep_in_step).

    Raises:
        Invalid: naming each field at fault, such as `rules.2.keywords`; the first rule is 0.
    """
    if not isinstance(value, list) or not all(isinstance(rule, dict) for rule in value):
        raise Invalid(fields={"rules": "This takes a list of objects."})
    if len(value) > MOST_RULES:
        raise Invalid(fields={"rules": f"At most {MOST_RULES} rules."})
    faults: Faults = {}
    rules = [_check_rule(rule, f"rules.{place}", faults) for place, rule in enumerate(value)]
    _check_once(value, faults)
    if faults:
        raise Invalid("Some of the rules cannot be saved. See each field.", fields=faults)
    rules = complete_rules(rules)
    for rule in rules:
        if rule["name"] == "cannot_help":
            rule["outcome"] = "hand_off"
    return [] if rules == list(DEFAULT_RULES) else rules


def keep_in_step(*, changes: dict[str, Any], when_unsure: str) -> dict[str, Any]:
    """`changes` to a draft with `handoff.when_unsure` following the outcome of `cannot_help` where `rules` change it.

    Where `rules` and `handoff` disagree, what differs from `when_unsure`, the draft's present choice, is what is meant.
    """
    rules, handoff = changes.get("rules"), changes.get("handoff", {})
    if not isinstance(rules, list) or not isinstance(handoff, dict):
        return changes
    named = [
        rule.get("outcome") for rule in rules if isinstance(rule, dict) and rule.get("name") == "cannot_help"
    ]
    if not named or named[-1] == when_unsure or named[-1] not in KINDS["cannot_help"].outcomes:
        return changes
    return changes | {"handoff": handoff | {"when_unsure": named[-1]}}


def _check_rule(rule: dict[str, Any], place: str, faults: Faults) -> dict[str, Any]:
    """The rule in the shape that is stored; what is wrong goes into `faults`."""
    name = rule.get("name")
    if not isinstance(name, str) or name not in KINDS:
        faults[f"{place}.name"] = f"Choose one of {', '.join(KINDS)}."
        return {}
    kind = KINDS[name]
    known = {"name", "on", "text", "outcome"} | ({"after"} if kind.after else set())
    known |= {"keywords"} if name == "keywords" else set()
    for unknown in rule.keys() - known:
        faults[f"{place}.{unknown}"[:60]] = "This rule has no such setting."
    checked = {"name": name, "on": rule.get("on", True), "text": _check_words(rule, place, faults)}
    checked["outcome"] = rule.get("outcome", kind.outcomes[0])
    if not isinstance(checked["on"], bool):
        faults[f"{place}.on"] = "Choose true or false."
    if checked["outcome"] not in kind.outcomes:
        faults[f"{place}.outcome"] = f"Choose one of {', '.join(kind.outcomes)}."
    if kind.after:
        checked["after"] = _check_after(rule.get("after", kind.after), place, faults)
    if name == "keywords":
        checked["keywords"] = _check_keywords(rule.get("keywords"), place, faults)
        if checked["outcome"] == "answer" and not checked["text"]:
            faults.setdefault(f"{place}.text", "Write what it answers.")
    return checked


def _check_words(rule: dict[str, Any], place: str, faults: Faults) -> str:
    text = rule.get("text", "")
    if not isinstance(text, str):
        faults[f"{place}.text"] = "This takes text."
        return ""
    try:
        return check_text(text.strip(), field=f"{place}.text", limit=LONGEST_TEXT, required=False)
    except Invalid as error:
        faults.update(error.fields)
        return ""


def _check_after(value: Any, place: str, faults: Faults) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_AFTER:
        faults[f"{place}.after"] = f"Choose a whole number from 1 to {MOST_AFTER}."
        return 1
    return value


def _check_keywords(value: Any, place: str, faults: Faults) -> list[str]:
    field = f"{place}.keywords"
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        faults[field] = "This takes a list of texts."
        return []
    words = {normalise_text(word): " ".join(word.split()) for word in reversed(value) if word.strip()}
    keywords = [*reversed(words.values())]
    if not keywords:
        faults[field] = "Write at least one word or phrase."
    elif "" in words:
        faults[field] = f"{words[''][:40]!r} has no letter or digit."
    elif len(keywords) > MOST_KEYWORDS or any(len(word) > LONGEST_KEYWORD for word in keywords):
        faults[field] = f"At most {MOST_KEYWORDS}, of at most {LONGEST_KEYWORD} characters each."
    else:
        try:
            check_text(" ".join(keywords), field=field, limit=10_000)
        except Invalid as error:
            faults.update(error.fields)
    return keywords


def _check_once(value: list[dict[str, Any]], faults: Faults) -> None:
    seen: set[str] = {"keywords"}
    for place, rule in enumerate(value):
        name = rule.get("name")
        if name == "keywords" or not isinstance(name, str):
            continue
        if name in seen:
            faults[f"rules.{place}.name"] = "There is only one rule of this kind."
        seen.add(name)


def check_opening_hours(value: Any) -> dict[str, Any]:
    """The opening hours as they are stored; {} is always open.

    `time_zone` is an IANA name; `days` has lists of `[from, to]` in HH:MM by day (`mon` … `sun`), where an opening that
    ends at or before its beginning ends on the next day; `closed_on` has dates.

    Raises:
        Invalid: naming each field at fault, such as `opening_hours.days.mon`.
    """
    if not isinstance(value, dict):
        raise Invalid(fields={"opening_hours": "This takes an object."})
    if not value:
        return {}
    faults: Faults = {}
    for unknown in value.keys() - {"time_zone", "days", "closed_on"}:
        faults[f"opening_hours.{unknown}"[:60]] = "There is no such setting."
    zone, days = value.get("time_zone"), value.get("days", {})
    if not isinstance(zone, str) or zone not in available_timezones():
        faults["opening_hours.time_zone"] = "Name a time zone like Europe/Berlin."
    checked = {"time_zone": zone, "days": _check_days(days, faults)}
    checked["closed_on"] = _check_closed(value.get("closed_on", []), faults)
    if faults:
        raise Invalid("Some of the opening hours cannot be saved. See each field.", fields=faults)
    return checked


def _check_days(days: Any, faults: Faults) -> dict[str, list[list[str]]]:
    if not isinstance(days, dict):
        faults["opening_hours.days"] = "This takes an object with mon to sun."
        return {}
    for unknown in days.keys() - set(DAYS):
        faults[f"opening_hours.days.{unknown}"[:60]] = f"There is no such day. Choose from {', '.join(DAYS)}."
    checked = {}
    for day in DAYS:
        fault, intervals = _check_intervals(days.get(day, []))
        if fault:
            faults[f"opening_hours.days.{day}"] = fault
        checked[day] = intervals
    return checked


def _check_intervals(value: Any) -> tuple[str, list[list[str]]]:
    """What is wrong with a day, and the day's intervals as they are stored: HH:MM, in order."""
    if not isinstance(value, list) or not all(_is_interval(one) for one in value):
        return "Write times like 09:00–17:00.", []
    if len(value) > MOST_INTERVALS:
        return f"At most {MOST_INTERVALS} a day.", []
    intervals = sorted([opens.zfill(5), closes.zfill(5)] for opens, closes in value)
    for opens, closes in intervals:
        if opens == "24:00" or (opens == closes and opens != "00:00"):
            return f"{opens}–{closes} has no length. For the whole day write 00:00–24:00.", []
    for (_, closes), (opens, _) in pairwise(intervals):
        if closes > opens:
            return f"{opens} comes before {closes}: these overlap.", []
    if any(closes <= opens for opens, closes in intervals[:-1]):
        return "Only the last of a day may run over midnight.", []
    return "", intervals


def _is_interval(value: Any) -> bool:
    return (
        isinstance(value, list)
        and len(value) == 2
        and all(isinstance(clock, str) and CLOCK.fullmatch(clock) for clock in value)
    )


def _check_closed(value: Any, faults: Faults) -> list[str]:
    field = "opening_hours.closed_on"
    if not isinstance(value, list) or not all(isinstance(day, str) for day in value):
        faults[field] = "This takes a list of dates."
        return []
    if len(value) > MOST_CLOSED:
        faults[field] = f"At most {MOST_CLOSED} dates."
    for day in value:
        try:
            if date.fromisoformat(day).isoformat() != day:
                raise ValueError
        except ValueError:
            faults[field] = f"{day[:20]!r} is no date. Write it like 2026-12-25."
    return sorted(set(value))
