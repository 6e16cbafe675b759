"""Vectors of questions, remembered: people ask the same things, and a question is looked at more than once.

The event loop may look for a vector and say that a question is coming; it never embeds, which takes 10 ms or a trip over
the network.
"""

import asyncio
import hashlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from chatbots.retrieval.embedding.base import Embedder, EmbedderFailed

logger = logging.getLogger(__name__)
Row = npt.NDArray[np.float32]
Key = tuple[str, bytes]

# 1.5 KB each: 6 MB at most.
KEPT_VECTORS = 4_096
# A question that was announced and not asked for within this time was answered otherwise.
EXPECTED_SECONDS = 2.0
MOST_EXPECTED = 256
LOGGED_EVERY_SECONDS = 60.0

_kept: OrderedDict[Key, Row] = OrderedDict()
_expected: OrderedDict[Key, tuple[str, float]] = OrderedDict()
_guard = threading.Lock()
_logged_at = -LOGGED_EVERY_SECONDS


def find_vector(name: str, question: str) -> Row | None:
    """The vector that the embedder `name` made of this question a while ago. Embeds nothing."""
    key = _make_key(name, question)
    with _guard:
        if (found := _kept.get(key)) is not None:
            _kept.move_to_end(key)
        return found


def expect_question(name: str, question: str) -> None:
    """Somebody is about to embed this question: whoever is first takes the others along."""
    with _guard:
        _expected[_make_key(name, question)] = (question, time.monotonic())
        while len(_expected) > MOST_EXPECTED:
            _expected.popitem(last=False)


def embed_question(embedder: Embedder, question: str) -> Row | None:
    """The question's unit vector, embedded together with those that are expected. None where the embedder fails.

    Not for an event loop, which it refuses with RuntimeError.
    """
    if (found := find_vector(embedder.name, question)) is not None:
        return found
    try:
        prepare_questions(embedder, [question, *_take_expected(embedder, question)])
    except EmbedderFailed as failure:
        _log_failure(failure)
    return find_vector(embedder.name, question)


def prepare_questions(embedder: Embedder, questions: Sequence[str]) -> None:
    """Embed those of the questions that are not remembered, and remember them. Raises EmbedderFailed, RuntimeError."""
    _refuse_event_loop()
    missing = {
        key: text
        for text in questions
        if find_vector(embedder.name, text) is None and (key := _make_key(embedder.name, text))
    }
    if not missing:
        return
    rows = embedder.embed_questions(list(missing.values()))
    with _guard:
        for key, row in zip(missing, rows, strict=True):
            _kept[key] = row.copy()  # a view would keep the whole batch
        while len(_kept) > KEPT_VECTORS:
            _kept.popitem(last=False)


def forget_questions() -> None:
    with _guard:
        _kept.clear()
        _expected.clear()


def _take_expected(embedder: Embedder, question: str) -> list[str]:
    """As many as are faster embedded together; what nobody came for is dropped."""
    own, since = _make_key(embedder.name, question), time.monotonic() - EXPECTED_SECONDS
    with _guard:
        _expected.pop(own, None)
        for key in [key for key, (_, at) in _expected.items() if at < since]:
            del _expected[key]
        fitting = [key for key in _expected if key[0] == embedder.name][: embedder.question_batch - 1]
        return [_expected.pop(key)[0] for key in fitting]


def _make_key(name: str, question: str) -> Key:
    text = " ".join(question.split()).encode("utf-8", "replace")
    return name, hashlib.blake2b(text, digest_size=16).digest()


def _refuse_event_loop() -> None:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise RuntimeError("An event loop must not embed: everybody else would wait.")


def _log_failure(failure: EmbedderFailed) -> None:
    global _logged_at
    if time.monotonic() - _logged_at >= LOGGED_EVERY_SECONDS:
        _logged_at = time.monotonic()
        logger.warning("questions are searched by words alone: %s", failure.detail)
