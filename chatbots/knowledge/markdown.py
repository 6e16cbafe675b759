"""Markdown: passages under their heading paths, cut between blocks; tables and code whole where they fit."""

import re
from typing import BinaryIO

from markdown_it import MarkdownIt
from markdown_it.token import Token

from chatbots.knowledge.encodings import decode_text
from chatbots.knowledge.passages import LONGEST, split_lines, split_prose
from chatbots.knowledge.pieces import OnProgress, Parsed
from chatbots.knowledge.sections import Outline, Section, make_passages
from core.errors import Invalid

FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)\n", re.DOTALL)
COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)


def read_markdown(opened: BinaryIO, on_progress: OnProgress) -> Parsed:
    """Passages before the first heading have no title of their own. Raises Invalid."""
    text = FRONT_MATTER.sub("", decode_text(opened), count=1)
    pieces = make_passages(_find_sections(text, on_progress))
    if not pieces:
        raise Invalid("There is no text in it, only headings or nothing at all.")
    return Parsed(pieces=pieces)


def _make_parser() -> MarkdownIt:
    """Blocks only: what is inside a paragraph is not looked at."""
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    return parser


def _find_sections(text: str, on_progress: OnProgress) -> list[Section]:
    lines = text.split("\n")
    tokens = _make_parser().parse(text)
    outline = Outline()
    for at, token in enumerate(tokens):
        if token.level or token.nesting < 0 or token.map is None:
            continue
        if token.type == "heading_open":
            outline.add_heading(int(token.tag[1:]), _clean_heading(tokens[at + 1].content))
            on_progress(token.map[0] / len(lines))
        else:
            outline.add_blocks(_split_block(token, lines[token.map[0] : token.map[1]]))
    return outline.sections


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


def _clean_heading(content: str) -> str:
    """The heading's words, without emphasis, links and anchors."""
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", content)
    text = re.sub(r"\s*\{#[^}]*\}\s*$", "", text)
    return " ".join(re.sub(r"[*`]|(?<!\w)_|_(?!\w)", "", text).split())
