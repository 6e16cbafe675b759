"""Cutting text into passages: big enough to be understood alone, small enough to be quoted. Sizes are in characters."""

import re
from collections.abc import Iterable, Iterator

# About 200 words: an answer that fits a chat window, and a text whose words are about one thing.
TARGET = 1_200
# Tables and code are kept whole up to here.
LONGEST = 2_500
SENTENCE_END = re.compile(r"(?<=[.!?…])[\"”’)\]]*\s+|(?<=[。！？])|(?<=[؟۔])\s*|\n")


def pack_blocks(blocks: Iterable[str]) -> Iterator[str]:
    """Join neighbours with a blank line as long as they stay within the target. Blocks are at most `LONGEST` long."""
    held: list[str] = []
    size = 0
    for block in blocks:
        if held and size + len(block) > TARGET:
            yield "\n\n".join(held)
            held, size = [], 0
        held.append(block)
        size += len(block) + 2
    if held:
        yield "\n\n".join(held)


def split_prose(text: str) -> list[str]:
    """A paragraph as it is, or one that is too long cut after sentences, else between words, else anywhere."""
    if len(text) <= TARGET:
        return [text]
    return _gather(_split_sentences(text), joint=" ", limit=TARGET)


def split_lines(lines: list[str], *, head: str = "", foot: str = "", limit: int = LONGEST) -> list[str]:
    """Lines gathered into parts, each with `head` and `foot` around it: a table's header, a code fence."""
    room = max(200, limit - len(head) - len(foot))
    cut = [piece for line in lines for piece in _cut_hard(line, room)]
    return ["\n".join(filter(None, (head, part, foot))) for part in _gather(cut, joint="\n", limit=room)]


def _split_sentences(text: str) -> Iterator[str]:
    for sentence in SENTENCE_END.split(text):
        if len(sentence) <= TARGET:
            yield sentence
        else:
            yield from _gather(
                (cut for word in sentence.split() for cut in _cut_hard(word, TARGET)), joint=" ", limit=TARGET
            )


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
