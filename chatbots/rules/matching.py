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
A = r"((a|an|the|another|some|your|one of your) )?"
PERSON = (
    r"((real|live|life|actual|proper|human|chat) ){0,3}"
    r"(human being|human|person|agent|representative|operator|member of staff)"
)
STAFF = (
    r"((customer|technical) )?(service|support|care)( team| agent| representative)?|manager|supervisor|staff"
)
ANYBODY = r"someone|somebody|anyone|anybody|one|body"
# The whole of a short text must say it: "can I send money to another person?" is a question.
WISH = re.compile(
    rf"(.*\b(speak|talk|chat)( to| with) {A}({PERSON}|{STAFF}|{ANYBODY})"
    rf"|.*\b(connect me|transfer me|put me through|hand me over)( to| with)? {A}({PERSON}|{STAFF})"
    rf"|(.*\b)?(i )?(need|want|get me|give me|fetch me|fetch|can i have|may i have) {A}{PERSON}"
    rf"|(is|are) there {A}({PERSON}|{ANYBODY})( that| who)? i (can|could|may) (speak|talk|chat)( to| with)"
    rf"|(can|could) {A}{PERSON} help me"
    rf"|{A}{PERSON})( please| now| here| instead)*",
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
