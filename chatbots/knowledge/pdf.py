"""PDF: lines with their sizes, from which headings, paragraphs and what repeats on every page are told."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from pypdf import PdfReader
from pypdf.errors import LimitReachedError, PyPdfError

from chatbots.knowledge.encodings import CONTROL
from chatbots.knowledge.pdf_lines import Line, drop_repeated, find_headings, join_paragraphs
from chatbots.knowledge.pieces import OnProgress, Parsed
from chatbots.knowledge.sections import Section, make_passages
from core.errors import Invalid, TooLarge

MAX_PAGES = 5_000
# Characters on a page on average; below, its text is a stamp on a picture.
SCANNED_BELOW = 12
NAMED_PAGES = 8


def read_pdf(opened: BinaryIO, on_progress: OnProgress) -> Parsed:
    """Passages under the headings and the number of their page.

    Raises:
        Invalid: no PDF or a broken one, a password, pictures only. TooLarge: pages, or what streams unpack to.
    """
    with _explaining_faults():
        reader = PdfReader(opened, strict=False)
        if reader.is_encrypted and not reader.decrypt(""):
            raise Invalid(
                "The PDF is locked with a password.", hint="Save it without a password and import it again."
            )
        count = len(reader.pages)
        if count > MAX_PAGES:
            raise TooLarge(f"The PDF has {count:,} pages; {MAX_PAGES:,} are allowed. Split it.")
        pages = []
        for number, page in enumerate(reader.pages):
            pages.append(_read_lines(page))
            on_progress(0.95 * number / count)
    _check_text(pages)
    parsed = Parsed(pieces=make_passages(list(_find_sections(drop_repeated(pages)))))
    if not parsed.pieces:
        raise _make_scanned(len(pages))
    _warn_of_pictures(parsed, pages)
    return parsed


@contextmanager
def _explaining_faults() -> Iterator[None]:
    """Whatever the library meets in a broken file becomes a sentence."""
    try:
        yield
    except LimitReachedError as error:
        raise TooLarge(
            "The PDF unpacks to far more than a document should.", hint="Print it to a new PDF."
        ) from error
    except MemoryError as error:
        raise TooLarge(
            "The PDF needs more memory than is allowed for reading it.", hint="Split it."
        ) from error
    except (PyPdfError, ValueError, TypeError, KeyError, IndexError, AttributeError, OSError, AssertionError,
            ArithmeticError, RecursionError, NotImplementedError) as error:  # fmt: skip
        raise Invalid(
            "The PDF is damaged, or is no PDF.",
            hint="Open it in a PDF viewer; where it opens, print it to a new PDF and import that.",
        ) from error


def _read_lines(page: Any) -> list[Line]:
    """A page's lines from top to bottom as the file gives them, each with the size of most of its letters in points."""
    lines: list[Line] = []
    words: list[tuple[str, float]] = []

    def end_line() -> None:
        text = " ".join("".join(word for word, _ in words).split())
        weight: dict[float, int] = {}
        for word, size in words:
            weight[size] = weight.get(size, 0) + len(word.strip())
        lines.append(Line(text, max(weight, key=weight.__getitem__) if text else 0.0))
        words.clear()

    def visit(text: str, matrix: list[float], text_matrix: list[float], font: Any, size: float) -> None:
        scale = abs(text_matrix[3] or text_matrix[1]) * abs(matrix[3] or matrix[1])
        first, *rest = CONTROL.sub("", text.replace("\t", " ")).split("\n")
        words.append((first, round(float(size or 0) * scale, 1)))
        for part in rest:
            end_line()
            words.append((part, round(float(size or 0) * scale, 1)))

    page.extract_text(visitor_text=visit)
    end_line()
    return lines


def _find_sections(pages: list[list[Line]]) -> Iterator[Section]:
    """A section for each heading and page: passages never stand on two pages, but for a sentence that runs over."""
    depths = find_headings(pages)
    path: list[tuple[int, str]] = []
    for number, lines in enumerate(pages, start=1):
        held: list[Line] = []
        for at, line in enumerate(lines):
            depth = depths.get(line.size, 0) if line.is_short() else 0
            if not depth:
                held.append(line)
                continue
            yield _make_section(path, number if len(pages) > 1 else 0, held)
            held = []
            above, name = lines[at - 1] if at else Line("", 0.0), line.text
            if path and path[-1][0] == depth and above.size == line.size and above.text == path[-1][1]:
                name = f"{above.text} {line.text}"  # a heading of two lines
            path = [*((level, held_name) for level, held_name in path if level < depth), (depth, name)]
        yield _make_section(path, number if len(pages) > 1 else 0, held)


def _make_section(path: list[tuple[int, str]], page: int, lines: list[Line]) -> Section:
    """`page` 0: the document's only one, which needs no number."""
    numbered = (f"page {page}",) if page else ()
    return Section((*(name for _, name in path), *numbered), join_paragraphs(lines))


def _check_text(pages: list[list[Line]]) -> None:
    letters = sum(len(line.text) for lines in pages for line in lines)
    if letters < SCANNED_BELOW * max(1, len(pages)) and not _looks_written(pages):
        raise _make_scanned(len(pages))


def _looks_written(pages: list[list[Line]]) -> bool:
    """A short note is text too: a line of several words."""
    return any(len(line.text.split()) >= 3 for lines in pages for line in lines)


def _make_scanned(count: int) -> Invalid:
    return Invalid(
        f"The PDF has {count:,} page{'' if count == 1 else 's'} and no text: {'it is' if count == 1 else 'they are'} "
        "probably scanned.",
        hint="Run text recognition (OCR) over it, for example with OCRmyPDF, and import what comes out.",
    )


def _warn_of_pictures(parsed: Parsed, pages: list[list[Line]]) -> None:
    empty = [number for number, lines in enumerate(pages, start=1) if not any(line.text for line in lines)]
    if empty:
        named = ", ".join(map(str, empty[:NAMED_PAGES])) + (" …" if len(empty) > NAMED_PAGES else "")
        parsed.warn(f"No text on page{'' if len(empty) == 1 else 's'} {named}: pictures, or empty.")
