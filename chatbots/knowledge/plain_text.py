"""Plain text: paragraphs, which are what blank lines part, packed into passages."""

import re
from typing import BinaryIO

from chatbots.knowledge.encodings import decode_text
from chatbots.knowledge.passages import pack_blocks, split_prose
from chatbots.knowledge.pieces import OnProgress, Parsed, Piece
from core.errors import Invalid


def read_plain_text(opened: BinaryIO, on_progress: OnProgress) -> Parsed:
    """Passages take the source's title. Raises Invalid."""
    text = decode_text(opened)
    paragraphs = (paragraph.strip("\n") for paragraph in re.split(r"\n[ \t]*\n+", text))
    blocks = (part for paragraph in paragraphs if paragraph.strip() for part in split_prose(paragraph))
    pieces = [Piece(kind="passage", title="", text=passage) for passage in pack_blocks(blocks)]
    if not pieces:
        raise Invalid("There is no text in it.")
    on_progress(1.0)
    return Parsed(pieces=pieces)
