"""A chunk's vectors as they are stored: float16 rows, one a variant (embedded as questions), then one of title and text
(embedded as a passage). A question that shall not be answered has the first kind only."""

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Protocol

import numpy as np

from chatbots.retrieval.embedding.base import Embedder, Rows

OUT_OF_SCOPE = "out_of_scope"
Stored = np.dtype("<f2")
Digest = bytes


class DamagedVectors(Exception):
    """What is stored is not so many rows of numbers. Embed the texts again."""


class Texts(Protocol):
    """A chunk, an entry or a piece, as far as its texts go."""

    @property
    def kind(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def questions(self) -> Sequence[str]: ...


def list_passages(texts: Texts) -> list[str]:
    """What is embedded as a passage: title and text, of everything that may be an answer."""
    return [] if texts.kind == OUT_OF_SCOPE else [f"{texts.title}\n{texts.text}"]


def list_digests(texts: Texts) -> list[Digest]:
    """One a row, equal for equal texts that are embedded in the same way."""
    return [
        *(_digest("question", text) for text in texts.questions),
        *(_digest("passage", text) for text in list_passages(texts)),
    ]


def pack_rows(rows: Rows) -> list[bytes]:
    """Each row as it is stored."""
    return [row.tobytes() for row in rows.astype(Stored)]


def unpack_rows(stored: bytes | memoryview | None, *, count: int) -> Rows:
    """(count, dim) float32. Raises DamagedVectors."""
    size = len(stored or b"")
    if stored is None or not size or not count or size % (count * Stored.itemsize):
        raise DamagedVectors
    rows = np.frombuffer(stored, dtype=Stored).reshape(count, -1).astype(np.float32)
    if not np.isfinite(rows).all():
        raise DamagedVectors
    return rows


def embed_texts(
    embedder: Embedder,
    chunks: Iterable[Texts],
    known: dict[Digest, bytes],
    *,
    on_text: Callable[[int], None] = lambda done: None,
) -> None:
    """Add the rows of all texts that are not in `known`; `on_text` hears how many are done. Raises EmbedderFailed."""
    questions: dict[Digest, str] = {}
    passages: dict[Digest, str] = {}
    for chunk in chunks:
        questions |= _find_missing("question", chunk.questions, known)
        passages |= _find_missing("passage", list_passages(chunk), known)
    done = 0
    for missing, embed in (
        (questions, lambda texts: embedder.embed_questions(texts, patient=True)),
        (passages, embedder.embed_passages),
    ):
        digests = list(missing)
        for start in range(0, len(digests), embedder.batch):
            batch = digests[start : start + embedder.batch]
            rows = embed([missing[digest] for digest in batch])
            known |= dict(zip(batch, pack_rows(rows), strict=True))
            done += len(batch)
            on_text(done)


def join_rows(texts: Texts, known: Mapping[Digest, bytes]) -> bytes | None:
    """What is stored for a chunk; None where a row is missing, or rows are not of one length."""
    rows = [known.get(digest) for digest in list_digests(texts)]
    found = [row for row in rows if row is not None]
    if not found or len(found) < len(rows) or len({len(row) for row in found}) > 1:
        return None
    return b"".join(found)


def split_rows(texts: Texts, stored: bytes | memoryview | None) -> dict[Digest, bytes]:
    """The rows of a stored chunk by their texts; empty where they are damaged."""
    digests = list_digests(texts)
    try:
        rows = unpack_rows(stored, count=len(digests))
    except DamagedVectors:
        return {}
    return dict(zip(digests, pack_rows(rows), strict=True))


def _find_missing(way: str, texts: Iterable[str], known: Mapping[Digest, bytes]) -> dict[Digest, str]:
    return {digest: text for text in texts if (digest := _digest(way, text)) not in known}


def _digest(way: str, text: str) -> Digest:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16, person=way.encode()).digest()
