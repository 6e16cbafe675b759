"""Results as CSV, for spreadsheets: no cell is a formula, whatever visitors or owners wrote."""

import csv
from collections.abc import Iterable, Iterator

from chatbots.models import EvaluationResult

COLUMNS = ("line", "question", "expect", "outcome", "title", "source", "confidence", "ok", "ms", "why")
# Spreadsheets take a cell that begins so for a formula: https://owasp.org/www-community/attacks/CSV_Injection
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


class _Echo:
    """What csv writes is handed on."""

    def write(self, text: str) -> str:
        return text


def write_csv(results: Iterable[EvaluationResult]) -> Iterator[str]:
    """A line at a time, the header first, with a byte order mark so that Excel reads it as UTF-8."""
    writer = csv.writer(_Echo())
    yield "\ufeff" + writer.writerow(COLUMNS)
    for one in results:
        cells = (
            one.line, one.question, one.expect, one.outcome, one.title, one.source, f"{one.confidence:.4f}",
            "yes" if one.ok else "no", f"{one.ms:.2f}", one.why,
        )  # fmt: skip
        yield writer.writerow([make_harmless(str(cell)) for cell in cells])


def make_harmless(cell: str) -> str:
    """The cell as text, with an apostrophe before what a spreadsheet would calculate."""
    return f"'{cell}" if cell.lstrip(" ").startswith(FORMULA) else cell
