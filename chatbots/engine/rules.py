"""Rules that come before the search: a greeting, thanks, and the wish for a person."""

import re
from dataclasses import dataclass

from chatbots.configuration import Configuration

GREETING = re.compile(
    r"(hi|hello|hey|good (morning|afternoon|evening|day)|hiya|howdy)( there| all)?", re.IGNORECASE
)
THANKS = re.compile(
    r"(ok(ay)?,? )?(thanks|thank you|thx|cheers|many thanks)( a lot| so much| very much)?", re.IGNORECASE
)
PERSON = (
    r"(real |live |actual |human )?(human|person|agent|representative|operator|human being|member of staff)"
)
WISH = re.compile(
    rf"(.*\b(speak|talk|chat)( to| with) (a |an |the |another |some)?({PERSON}|someone|somebody|one|body)"
    rf"|.*\b(connect me|transfer me|put me through|hand me over)( to| with)? (a |an |the |another )?{PERSON}"
    rf"|(.*\b)?(i )?(need|want|get me|give me|fetch me|fetch) (a |an |another )?{PERSON}"
    rf"|(a |an )?{PERSON})( please| now| here| instead)*",
    re.IGNORECASE,
)
WISH_WORDS = 12


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule that matched, what it leads to, and why, in a sentence for the owner."""

    name: str
    outcome: str
    text: str
    why: str


def match_rule(*, question: str, configuration: Configuration) -> Rule | None:
    """The first rule that the whole question matches, or None."""
    words = question.strip().strip(".!?,").strip()
    if GREETING.fullmatch(words):
        return Rule(
            "greeting", "answered", configuration.greeting or "Hello.", "The visitor only said hello."
        )
    if THANKS.fullmatch(words):
        return Rule("thanks", "answered", "You're welcome.", "The visitor only said thanks.")
    if len(words.split()) <= WISH_WORDS and WISH.fullmatch(words):
        return Rule("asked_for_person", "handed_off", "", "The visitor asked for a person.")
    return None
