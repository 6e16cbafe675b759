"""Whether a visitor asks for a person, in any of the languages."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from chatbots.rules.normalising import normalise_text, split_clauses
from chatbots.rules.wishes.arabic import ARABIC
from chatbots.rules.wishes.english import ENGLISH
from chatbots.rules.wishes.french import FRENCH
from chatbots.rules.wishes.german import GERMAN
from chatbots.rules.wishes.language import Language
from chatbots.rules.wishes.portuguese import PORTUGUESE
from chatbots.rules.wishes.spanish import SPANISH
from chatbots.rules.wishes.typos import correct_words

LANGUAGES = (ENGLISH, GERMAN, FRENCH, SPANISH, PORTUGUESE, ARABIC)
# Longer ones say something else; of a long text, the wish stands at its beginning or at its end.
MOST_LETTERS, MOST_CLAUSES, LONGEST_WORD = 220, 16, 30


@dataclass(frozen=True, slots=True)
class Wish:
    """`words`: the part of the text that says it, as it is compared; `language`: in which."""

    words: str
    language: str


def find_wish(question: str) -> Wish | None:
    """The visitor's wish for a person, or None. A slip of the finger is forgiven where nothing matches without."""
    languages = _find_languages(normalise_text(question))
    if not languages:
        return None
    clauses = split_clauses(question)
    if len(clauses) > 2 * MOST_CLAUSES:
        clauses = clauses[:MOST_CLAUSES] + clauses[-MOST_CLAUSES:]
    clauses = [clause for clause in clauses if len(clause) <= MOST_LETTERS]
    return _find(languages, clauses) or _find_misspelt(languages, clauses)


def _find_languages(words: str) -> list[Language]:
    """The languages in which one of the words could belong to a wish: mostly none, and then nothing else is tried."""
    found: set[int] = set()
    for word in set(words.split()):
        if len(word) <= LONGEST_WORD:
            found.update(_find_cues(word))
    return [LANGUAGES[number] for number in sorted(found)]


@lru_cache(maxsize=16_384)
def _find_cues(word: str) -> tuple[int, ...]:
    """The numbers of the languages that have a cue in the word, or in what it is a slip of."""
    return tuple(
        number
        for number, language in enumerate(LANGUAGES)
        if language.cues.match(word) or language.cues.match(correct_words(word, language.spelling))
    )


def _find(languages: list[Language], clauses: list[str]) -> Wish | None:
    for language in languages:
        wish = _find_in(language, clauses)
        if wish:
            return Wish(wish, language.name)
    return None


def _find_misspelt(languages: list[Language], clauses: list[str]) -> Wish | None:
    for language in languages:
        corrected = [correct_words(clause, language.spelling) for clause in clauses]
        wish = _find_in(language, corrected) if corrected != clauses else ""
        if wish:
            return Wish(wish, language.name)
    return None


def _find_in(language: Language, clauses: list[str]) -> str:
    """The clause that says it, or ""."""
    kept = [words for words in (_drop(language.fillers, clause) for clause in clauses) if words]
    opened = [words for words in (_drop_opening(language, words) for words in kept) if words]
    if len(opened) == 1 and language.alone.fullmatch(opened[0]):
        return opened[0]
    for clause in dict.fromkeys([*kept, *opened, *_join_pairs(kept)]):
        for part in _list_parts(language, clause):
            if any(pattern.fullmatch(part) for pattern in language.clauses):
                return part
    return ""


def _list_parts(language: Language, clause: str) -> Iterator[str]:
    """The clause, and what follows each of its joints: "it does not work and I want an agent"."""
    yield clause
    for joint in language.joints.finditer(clause):
        rest = clause[joint.end() :]
        if rest:
            yield rest


def _join_pairs(clauses: list[str]) -> Iterator[str]:
    """Neighbours in one: "Gibt es jemanden, mit dem ich sprechen kann?" is one."""
    for first, second in pairwise(clauses):
        if len(first) + len(second) < MOST_LETTERS:
            yield f"{first} {second}"


def _drop(pattern: re.Pattern[str], words: str) -> str:
    return " ".join(pattern.sub("", words).split())


def _drop_opening(language: Language, words: str) -> str:
    opening = language.openings.match(words)
    return words[opening.end() :] if opening else words
