"""FAQ entries as they gather row by row: variants of one title joined, contradictions refused, doublets reported."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from django.conf import settings

from chatbots.knowledge.pieces import MAX_ANSWER, MAX_QUESTION, MAX_TITLE, Parsed, Piece, check_text
from core.errors import Invalid, TooLarge

MAX_NAMED = 20


@dataclass(slots=True)
class _Entry:
    title: str
    answer: str
    place: str
    questions: dict[str, str] = field(default_factory=dict)  # folded -> as written


@dataclass(slots=True)
class FaqCollector:
    """Takes rows in any order. `place` says where a row stands, for the messages ("Row 7")."""

    entries: dict[str, _Entry] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)  # folded question -> folded title of its first entry
    problems: list[str] = field(default_factory=list)
    problem_count: int = 0
    rows: int = 0
    parsed: Parsed = field(default_factory=Parsed)

    def add_row(self, *, title: str, question: str, answer: str, place: str) -> None:
        """Empty cells, contradictions and unreadable characters become problems; `finish` raises them together.

        Raises:
            TooLarge: more rows than KNOWLEDGE_MAX_ROWS.
        """
        self.rows += 1
        if self.rows > settings.KNOWLEDGE_MAX_ROWS:
            raise TooLarge(
                f"The file has more than {settings.KNOWLEDGE_MAX_ROWS:,} rows. "
                "Split it into several files, or raise KNOWLEDGE_MAX_ROWS."
            )
        try:
            self._add_checked(
                title=check_text(title, place=place, name="title", limit=MAX_TITLE),
                question=check_text(question, place=place, name="question", limit=MAX_QUESTION),
                answer=check_text(answer, place=place, name="answer", limit=MAX_ANSWER),
                place=place,
            )
        except Invalid as error:
            self.add_problem(error.detail)

    def add_problem(self, sentence: str) -> None:
        self.problem_count += 1
        if len(self.problems) < MAX_NAMED:
            self.problems.append(sentence)

    def finish(self) -> Parsed:
        """All entries in the order of their first rows. Raises Invalid with every problem (the first twenty)."""
        if self.problems:
            more = self.problem_count - len(self.problems)
            detail = " ".join(self.problems) + (f" And {more:,} more." if more else "")
            raise Invalid(detail, problems=self.problems, problem_count=self.problem_count)
        if not self.entries:
            raise Invalid(
                "There are no questions in it. Add at least one row with title, question and answer."
            )
        self.parsed.pieces = list(self._make_pieces())
        return self.parsed

    def _add_checked(self, *, title: str, question: str, answer: str, place: str) -> None:
        missing = [
            name
            for name, value in (("title", title), ("question", question), ("answer", answer))
            if not value
        ]
        if missing:
            raise Invalid(f"{place}: {' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} empty.")
        key = _fold(title)
        entry = self.entries.setdefault(key, _Entry(title=title, answer=answer, place=place))
        if entry.answer != answer:
            raise Invalid(
                f"{place}: the title “{_shorten(title)}” has another answer than in {_lower(entry.place)}. "
                "Give both the same answer, or one of them another title."
            )
        self._add_question(entry, key, question, place)

    def _add_question(self, entry: _Entry, key: str, question: str, place: str) -> None:
        folded = _fold(question)
        first = self.asked.setdefault(folded, key)
        if first != key:
            self.parsed.warn(
                f"{place}: “{_shorten(question)}” stands under “{_shorten(self.entries[first].title)}” too. "
                "The bot can only give one of the two answers."
            )
        entry.questions.setdefault(folded, question)

    def _make_pieces(self) -> Iterator[Piece]:
        for entry in self.entries.values():
            yield Piece(
                kind="faq", title=entry.title, text=entry.answer, questions=tuple(entry.questions.values())
            )


def _fold(text: str) -> str:
    return " ".join(text.casefold().split())


def _shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"


def _lower(place: str) -> str:
    return place[:1].lower() + place[1:]
