"""Text of strangers as safe HTML: Markdown without HTML (markdown-it), then an allow-list (nh3).

No image is ever loaded, and a link whose words differ from its target shows the target too (a page in the knowledge
could otherwise make the bot leak by image or lure by link). Letters that turn the direction of writing round are left
out, for a target could be shown backwards. What would take the parser long is shown as plain text instead.
"""

import html
import re
from functools import lru_cache
from typing import Any

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.token import Token

TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href"}, "ol": {"start"}}
DIRECTION_MARKS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# The parser needs quadratic time for addresses, up to 0.3 ms a markup character, and a table's missing cells are made
# up; with these limits 50,000 characters of any pattern tried took at most 0.2 s (see tests/core/test_rendering.py).
MOST_ADDRESSES, MOST_MARKS, MOST_CELLS = 200, 3_000, 3_000
MARKS = re.compile(r"[\[\]*_~`<>!|\n]")
PLAIN = re.compile(r"^[\w \t,.!?'’\"();:/%€£$–—…-]*$")
LIST_OR_LINK = re.compile(
    r"^\s{0,3}(\d+[.)]|-+|\S*://|\t| {4})|https?://|www\.|\w\.\w|  $|---|_", re.MULTILINE
)


def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", {"html": False, "linkify": True, "breaks": True})
    parser.enable(["table", "strikethrough", "linkify"]).disable("image")
    parser.core.ruler.push("plain_headings", _lower_headings)
    return parser


def _lower_headings(state: Any) -> None:
    token: Token
    for token in state.tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = "h3" if token.tag in ("h1", "h2", "h3") else "h4"
        elif token.type == "inline" and token.children:
            token.children = _show_targets(token.children)


def _show_targets(tokens: list[Token]) -> list[Token]:
    shown: list[Token] = []
    target, words = "", ""
    for token in tokens:
        if token.type == "link_open":
            target, words = str(token.attrGet("href") or ""), ""
            token.attrs.pop("title", None)
        elif token.type == "link_close":
            if (
                target
                and words.strip() not in (target, target.removeprefix("mailto:"))
                and target
                not in (
                    f"http://{words.strip()}",
                    f"https://{words.strip()}",
                )
            ):
                shown.extend((token, Token("text", "", 0, content=f" ({target})")))
                target = ""
                continue
            target = ""
        else:
            words += token.content
        shown.append(token)
    return shown


_parser = _make_parser()


@lru_cache(maxsize=8192)
def render_markdown(text: str) -> str:
    """HTML for a message, safe to put into any page; about 0.4 ms, a few µs for plain sentences."""
    text = text.translate(DIRECTION_MARKS)
    if is_heavy(text):
        return render_plain(text)
    if PLAIN.match(text) and not LIST_OR_LINK.search(text):
        return f"<p>{html.escape(text.strip())}</p>" if text.strip() else ""
    return nh3.clean(
        _parser.render(text),
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
        set_tag_attribute_values={"a": {"target": "_blank"}},
    ).strip()


def is_heavy(text: str) -> bool:
    """Whether the parser would take long over `text`, or its HTML be many times as long."""
    if text.count("://") > MOST_ADDRESSES or len(MARKS.findall(text)) > MOST_MARKS:
        return True
    return sum(map(_count_cells, text.split("\n\n"))) > MOST_CELLS


def _count_cells(block: str) -> int:
    """At most so many cells come of the block, were it a table: each line has as many as the longest."""
    lines = block.split("\n")
    most = max(line.count("|") for line in lines)
    return (most + 1) * len(lines) if most else 0


@lru_cache(maxsize=8192)
def render_plain(text: str) -> str:
    """HTML for what a visitor wrote: shown as typed, with line breaks, never as Markdown."""
    text = text.translate(DIRECTION_MARKS).strip()
    paragraphs = [part for part in re.split(r"\n{2,}", text) if part]
    return "".join(f"<p>{html.escape(part).replace(chr(10), '<br>')}</p>" for part in paragraphs)


def mark_rendered(rendered: str) -> SafeString:
    """For Django's templates, which escape everything else: only ever what one of the two above returned."""
    return mark_safe(rendered)
