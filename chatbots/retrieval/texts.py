"""What an index gives back: titles and texts of its entries, kept beside the scores so that a search asks no database."""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
    url: str = ""


class Shown(msgspec.Struct, frozen=True, array_like=True):
    """The part of an entry that a candidate shows."""

    chunk_id: int
    source_id: int
    source: str
    title: str
    text: str
    kind: str
    url: str


KEPT_ENTRIES = 500
_decode_shown = msgspec.msgpack.Decoder(Shown).decode


@dataclass(frozen=True, slots=True)
class TextStore:
    """Packed entries one after the other in `packed`; entry e is `packed[offsets[e]:offsets[e + 1]]`."""

    packed: npt.NDArray[np.uint8]
    offsets: npt.NDArray[np.int64]
    answer_weights: npt.NDArray[np.float32]  # what an entry's own text counts for: less where it has variants
    chunk_ids: npt.NDArray[np.int64]

    _shown: dict[int, Shown] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def from_entries(cls, entries: Sequence[Entry], *, answer_weight: float) -> "TextStore":
        encode = msgspec.msgpack.Encoder().encode
        parts = [encode(_show(entry)) for entry in entries]
        offsets = np.cumsum([0, *map(len, parts)], dtype=np.int64)
        weights = np.array([answer_weight if entry.questions else 1.0 for entry in entries], dtype=np.float32)
        ids = np.array([entry.chunk_id for entry in entries], dtype=np.int64)
        return cls(np.frombuffer(b"".join(parts), dtype=np.uint8), offsets, weights, ids)

    def find_entry(self, chunk_id: int) -> int | None:
        """The entry of a chunk, None where it is not in here."""
        found = np.flatnonzero(self.chunk_ids == chunk_id)
        return int(found[0]) if len(found) else None

    def _read_shown(self, entry: int) -> Shown:
        """Read from the file, and remembered while few are: people ask about the same things."""
        raw = self.packed[self.offsets[entry] : self.offsets[entry + 1]].tobytes()
        if len(self._shown) >= KEPT_ENTRIES:
            self._shown.clear()
        self._shown[entry] = shown = _decode_shown(raw)
        return shown

    def make_candidate(
        self, entry: int, *, word_score: float, confidence: float, score: float, meaning_score: float = 0.0
    ) -> Candidate:
        shown = self._shown.get(entry) or self._read_shown(entry)
        return Candidate(
            chunk_id=shown.chunk_id,
            source_id=shown.source_id,
            source=shown.source,
            title=shown.title,
            text=shown.text,
            kind=shown.kind,
            word_score=word_score,
            confidence=confidence,
            url=shown.url,
            meaning_score=meaning_score,
            score=score,
        )


def _show(entry: Entry) -> Shown:
    return Shown(
        entry.chunk_id, entry.source_id, entry.source, entry.title, entry.text, entry.kind, entry.url
    )
