"""Any endpoint that speaks OpenAI's embeddings: OpenAI itself, Ollama, vLLM, text-embeddings-inference …

The official SDK carries the requests. Its own retries are off: ours know who waits. Somebody waits for a question, so it
has one try and a short time; passages are embedded by a job, which has all the time it needs.
"""

import random
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from django.conf import settings
from openai import OpenAI, Timeout

from chatbots.retrieval.embedding.base import Embedder, EmbedderFailed, Rows, clean_text, make_unit_rows
from chatbots.retrieval.embedding.names import name_openai
from chatbots.retrieval.embedding.openai_faults import NO_EMBEDDINGS, explain_error

OFFICIAL_URL = "https://api.openai.com/v1"
CONNECT_SECONDS = 3.0
TRIES = 4
# With full jitter, over one second, two and four, or as long as the provider says.
BACKOFF_SECONDS = 1.0
LONGEST_WAIT_SECONDS = 30.0
# After a question's embedding failed, the next ones are searched by words for so long before another is tried.
PAUSE_SECONDS = 15.0
# Models take 8,000 tokens and less; a chunk is far below.
MAX_CHARACTERS = 8_000


class OpenAIEmbedder:
    """One for the process; the SDK's client keeps connections open and may be shared by threads."""

    def __init__(self) -> None:
        self.name = name_openai()
        self.batch = max(1, settings.EMBEDDINGS_BATCH)
        self.question_batch = self.batch
        self._quiet_until = 0.0
        self._client = OpenAI(
            base_url=settings.EMBEDDINGS_BASE_URL or OFFICIAL_URL,
            api_key=settings.EMBEDDINGS_API_KEY or "none",
            max_retries=0,
        )

    def embed_questions(self, texts: Sequence[str], *, patient: bool = False) -> Rows:
        """One try. After one that failed, fails at once for a while: nobody waits for what is down."""
        prefix = settings.EMBEDDINGS_QUESTION_PREFIX
        if patient:
            return self._ask_all(prefix, texts, settings.PROVIDER_TIMEOUT_SECONDS, tries=TRIES)
        if time.monotonic() < self._quiet_until:
            raise EmbedderFailed("The embeddings endpoint failed a moment ago.", passing=True)
        try:
            return self._ask_all(prefix, texts, settings.EMBEDDINGS_TIMEOUT_SECONDS, tries=1)
        except EmbedderFailed:
            self._quiet_until = time.monotonic() + PAUSE_SECONDS
            raise

    def embed_passages(self, texts: Sequence[str]) -> Rows:
        return self._ask_all(
            settings.EMBEDDINGS_PASSAGE_PREFIX, texts, settings.PROVIDER_TIMEOUT_SECONDS, tries=TRIES
        )

    def _ask_all(self, prefix: str, texts: Sequence[str], seconds: float, *, tries: int) -> Rows:
        # An empty text is refused by some, and ends up near to nothing in particular as a single dot, too.
        cleaned = [prefix + (clean_text(text, limit=MAX_CHARACTERS).strip() or ".") for text in texts]
        parts = [
            self._try(cleaned[start : start + self.batch], seconds, tries=tries)
            for start in range(0, len(cleaned), self.batch)
        ]
        if len({part.shape[1] for part in parts}) > 1:
            raise EmbedderFailed(NO_EMBEDDINGS)
        return np.concatenate(parts) if parts else np.zeros((0, 0), dtype=np.float32)

    def _try(self, texts: list[str], seconds: float, *, tries: int) -> Rows:
        for attempt in range(tries):
            try:
                return self._ask(texts, seconds)
            except Exception as error:  # noqa: BLE001 - the SDK lets through whatever its libraries raise on garbage
                fault = explain_error(error)
                if not fault.passing or attempt == tries - 1:
                    raise fault from None
            backoff = random.uniform(0, BACKOFF_SECONDS * 2**attempt)  # noqa: S311 - no secret
            time.sleep(min(LONGEST_WAIT_SECONDS, fault.retry_after_s or backoff))
        raise AssertionError("the last try returns or raises")

    def _ask(self, texts: list[str], seconds: float) -> Rows:
        """The SDK asks for base64 and reads it, or takes numbers from an endpoint that knows nothing else."""
        timeout = Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))
        answer = self._client.with_options(timeout=timeout).embeddings.create(
            model=settings.EMBEDDINGS_MODEL, input=texts
        )
        return read_rows(answer, count=len(texts))


def read_rows(answer: Any, *, count: int) -> Rows:
    """The rows in the order of the texts, as unit vectors. Raises EmbedderFailed for what are none."""
    try:
        ordered = sorted(answer.data, key=lambda one: one.index)
        places = [one.index for one in ordered]
        rows = np.array([one.embedding for one in ordered], dtype=np.float32)
    except (TypeError, ValueError, AttributeError):
        raise EmbedderFailed(NO_EMBEDDINGS) from None
    whole = places == list(range(count)) and rows.ndim == 2 and rows.shape[1] > 0 and np.isfinite(rows).all()
    if not whole:
        raise EmbedderFailed(NO_EMBEDDINGS)
    return make_unit_rows(rows)


def make_embedder() -> Embedder:
    """Raises EmbedderFailed where no model is named."""
    if not settings.EMBEDDINGS_MODEL:
        raise EmbedderFailed("EMBEDDER is openai, and EMBEDDINGS_MODEL names no model.")
    return OpenAIEmbedder()
