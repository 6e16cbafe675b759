"""What lines of printed pages are: headings by size, headers and footers by repetition, paragraphs by their ends."""

import re
from collections import Counter
from dataclasses import dataclass

from chatbots.knowledge.passages import split_prose

# A heading's letters are so much larger than most, and it is no longer than a line or two. There are at most three sizes.
LARGER = 1.12
LONGEST_HEADING = 150
HEADING_SIZES = 3
# What stands in the first or last lines of so many pages is no content.
EDGE_LINES = 2
LONGEST_EDGE = 90
REPEATED_ON = 0.6
FEWEST_PAGES = 3
PAGE_NUMBER = re.compile(
    r"(?:page|seite|p\.|s\.)?\s*[-–—]?\s*\d{1,4}\s*(?:[-–—/]|of|von|de|sur)?\s*\d{0,4}\s*[-–—]?",
    re.IGNORECASE,
)
BULLET = re.compile(r"^\s*(?:[•▪◦●‣·*–-]|\(?\d{1,3}[.)])\s+")
SENTENCE_END = (".", "!", "?", ":", "。", "！", "？", "؟", "…", "”", '"')


@dataclass(frozen=True, slots=True)
class Line:
    """`size` is that of most of its letters, in points; empty lines have 0."""

    text: str
    size: float

    def is_short(self) -> bool:
        return 1 < len(self.text) <= LONGEST_HEADING and any(letter.isalpha() for letter in self.text)


def drop_repeated(pages: list[list[Line]]) -> list[list[Line]]:
    """The pages without headers, footers and page numbers."""
    seen = Counter(key for lines in pages for key in {_make_key(line) for line in _take_edges(lines)})
    repeated: set[str] = set()
    if len(pages) >= FEWEST_PAGES:
        repeated = {
            key for key, count in seen.items() if count >= max(FEWEST_PAGES, REPEATED_ON * len(pages))
        }
    kept = [_drop_edges(lines, repeated) for lines in pages]
    return kept if any(line.text for lines in kept for line in lines) else pages


def find_headings(pages: list[list[Line]]) -> dict[float, int]:
    """Size -> depth of the headings that are set in it, 1 for the largest. Empty where all text has one size."""
    letters: Counter[float] = Counter()
    for lines in pages:
        for line in lines:
            letters[line.size] += len(line.text)
    if not letters:
        return {}
    body, most = letters.most_common(1)[0]
    sizes = sorted(
        (size for size in letters if size >= body * LARGER and letters[size] < most / 2), reverse=True
    )
    return {size: min(depth, HEADING_SIZES) for depth, size in enumerate(sizes, start=1)}


def join_paragraphs(lines: list[Line]) -> list[str]:
    """Lines joined to paragraphs, words that were hyphenated at line ends mended, bullets each on a line."""
    widest = max((len(line.text) for line in lines), default=0)
    paragraphs: list[str] = []
    open_ended = False
    for line in lines:
        text = line.text.replace("\u00ad\n", "").strip()
        if not text:
            open_ended = False
        elif BULLET.match(text):
            marked = (
                f"- {text.lstrip()[1:].strip()}" if not text.lstrip()[:2].strip("()")[:1].isdigit() else text
            )
            open_ended = _add_bullet(paragraphs, marked)
        elif open_ended:
            paragraphs[-1] = _join(paragraphs[-1], text)
        else:
            paragraphs.append(text)
        if text:
            open_ended = not (text.endswith(SENTENCE_END) and len(text) < 0.8 * widest)
    return [part for paragraph in paragraphs for part in split_prose(paragraph.replace("\u00ad", ""))]


def _add_bullet(paragraphs: list[str], marked: str) -> bool:
    """Bullets that follow each other are one list."""
    if paragraphs and BULLET.match(paragraphs[-1]):
        paragraphs[-1] += f"\n{marked}"
    else:
        paragraphs.append(marked)
    return True


def _join(before: str, text: str) -> str:
    """A hyphen before a small letter was put there by the line's end, unless a number or capital stands before it."""
    if before.endswith("\u00ad"):
        return before[:-1] + text
    if re.search(r"[^\W\d_]{2}-$", before) and text[:1].islower():
        return before[:-1] + text
    return f"{before} {text}"


def _take_edges(lines: list[Line]) -> list[Line]:
    filled = [line for line in lines if line.text]
    return [line for line in filled[:EDGE_LINES] + filled[-EDGE_LINES:] if len(line.text) <= LONGEST_EDGE]


def _drop_edges(lines: list[Line], repeated: set[str]) -> list[Line]:
    filled = [at for at, line in enumerate(lines) if line.text]
    edges = {*filled[:EDGE_LINES], *filled[-EDGE_LINES:]}
    return [
        line
        for at, line in enumerate(lines)
        if at not in edges or not (_make_key(line) in repeated or PAGE_NUMBER.fullmatch(line.text))
    ]


def _make_key(line: Line) -> str:
    """The same header on two pages, whatever page numbers it holds."""
    return re.sub(r"\d+", "#", line.text.casefold())
