"""What an index gives back: titles and texts of its entries, kept beside the scores so that a search asks no database."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt

from chatbots.retrieval.base import Candidate


class Entry(msgspec.Struct, frozen=True, array_like=True):
    """One chunk as it goes into an index. `questions` are a FAQ entry's variants, none for a passage."""

    chunk_id: int
    source_id: int
    source: str
    title: str
    text: str
    kind: str
    questions: tuple[str, ...] = ()


class Shown(msgspec.Struct, frozen=True, array_like=True):
    """The part of an entry that a candidate shows."""

    chunk_id: int
    source_id: int
    source: str
    title: str
    text: str
    kind: str


@dataclass(frozen=True, slots=True)
class TextStore:
    """Packed entries one after the other in `packed`; entry e is `packed[offsets[e]:offsets[e + 1]]`."""

    packed: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    answer_weights: npt.NDArray[np.float32]  # what an entry's own text counts for: less where it has variants

    @classmethod
    def from_entries(cls, entries: Sequence[Entry], *, answer_weight: float) -> "TextStore":
        encode = msgspec.msgpack.Encoder().encode
        parts = [
            encode(Shown(entry.chunk_id, entry.source_id, entry.source, entry.title, entry.text, entry.kind))
            for entry in entries
        ]
        offsets = np.cumsum([0, *map(len, parts)], dtype=np.int64)
        weights = np.array([answer_weight if entry.questions else 1.0 for entry in entries], dtype=np.float32)
        return cls(np.frombuffer(b"".join(parts), dtype=np.uint8), offsets, weights)

    def make_candidate(self, entry: int, *, word_score: float, confidence: float) -> Candidate:
        raw = self.packed[self.offsets[entry] : self.offsets[entry + 1]].tobytes()
        shown = msgspec.msgpack.decode(raw, type=Shown)
        return Candidate(
            chunk_id=shown.chunk_id,
            source_id=shown.source_id,
            source=shown.source,
            title=shown.title,
            text=shown.text,
            kind=shown.kind,
            word_score=word_score,
            confidence=confidence,
        )
