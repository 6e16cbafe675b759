"""Questions that a bot shall not answer: one per line, or the column question of a CSV."""

import csv
import io
from typing import BinaryIO

from chatbots.knowledge.encodings import decode_text
from chatbots.knowledge.pieces import MAX_QUESTION, MAX_TITLE, OnProgress, Parsed, Piece, check_text
from core.errors import Invalid

COLUMN = "question"
SEPARATORS = ",;\t"


def read_out_of_scope(opened: BinaryIO, on_progress: OnProgress) -> Parsed:
    """A piece of kind "out_of_scope" for each question, repeated ones once. Raises Invalid."""
    text = decode_text(opened)
    parsed = Parsed()
    asked: set[str] = set()
    for number, line in enumerate(_find_questions(text), start=1):
        question = check_text(line, place=f"Question {number}", name="question", limit=MAX_QUESTION)
        folded = " ".join(question.casefold().split())
        if folded and folded not in asked:
            asked.add(folded)
            piece = Piece(kind="out_of_scope", title=question[:MAX_TITLE], text="", questions=(question,))
            parsed.pieces.append(piece)
    if not parsed.pieces:
        raise Invalid("There are no questions in it.", hint="Write one question a line.")
    on_progress(1.0)
    return parsed


def _find_questions(text: str) -> list[str]:
    """Lines, unless the first one names a column question: then that column."""
    header = text.split("\n", 1)[0]
    separator = max(SEPARATORS, key=header.count)
    names = [name.strip().strip('"').casefold() for name in header.split(separator)]
    if COLUMN not in names:
        return text.split("\n")
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=separator, strict=True))
    except csv.Error as error:
        raise Invalid(f"It is not valid CSV: {error}.", hint="Write one question a line instead.") from error
    at = names.index(COLUMN)
    return [row[at] for row in rows[1:] if len(row) > at]
