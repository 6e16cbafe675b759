"""DOCX: headings by their outline level, paragraphs, lists and tables in their order."""

import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, cast

from docx import Document
from docx.opc.exceptions import OpcError
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import etree

from chatbots.knowledge.encodings import CONTROL
from chatbots.knowledge.passages import LONGEST, split_lines, split_prose
from chatbots.knowledge.pieces import OnProgress, Parsed
from chatbots.knowledge.sections import Outline, make_passages, make_table
from core.errors import Invalid, TooLarge

MAX_UNPACKED = 200 * 2**20
MAX_PARTS = 5_000
BLOCK = 2**20
TITLE_DEPTH = 1
DAMAGED = "Open it in a word processor; where it opens, save it again as .docx and import that."


def read_docx(opened: BinaryIO, on_progress: OnProgress) -> Parsed:
    """Raises Invalid (no Word document, damaged, locked, no text), TooLarge (what it unpacks to)."""
    _check_archive(opened)
    opened.seek(0)
    try:
        document = Document(opened)
        blocks = list(document.iter_inner_content())
    except (OpcError, KeyError, ValueError, etree.XMLSyntaxError, AttributeError) as error:
        raise Invalid(
            "The Word document is damaged, or is another kind of Office file.", hint=DAMAGED
        ) from error
    outline = Outline()
    items: list[str] = []
    for at, block in enumerate(blocks):
        if at % 100 == 0:
            on_progress(at / len(blocks))
        mark = _find_list_mark(block)
        if mark is None:
            _end_list(outline, items)
        if mark is not None:
            text = _clean(cast("Paragraph", block).text)
            items += [f"{mark}{' '.join(text.split())}"] if text else []
        elif isinstance(block, Table):
            outline.add_blocks(make_table(list(_read_rows(block))))
        elif depth := _find_depth(block):
            _add_heading(outline, depth, _clean(block.text))
        else:
            outline.add_blocks(split_prose(_clean(block.text)) if block.text.strip() else [])
    _end_list(outline, items)
    pieces = make_passages(outline.sections)
    if not pieces:
        raise Invalid(
            "There is no text in the Word document.", hint="Pictures of text cannot be read. Paste the text."
        )
    return Parsed(pieces=pieces)


def _check_archive(opened: BinaryIO) -> None:
    """Unpacks every part to nowhere, so that neither its declared nor its real size can surprise."""
    try:
        with zipfile.ZipFile(opened) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
                raise _make_too_large()
            real = 0
            for part in parts:
                with archive.open(part) as unpacked:
                    while block := unpacked.read(BLOCK):
                        real += len(block)
                        if real > MAX_UNPACKED:
                            raise _make_too_large()
    except (
        zipfile.BadZipFile,
        zlib.error,
        RuntimeError,
        NotImplementedError,
        EOFError,
        OSError,
        ValueError,
    ) as error:
        raise Invalid("The Word document is damaged, or is locked with a password.", hint=DAMAGED) from error


def _make_too_large() -> TooLarge:
    return TooLarge(
        f"The Word document unpacks to more than {MAX_UNPACKED // 2**20} MiB.",
        hint="Take large pictures out of it, or split it.",
    )


def _find_depth(paragraph: Any) -> int:
    """1 for the title, from 2 for a heading, 0 for neither, by the paragraph's or its styles' outline level.

    Names of styles differ between languages.
    """
    style: Any = paragraph.style
    levels = paragraph._p.xpath("./w:pPr/w:outlineLvl/@w:val")
    for _ in range(10):
        if levels or style is None:
            break
        if style.style_id == "Title":
            return TITLE_DEPTH
        levels = style.element.xpath("./w:pPr/w:outlineLvl/@w:val")
        style = style.base_style
    return int(levels[0]) + TITLE_DEPTH + 1 if levels and levels[0].isdecimal() and int(levels[0]) < 9 else 0


def _find_list_mark(block: Any) -> str | None:
    """ "- " with its indentation for an item of a list, None for anything else."""
    if isinstance(block, Table) or _find_depth(block):
        return None
    style = block.style
    marks = block._p.xpath("./w:pPr/w:numPr") or (
        style is not None and style.element.xpath("./w:pPr/w:numPr")
    )
    if not marks and not _named_like_list(style):
        return None
    level = block._p.xpath("./w:pPr/w:numPr/w:ilvl/@w:val")
    return "  " * min(4, int(level[0]) if level and level[0].isdecimal() else 0) + "- "


def _named_like_list(style: Any) -> bool:
    return style is not None and str(style.name or "").startswith("List ")


def _read_rows(table: Table) -> Iterator[list[str]]:
    """Cells that span several columns are given once."""
    for row in table.rows:
        cells: list[str] = []
        last = None
        for cell in row.cells:
            if cell._tc is not last:
                cells.append(_clean(cell.text))
            last = cell._tc
        yield cells


def _add_heading(outline: Outline, depth: int, name: str) -> None:
    if name.strip():
        outline.add_heading(depth, " ".join(name.split()))


def _end_list(outline: Outline, items: list[str]) -> None:
    if items:
        whole = "\n".join(items)
        outline.add_blocks([whole] if len(whole) <= LONGEST else split_lines(list(items)))
        items.clear()


def _clean(text: str) -> str:
    return CONTROL.sub("", text).strip()
