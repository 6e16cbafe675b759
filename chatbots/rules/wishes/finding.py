"""Whether a visitor asks for a person, in any of the languages."""

import re
from dataclasses import dataclass

A = r"((a|an|the|another|some|your|one of your) )?"
PERSON = (
    r"((real|live|life|actual|proper|human|chat) ){0,3}"
    r"(human being|human|person|agent|representative|operator|member of staff)"
)
STAFF = (
    r"((customer|technical) )?(service|support|care)( team| agent| representative)?|manager|supervisor|staff"
)
ANYBODY = r"someone|somebody|anyone|anybody|one|body"
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
class Wish:
    """`words`: what says it; `language`: in which."""

    words: str
    language: str


def find_wish(question: str) -> Wish | None:
    """The wish, or None."""
    words = question.strip().strip(".!?,").strip()
    if len(words.split()) <= WISH_WORDS and WISH.fullmatch(words):
        return Wish(words, "English")
    return None
