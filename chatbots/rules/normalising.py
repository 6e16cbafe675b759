"""Text as rules compare it: without case, accents, punctuation, or the several ways to write one letter."""

import re
import unicodedata

# Arabic letters that people write for one another.
ARABIC = str.maketrans(
    {"أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ئ": "ي", "ؤ": "و", "ة": "ه", "ـ": ""}
)
NO_WORD = re.compile(r"[\W_]+")
# Ends of sentences and parts of them; a dot or comma inside a number is neither.
CLAUSE_END = re.compile(r"[!?;:…\n()،؛؟¿¡–—]+|[.,](?!\d)|\s-\s")


def normalise_text(text: str) -> str:
    """Words in lower case with single spaces between: "J'aimerais parler à…" is "j aimerais parler a"."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter)).translate(ARABIC)
    return NO_WORD.sub(" ", plain).strip()


def split_clauses(text: str) -> list[str]:
    """The parts of a text between punctuation marks, normalised; empty ones left out."""
    parts = (normalise_text(part) for part in CLAUSE_END.split(text))
    return [part for part in parts if part]
