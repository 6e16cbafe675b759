"""Text as rules compare it: without case, accents, punctuation, or the several ways to write one letter."""

import re
import unicodedata
from functools import lru_cache

# Arabic letters that people write for one another.
ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ـ": ""}
)
SHORT = 300
NO_WORD = re.compile(r"[\W_]+")
# Ends of sentences and parts of them; a dot or comma inside a number is neither.
CLAUSE_END = re.compile(r"[!?;:…\n()،؛؟¿¡–—]+|[.,](?!\d)|\s-\s")


def normalise_text(text: str) -> str:
    """Words in lower case with single spaces between: "J'aimerais parler à…" is "j aimerais parler a"."""
    return _normalise_short(text) if len(text) <= SHORT else _normalise(text)


@lru_cache(maxsize=4_096)
def _normalise_short(text: str) -> str:
    """A visitor's text is compared by several rules, and an owner's words with every text."""
    return _normalise(text)


def _normalise(text: str) -> str:
    if text.isascii():
        return NO_WORD.sub(" ", text.lower()).strip()
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).translate(ARABIC)
    return NO_WORD.sub(" ", plain).strip()


def split_clauses(text: str) -> list[str]:
    """The parts of a text between punctuation marks, normalised; empty ones left out."""
    parts = (normalise_text(part) for part in CLAUSE_END.split(text))
    return [part for part in parts if part]
