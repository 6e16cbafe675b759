"""From a tree of HTML, or of trafilatura's own tags, to sections of Markdown blocks. Not recursive: trees may be deep."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from chatbots.knowledge.passages import LONGEST, split_lines, split_prose
from chatbots.knowledge.sections import Outline, Section, make_table

HEADINGS = {f"h{depth}": depth for depth in range(1, 7)}
BLOCKS = {
    "p", "div", "section", "article", "main", "body", "blockquote", "quote", "figure", "figcaption", "address", "dl",
    "dt", "dd", "fieldset", "details", "header", "tr", "td", "th", "ul", "ol", "list", "center", "hgroup", "caption",
}  # fmt: skip
ITEMS = {"li", "item"}
LISTS = {"ul", "ol", "list"}
BREAKS = {"br", "lb", "hr"}
TABLE_ROWS = {"tr", "row"}
TABLE_CELLS = {"td", "th", "cell"}
# Tags that are like a heading without being one: the question of a details element, a term.
NAMED_LIKE_HEADINGS = {"summary": 6}
MAX_INDENT = 4


@dataclass(slots=True)
class _Walk:
    """Text since the last block's end waits in `held`; `prefix` is put before the next block (a list's mark)."""

    outline: Outline = field(default_factory=Outline)
    held: list[str] = field(default_factory=list)
    items: list[str] = field(default_factory=list)
    depth: int = 0
    prefix: str = ""

    def end_block(self) -> None:
        text = _fold("".join(self.held))
        self.held.clear()
        if text and self.depth:
            self.items.append(self.prefix + text.replace("\n", " "))
            self.prefix = "  " * min(self.depth, MAX_INDENT)
        elif text:
            self.outline.add_blocks(split_prose(text))

    def end_list(self) -> None:
        self.end_block()
        self.depth = max(0, self.depth - 1)
        if not self.depth and self.items:
            whole = "\n".join(self.items)
            self.outline.add_blocks([whole] if len(whole) <= LONGEST else split_lines(self.items))
            self.items.clear()

    def add_heading(self, depth: int, name: str) -> None:
        while self.depth:
            self.end_list()
        self.end_block()
        if name:
            self.outline.add_heading(depth, name)

    def add_whole(self, blocks: list[str]) -> None:
        """A table or a piece of code. Inside a list it goes where the list goes."""
        self.end_block()
        if self.depth:
            self.items += blocks
        else:
            self.outline.add_blocks(blocks)


def find_sections(root: etree._Element) -> list[Section]:
    """Everything below `root` in the order of reading."""
    walk = _Walk()
    skipped: etree._Element | None = None
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if skipped is not None:
            if event == "end" and element is skipped:
                skipped = None
                walk.held.append(element.tail or "")
        elif not isinstance(element.tag, str):
            walk.held.append(element.tail or "") if event == "start" else None
        elif event == "start":
            if _take_whole(walk, element):
                skipped = element
            else:
                _begin(walk, element)
        else:
            _end(walk, element, is_root=element is root)
    while walk.depth:
        walk.end_list()
    walk.end_block()
    return walk.outline.sections


def _take_whole(walk: _Walk, element: etree._Element) -> bool:
    """Headings, tables and code are read at once; True where that was done."""
    depth = _find_depth(element)
    if depth:
        walk.add_heading(depth, _fold("".join(element.itertext())).replace("\n", " ").rstrip("¶# "))
    elif element.tag == "table" and element.find(".//table") is None:
        walk.add_whole(make_table(list(_read_rows(element))))
    elif element.tag in ("pre", "code") and "\n" in "".join(element.itertext()).strip():
        code = "".join(element.itertext()).strip("\n")
        walk.add_whole(split_lines(code.split("\n"), head="```", foot="```"))
    else:
        return False
    return True


def _find_depth(element: etree._Element) -> int:
    if element.tag == "head":  # trafilatura's headings; it gives a summary none
        return HEADINGS.get(element.get("rend", ""), 6)
    return HEADINGS.get(element.tag) or NAMED_LIKE_HEADINGS.get(element.tag, 0)


def _begin(walk: _Walk, element: etree._Element) -> None:
    if element.tag in ITEMS:
        walk.end_block()
        walk.depth = max(1, walk.depth)
        walk.prefix = "  " * min(walk.depth - 1, MAX_INDENT) + "- "
    elif element.tag in LISTS:
        walk.end_block()
        walk.depth += 1
    elif element.tag in BLOCKS:
        walk.end_block()
    elif element.tag in BREAKS:
        walk.held.append("\n")
    walk.held.append(_flatten(element.text))


def _end(walk: _Walk, element: etree._Element, *, is_root: bool) -> None:
    if element.tag in LISTS:
        walk.end_list()
    elif element.tag in ITEMS or element.tag in BLOCKS:
        walk.end_block()
    if not is_root:
        walk.held.append(_flatten(element.tail))


def _read_rows(table: etree._Element) -> Iterator[list[str]]:
    for row in table.iter(*TABLE_ROWS):
        yield [_fold("".join(cell.itertext())) for cell in row if cell.tag in TABLE_CELLS]


def _flatten(text: str | None) -> str:
    """Line ends in the file are spaces on the page; the ones that are seen are added for `br`."""
    return " ".join(text.split("\n")) if text else ""


def _fold(text: str) -> str:
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
