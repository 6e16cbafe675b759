"""Cases from a file or pasted text: `question,expect` as CSV, or a JSON list of such objects."""

import csv
import io
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from chatbots.knowledge.encodings import decode_text, find_control_character
from chatbots.knowledge.pieces import MAX_QUESTION, MAX_TITLE, join_names
from core.errors import Invalid, TooLarge

COLUMNS = ("question", "expect")
MOST_CASES = 20_000
MOST_BYTES = 20 * 2**20
SHOWN_PROBLEMS = 20
# What a case may expect besides a title, as it may be written -> as it is kept.
OUTCOMES = {
    "abstain": "abstain",
    "hand_off": "hand_off",
    "handoff": "hand_off",
    "hand off": "hand_off",
    "clarify": "clarify",
}
TEXT = "text:"
CELL_CHARACTERS = 100_000
HOW = (
    "The first row must name the columns question and expect. expect is the title of an entry or source, abstain,"
    " hand_off, clarify, or text: with words of the answer."
)


@dataclass(frozen=True, slots=True)
class Case:
    """A question, and what is to come of it: a title, "abstain", "hand_off", "clarify" or "text:" with words.

    `line` is where it stands: the row of a table (the header is row 1), or the number in a list.
    """

    question: str
    expect: str
    line: int = 0

    @property
    def kind(self) -> str:
        """abstain, hand_off, clarify, text or title."""
        if self.expect in OUTCOMES:
            return OUTCOMES[self.expect]
        return "text" if self.expect.startswith(TEXT) else "title"

    @property
    def wanted_text(self) -> str:
        """The words that the answer must hold, of a "text:" case."""
        return self.expect.removeprefix(TEXT).strip()


@dataclass(slots=True)
class _Collector:
    cases: list[Case] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def add(self, question: Any, expect: Any, *, place: str, line: int) -> None:
        fault = _find_fault(question, "question", MAX_QUESTION) or _find_fault(
            expect, "expect", MAX_TITLE + 100
        )
        if fault:
            self.problems.append(f"{place}: {fault}")
            return
        wanted = " ".join(str(expect).split())
        lower = wanted.casefold()
        if lower.startswith(TEXT):
            wanted = TEXT + wanted[len(TEXT) :].strip()
            if wanted == TEXT:
                self.problems.append(f"{place}: text: needs the words that the answer must hold.")
                return
        self.cases.append(Case(str(question).strip(), OUTCOMES.get(lower, wanted), line))
        if len(self.cases) > MOST_CASES:
            raise TooLarge(f"There are more than {MOST_CASES:,} cases. Split the file.")

    def finish(self) -> list[Case]:
        """All cases. Raises Invalid, naming each row at fault."""
        if self.problems:
            more = len(self.problems) - SHOWN_PROBLEMS
            shown = self.problems[:SHOWN_PROBLEMS] + ([f"{more} more rows are wrong."] if more > 0 else [])
            count = len(self.problems)
            begin = f"{count} row{'s' if count > 1 else ''} cannot be used. Correct and send all again.\n"
            raise Invalid(begin + "\n".join(shown), fields={"cases": begin + "\n".join(shown)})
        if not self.cases:
            raise Invalid(f"There are no cases in it. {HOW}", fields={"cases": f"There are no cases. {HOW}"})
        return self.cases


def read_cases(opened: BinaryIO) -> list[Case]:
    """Cases of a CSV (commas, semicolons or tabs) or JSON file; which of them it is shows in its first character.

    Raises:
        Invalid: no text, wrong columns, no cases, and every row at fault by its number. TooLarge.
    """
    opened.seek(0, io.SEEK_END)
    if opened.tell() > MOST_BYTES:
        raise TooLarge(f"The file is larger than {MOST_BYTES // 2**20} MiB. Split it.")
    opened.seek(0)
    return parse_cases(decode_text(opened))


def parse_cases(text: str) -> list[Case]:
    """The same for pasted text."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    if text.lstrip()[:1] in ("[", "{"):
        return _read_objects(_load_json(text)).finish()
    return _read_table(text).finish()


def make_cases(rows: Iterable[Any]) -> list[Case]:
    """The same for rows that came as objects, such as those of an API call."""
    return _read_objects(list(rows)).finish()


def _load_json(text: str) -> list[Any]:
    try:
        data = json.loads(text)
    except RecursionError as error:
        raise Invalid("That JSON is nested too deeply.") from error
    except ValueError as error:
        line, column = getattr(error, "lineno", 1), getattr(error, "colno", 1)
        raise Invalid(f"That is not valid JSON: see line {line}, column {column}.") from error
    if isinstance(data, dict):
        data = data.get("cases")
    if not isinstance(data, list):
        raise Invalid('Send a list of cases, such as [{"question": "…", "expect": "…"}].')
    return data


def _read_objects(rows: list[Any]) -> _Collector:
    collector = _Collector()
    for number, row in enumerate(rows, start=1):
        place = f"Case {number}"
        if not isinstance(row, dict):
            collector.problems.append(f"{place}: it is no object with question and expect.")
            continue
        collector.add(row.get("question"), row.get("expect"), place=place, line=number)
    return collector


def _read_table(text: str) -> _Collector:
    csv.field_size_limit(CELL_CHARACTERS)
    collector = _Collector()
    header = next((line for line in text.split("\n") if line.strip()), "")
    rows = csv.reader(io.StringIO(text), delimiter=max(",;\t", key=header.count), strict=True)
    try:
        numbered = _skip_blank(rows)
        places = _find_columns(next(numbered, (1, []))[1])
        for line, row in numbered:
            if len(row) <= max(places):
                collector.problems.append(
                    f"Row {line}: it has {len(row)} cell{'s' if len(row) > 1 else ''} where the header has more."
                )
                continue
            collector.add(row[places[0]], row[places[1]], place=f"Row {line}", line=line)
    except csv.Error as error:
        raise Invalid(
            f"Line {rows.line_num} is not valid CSV: {error}. Look for a quotation mark too many or too few."
        ) from error
    return collector


def _skip_blank(rows: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    for number, row in enumerate(rows, start=1):
        if any(cell.strip() for cell in row):
            yield number, row


def _find_columns(header: list[str]) -> tuple[int, int]:
    names = [name.strip().casefold() for name in header]
    if not any(names):
        raise Invalid(f"There are no cases in it. {HOW}", fields={"cases": f"There are no cases. {HOW}"})
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        found = join_names(repr(name)[1:-1][:60] for name in header[:10])
        words = f"The column{'s' if len(missing) > 1 else ''} {join_names(missing)} cannot be found; it has {found}. {HOW}"
        raise Invalid(words, fields={"cases": words})
    return names.index("question"), names.index("expect")


def _find_fault(value: Any, name: str, limit: int) -> str:
    if not isinstance(value, str) or not value.strip():
        return (
            f"{name} is empty. {'Write a question.' if name == 'question' else 'Say what is to come of it.'}"
        )
    if len(value.strip()) > limit:
        return f"{name} has {len(value.strip()):,} characters; {limit:,} are allowed."
    found = find_control_character(value)
    return f"{name} holds {found[1]}. Remove it." if found else ""
