"""The shape in which a language says how its speakers ask for a person.

A language file is written as people write, with accents and capitals; `make_language` brings it into the form that
`normalise_text` gives to what visitors write: no case, no accents, no punctuation. An umlaut also matches "ae", "oe", "ue".
"""

import re
import unicodedata
from dataclasses import dataclass

from chatbots.rules.normalising import ARABIC

UMLAUTS = {"ä": "(?:a|ae)", "ö": "(?:o|oe)", "ü": "(?:u|ue)"}


@dataclass(frozen=True, slots=True)
class Language:
    """`clauses`: each says it as a part of a text. `alone`: says it only as the whole text. `fillers` and, at the
    beginning, `openings` may stand with both. `joints` begin a new part without a comma, but not before a `bare` verb:
    "go to a shop and talk to someone" wishes for nobody. `cues`: beginnings of words of which every wish has
    one, so that a text without any is no wish. `spelling`: the words in which
    a slip of the finger is forgiven."""

    name: str
    clauses: tuple[re.Pattern[str], ...]
    alone: re.Pattern[str]
    openings: re.Pattern[str]
    fillers: re.Pattern[str]
    joints: re.Pattern[str]
    cues: re.Pattern[str]
    spelling: frozenset[str]


def make_language(
    *,
    name: str,
    clauses: tuple[str, ...],
    alone: str,
    openings: str,
    fillers: str,
    joints: str,
    bare: str,
    cues: str,
    spelling: str,
) -> Language:
    """`clauses` and `alone` are regular expressions that match the whole; the others alternatives or words, by "|"."""
    return Language(
        name=name,
        clauses=tuple(_compile(clause) for clause in clauses),
        alone=_compile(alone),
        openings=_compile(rf"(?:(?:{openings})(?: |$))+"),
        fillers=_compile(rf"(?:^|(?<= ))(?:{fillers})(?: |$)"),
        joints=_compile(rf"(?<= )(?:{joints}) (?!(?:{bare}) )"),
        cues=_compile(cues),
        spelling=frozenset(_plain(spelling).split()),
    )


def _compile(pattern: str) -> re.Pattern[str]:
    return re.compile(_plain(pattern))


def _plain(pattern: str) -> str:
    """The pattern without accents; an apostrophe is the space that normalise_text makes of it."""
    pattern = unicodedata.normalize("NFC", pattern.casefold())
    for umlaut, letters in UMLAUTS.items():
        pattern = pattern.replace(umlaut, letters)
    pattern = "".join(
        letter for letter in unicodedata.normalize("NFKD", pattern) if not unicodedata.combining(letter)
    )
    return pattern.translate(ARABIC).replace("'", " ")
