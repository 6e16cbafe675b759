"""What an owner's rules would do, told rule by rule: for the box in which an owner tries a sentence."""

from dataclasses import dataclass
from datetime import datetime

from chatbots.configuration import Configuration
from chatbots.rules.defaults import HAND_OFF, KINDS, effective_rules
from chatbots.rules.matching import weigh_rules
from chatbots.rules.rule import Rule
from chatbots.rules.words import LOOKS, TITLES, word_outcome


@dataclass(frozen=True, slots=True)
class Row:
    """`state`: fires, late (it matches, but another came first), no, off, or elsewhere (it looks at something else)."""

    number: int
    title: str
    state: str
    why: str


@dataclass(frozen=True, slots=True)
class Trial:
    """`rule`: what fires, None where none does; `number`: the place of the one that matched, 0 for none; `late`: whether
    the opening hours took its place; `does`: what that leads to, in words."""

    rule: Rule | None
    number: int
    late: bool
    does: str
    rows: list[Row]


def try_rules(*, event: str, question: str, count: int, configuration: Configuration, now: datetime) -> Trial:
    """Weigh the rules for `event`; `count` is the number of times in a row that it has happened, this one included."""
    state = {"unanswered": count, "thumbs_down": count}
    weighed = weigh_rules(event=event, question=question, state=state, configuration=configuration, now=now)
    notes = {note["number"]: note for note in weighed.notes}
    rows = []
    for number, rule in enumerate(effective_rules(configuration), start=1):
        note, name = notes.get(number), rule["name"]
        title = TITLES[name] + (f": {', '.join(rule['keywords'][:4])}" if name == "keywords" else "")
        if not rule["on"]:
            rows.append(Row(number, title, "off", "It is switched off."))
        elif note is None:
            rows.append(Row(number, title, "elsewhere", _explain_silence(name, weighed.rule)))
        else:
            state_word = "fires" if note["fired"] else "late" if note["matched"] else "no"
            rows.append(Row(number, title, state_word, note["why"]))
    number = next((row.number for row in rows if row.state == "fires"), 0)
    late = weighed.rule is not None and bool(weighed.rule.cause)
    return Trial(weighed.rule, number, late, _word_rule(weighed.rule), rows)


def _explain_silence(name: str, fired: Rule | None) -> str:
    if KINDS[name].event == HAND_OFF and fired is not None and fired.outcome != "answer":
        return "Somebody is there now."
    return LOOKS[KINDS[name].event]


def _word_rule(rule: Rule | None) -> str:
    if rule is None:
        return ""
    if rule.name == "opening_hours" and rule.outcome == "offer":
        return "Offer a person, and say when people are back"
    return word_outcome(rule.name, rule.outcome)
