"""FAQ entries from CSV: columns title, question and answer in any order, a row per variant, more columns ignored."""

import csv
from collections.abc import Iterator
from typing import BinaryIO

from chatbots.knowledge.encodings import decode_lines
from chatbots.knowledge.faq import FaqCollector
from chatbots.knowledge.pieces import MAX_ANSWER, OnProgress, Parsed, join_names
from core.errors import Invalid

COLUMNS = ("title", "question", "answer")
ROWS_PER_REPORT = 2000
_FIELD_LIMIT = 4 * MAX_ANSWER


def read_faq_csv(opened: BinaryIO, on_progress: OnProgress) -> Parsed:
    """Read row by row. Commas, semicolons or tabs, as the header shows. Cells are data: a formula stays a text.

    Raises:
        Invalid: encoding, missing columns, and every row at fault by its number (the header is row 1). TooLarge.
    """
    csv.field_size_limit(_FIELD_LIMIT)
    size = _measure(opened)
    lines = decode_lines(opened)
    header = next(lines, "")
    separator = _find_separator(header)
    rows = csv.reader(_put_back(header, lines), delimiter=separator, strict=True)
    collector = FaqCollector()
    try:
        places = _find_columns(next(rows, []))
        for number, row in enumerate(rows, start=2):
            _add_row(collector, row, places, number)
            if number % ROWS_PER_REPORT == 0:
                on_progress(min(1.0, opened.tell() / size))
    except csv.Error as error:
        raise Invalid(
            f"Line {rows.line_num} is not valid CSV: {error}. Look for a quotation mark too many or few."
        ) from error
    return collector.finish()


def _measure(opened: BinaryIO) -> int:
    return max(1, opened.seek(0, 2))


def _put_back(first: str, lines: Iterator[str]) -> Iterator[str]:
    yield first
    yield from lines


def _find_separator(header: str) -> str:
    return max(",;\t", key=header.count) if header else ","


def _find_columns(header: list[str]) -> dict[str, int]:
    names = [name.strip().casefold() for name in header]
    missing = [column for column in COLUMNS if column not in names]
    if missing:
        found = (
            f"It has {join_names(repr(name)[1:-1] for name in header)}."
            if any(names)
            else "Its first row is empty."
        )
        raise Invalid(
            f"The column{'s' if len(missing) > 1 else ''} {join_names(missing)} {'are' if len(missing) > 1 else 'is'} "
            f"missing. {found} The first row must name the columns title, question and answer.",
            fields=dict.fromkeys(missing, "This column is missing."),
        )
    return {column: names.index(column) for column in COLUMNS}


def _add_row(collector: FaqCollector, row: list[str], places: dict[str, int], number: int) -> None:
    if not any(cell.strip() for cell in row):
        return
    place = f"Row {number}"
    if len(row) <= max(places.values()):
        collector.add_problem(f"{place}: it has {len(row)} cells where the header has more.")
        return
    cells = {column: row[at] for column, at in places.items()}
    collector.add_row(**cells, place=place)
