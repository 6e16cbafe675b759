"""Cutting text into passages: big enough to be understood alone, small enough to be quoted. Sizes are in characters."""

from collections.abc import Iterable, Iterator
from functools import cache

from semantic_text_splitter import TextSplitter

# About 200 words: an answer that fits a chat window, and a text whose words are about one thing.
TARGET = 1_200
# Tables and code are kept whole up to here.
LONGEST = 2_500
# A last passage shorter than this joins the one before it.
TAIL = 120


def pack_blocks(blocks: Iterable[str]) -> Iterator[str]:
    """Join neighbours with a blank line as long as they stay within the target. Blocks are at most `LONGEST` long."""
    packed: list[list[str]] = []
    size = 0
    for block in blocks:
        if not packed or size + len(block) > TARGET:
            packed.append([])
            size = 0
        packed[-1].append(block)
        size += len(block) + 2
    if len(packed) > 1 and size < TAIL:
        packed[-2] += packed.pop()
    return map("\n\n".join, packed)


def split_prose(text: str) -> list[str]:
    """A paragraph as it is, or one that is too long cut where it hurts least: lines, sentences, words, characters."""
    return [text] if len(text) <= TARGET else _make_splitter().chunks(text)


@cache
def _make_splitter() -> TextSplitter:
    return TextSplitter(TARGET)


def split_lines(lines: list[str], *, head: str = "", foot: str = "", limit: int = LONGEST) -> list[str]:
    """Lines gathered into parts, each with `head` and `foot` around it: a table's header, a code fence."""
    room = max(200, limit - len(head) - len(foot))
    cut = [piece for line in lines for piece in _cut_hard(line, room)]
    return ["\n".join(filter(None, (head, part, foot))) for part in _gather(cut, joint="\n", limit=room)]


def _gather(parts: Iterable[str], *, joint: str, limit: int) -> list[str]:
    gathered: list[str] = []
    held: list[str] = []
    size = 0
    for part in parts:
        if held and size + len(part) > limit:
            gathered.append(joint.join(held))
            held, size = [], 0
        if part or held:
            held.append(part)
            size += len(part) + len(joint)
    if held:
        gathered.append(joint.join(held))
    return [stripped for part in gathered if (stripped := part.strip("\n"))]


def _cut_hard(text: str, limit: int) -> list[str]:
    return [text[at : at + limit] for at in range(0, len(text), limit)] or [""]
