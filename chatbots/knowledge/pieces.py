"""What every reader of a format makes: drafts of chunks, and warnings about what looks wrong but stops nothing."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from chatbots.knowledge.encodings import find_control_character
from core.errors import Invalid

MAX_TITLE = 500
MAX_QUESTION = 2_000
MAX_ANSWER = 50_000
MAX_WARNINGS = 50

OnProgress = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Piece:
    """A chunk before it is stored.

    `kind` is "faq" (an entry with its variants), "passage" (under a heading path) or "out_of_scope" (one question that
    shall not be answered); `url` is the page that it stands on.
    """

    kind: str
    title: str
    text: str
    questions: tuple[str, ...] = ()
    url: str = ""


@dataclass(slots=True)
class Parsed:
    """All pieces of one source in their order.

    `about` is what the document says of itself (`title`, `canonical` address); `facts` are columns of the source that
    become true together with the pieces; `unchanged`: the source knows these
    very pieces already, so that only the facts are new.
    """

    pieces: list[Piece] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    about: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    unchanged: bool = False

    def warn(self, sentence: str) -> None:
        """Keeps the first fifty, and how many there were more."""
        if len(self.warnings) < MAX_WARNINGS:
            self.warnings.append(sentence)
        elif len(self.warnings) == MAX_WARNINGS:
            self.warnings.append("There are more warnings like these.")


Reader = Callable[[BinaryIO, OnProgress], Parsed]


def check_text(text: str, *, place: str, name: str, limit: int) -> str:
    """The text stripped, line ends unified. Raises Invalid with the place, for NUL and control characters and length."""
    found = find_control_character(text)
    if found is not None:
        position, what = found
        raise Invalid(
            f"{place}: the {name} holds {what} at character {position + 1}. Remove it and import the file again."
        )
    cleaned = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if len(cleaned) > limit:
        raise Invalid(
            f"{place}: the {name} has {len(cleaned):,} characters; {limit:,} are allowed. Shorten or split it."
        )
    return cleaned


def join_names(names: Iterable[str]) -> str:
    """a, b and c."""
    *head, last = names
    return f"{', '.join(head)} and {last}" if head else last
