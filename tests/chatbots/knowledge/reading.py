"""Reading bytes with a format's reader."""

import io

from chatbots.knowledge.formats import find_format
from chatbots.knowledge.pieces import Parsed


def read(kind: str, data: bytes | str) -> Parsed:
    content = data if isinstance(data, bytes) else data.encode()
    return find_format(kind).read(io.BytesIO(content), lambda share: None)


def read_questions(kind: str, data: bytes | str) -> dict[str, tuple[str, ...]]:
    return {piece.title: piece.questions for piece in read(kind, data).pieces}
