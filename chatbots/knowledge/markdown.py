"""Markdown: passages under their heading paths, cut between blocks; tables and code whole where they fit."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatbots.knowledge.encodings import decode_text
from chatbots.knowledge.passages import LONGEST, pack_blocks, split_lines, split_prose
from chatbots.knowledge.pieces import MAX_TITLE, OnProgress, Parsed, Piece
from core.errors import Invalid

PATH_JOINT = " › "
# Less than a sentence says nothing by itself: it goes with its neighbour.
TINY = 60
FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


@dataclass(slots=True)
class _Section:
    """What stands between one heading and the next. `path` are the headings above, the own one last."""

    path: tuple[str, ...]
    blocks: list[str] = field(default_factory=list)

    def measure(self) -> int:
        return sum(map(len, self.blocks))


def read_markdown(opened: BinaryIO, on_progress: OnProgress) -> Parsed:
    """Passages before the first heading have no title of their own. Raises Invalid."""
    text = FRONT_MATTER.sub("", decode_text(opened), count=1)
    sections = _merge_tiny(list(_find_sections(text, on_progress)))
    pieces = [
        Piece(kind="passage", title=_join_path(section.path), text=passage)
        for section in sections
        for passage in pack_blocks(section.blocks)
    ]
    if not pieces:
        raise Invalid("There is no text in it, only headings or nothing at all.")
    return Parsed(pieces=pieces)


def _make_parser() -> MarkdownIt:
    """Blocks only: what is inside a paragraph is not looked at."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _find_sections(text: str, on_progress: OnProgress) -> Iterator[_Section]:
    lines = text.split("\n")
    tokens = _make_parser().parse(text)
    path: list[tuple[int, str]] = []
    section = _Section(())
    for at, token in enumerate(tokens):
        if token.level or token.nesting < 0 or token.map is None:
            continue
        if token.type == "heading_open":
            yield section
            depth = int(token.tag[1:])
            path = [
                *((level, name) for level, name in path if level < depth),
                (depth, _clean_heading(tokens[at + 1].content)),
            ]
            section = _Section(tuple(name for _, name in path if name))
            on_progress(token.map[0] / len(lines))
        else:
            section.blocks += _split_block(token, lines[token.map[0] : token.map[1]])
    yield section


def _split_block(token: Token, lines: list[str]) -> list[str]:
    text = "\n".join(lines).strip("\n")
    match token.type:
        case "hr":
            return []
        case "html_block":
            text = COMMENT.sub("", text).strip()
            return split_prose(text) if text else []
        case "table_open" if len(text) > LONGEST:
            return split_lines(lines[2:], head="\n".join(lines[:2]))
        case "fence" if len(text) > LONGEST:
            return split_lines(
                token.content.rstrip("\n").split("\n"), head=token.markup + token.info, foot=token.markup
            )
        case "code_block" | "bullet_list_open" | "ordered_list_open" | "blockquote_open" if (
            len(text) > LONGEST
        ):
            return split_lines(lines)
        case "paragraph_open":
            return split_prose(text)
    return [text] if text else []


def _merge_tiny(sections: list[_Section]) -> list[_Section]:
    """A section of a few words goes in front of its first part, else behind the section before it, under its name."""
    merged: list[_Section] = []
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
    return merged


def _clean_heading(content: str) -> str:
    """The heading's words, without emphasis, links and anchors."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", content)
    text = re.sub(r"\s*\{#[^}]*\}\s*$", "", text)
    return " ".join(re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", text).split())


def _join_path(path: tuple[str, ...]) -> str:
    """All headings; where that is too long, the last ones."""
    while len(path) > 1 and len(PATH_JOINT.join(path)) > MAX_TITLE:
        path = path[1:]
    return PATH_JOINT.join(path)[:MAX_TITLE]
