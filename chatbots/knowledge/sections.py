"""What stands under one heading: gathered from any format with headings, and packed into passages."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from chatbots.knowledge.passages import LONGEST, pack_blocks, split_lines
from chatbots.knowledge.pieces import MAX_TITLE, Piece

PATH_JOINT = " › "
# Less than a sentence says nothing by itself: it goes with its neighbour.
TINY = 60


@dataclass(slots=True)
class Section:
    """What stands between one heading and the next. `path` are the headings above, the own one last."""

    path: tuple[str, ...]
    blocks: list[str] = field(default_factory=list)

    def measure(self) -> int:
        return sum(map(len, self.blocks))


@dataclass(slots=True)
class Outline:
    """Sections as they grow while a document is read from its start to its end."""

    sections: list[Section] = field(default_factory=lambda: [Section(())])
    _path: list[tuple[int, str]] = field(default_factory=list)

    def add_heading(self, depth: int, name: str) -> None:
        """Begin a section below all open headings of less `depth`."""
        self._path = [*((level, held) for level, held in self._path if level < depth), (depth, name)]
        self.sections.append(Section(tuple(held for _, held in self._path if held)))

    def add_blocks(self, blocks: Iterable[str]) -> None:
        self.sections[-1].blocks += [block for block in blocks if block]


def make_passages(sections: Sequence[Section]) -> list[Piece]:
    """Passages with their heading paths as titles; sections of a few words joined with their neighbours."""
    return [
        Piece(kind="passage", title=join_path(section.path), text=passage)
        for section in _merge_tiny(sections)
        for passage in pack_blocks(section.blocks)
    ]


def make_table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows of cells as a Markdown table, the first one its header; cut with its header repeated where it is long."""
    filled = [list(map(_clean_cell, row)) for row in rows if any(cell.strip() for cell in row)]
    if not filled:
        return []
    width = max(map(len, filled))
    if width == 1:
        return [row[0] for row in filled]
    lines = [f"| {' | '.join(row + [''] * (width - len(row)))} |" for row in filled]
    head = f"{lines[0]}\n|{' --- |' * width}"
    table = "\n".join([head, *lines[1:]])
    return [table] if len(table) <= LONGEST or len(lines) == 1 else split_lines(lines[1:], head=head)


def join_path(path: tuple[str, ...]) -> str:
    """All headings; where that is too long, the last ones."""
    while len(path) > 1 and len(PATH_JOINT.join(path)) > MAX_TITLE:
        path = path[1:]
    return PATH_JOINT.join(path)[:MAX_TITLE]


def _clean_cell(cell: str) -> str:
    return " ".join(cell.split()).replace("|", "\\|")


def _merge_tiny(sections: Sequence[Section]) -> Iterator[Section]:
    """A section of a few words goes in front of its first part, else behind the section before it, under its name."""
    merged: list[Section] = []
    for at, section in enumerate(sections):
        if not section.blocks:
            continue
        following = sections[at + 1] if at + 1 < len(sections) else None
        if section.measure() >= TINY:
            merged.append(section)
        elif following and following.blocks and section.path and following.path[:-1] == section.path:
            following.blocks[:0] = section.blocks
        elif merged and section.path and merged[-1].path[:-1] == section.path[:-1]:
            merged[-1].blocks.append("\n\n".join([f"**{section.path[-1]}**", *section.blocks]))
        else:
            merged.append(section)
    return iter(merged)
