"""Vectors of questions: remembered, made together where that helps, never on an event loop."""

from typing import Any

import pytest

from chatbots.retrieval.embedding import questions as module
from chatbots.retrieval.embedding.base import EmbedderFailed
from chatbots.retrieval.embedding.questions import (
    embed_question,
    expect_question,
    find_vector,
    forget_questions,
    prepare_questions,
)
from tests.embeddings import CountingEmbedder


@pytest.fixture(autouse=True)
def nothing_remembered() -> None:
    forget_questions()


def test_a_question_is_embedded_once_however_it_is_spaced() -> None:
    embedder = CountingEmbedder()
    first = embed_question(embedder, "Where is my parcel?")
    assert embed_question(embedder, "  Where is\tmy parcel? ") is first
    assert find_vector(embedder.name, "Where is my parcel?") is first
    assert embedder.questions == ["Where is my parcel?"]


def test_vectors_of_another_embedder_are_not_taken() -> None:
    embed_question(CountingEmbedder(), "Hi")
    assert find_vector("another", "Hi") is None


def test_those_who_are_expected_go_along_where_that_is_faster() -> None:
    for question in ("a", "b", "c", "d"):
        expect_question("remote", question)
    expect_question("another", "e")
    remote = CountingEmbedder(name="remote", question_batch=3)
    embed_question(remote, "b")
    assert remote.questions == ["b", "a", "c"]
    assert find_vector("remote", "c") is not None
    local = CountingEmbedder(name="another")
    embed_question(local, "f")
    assert local.questions == ["f"]


def test_who_was_expected_long_ago_is_not_embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    expect_question("remote", "a")
    monkeypatch.setattr(module, "EXPECTED_SECONDS", -1.0)
    remote = CountingEmbedder(name="remote", question_batch=3)
    embed_question(remote, "b")
    assert remote.questions == ["b"]


def test_an_embedder_that_fails_gives_no_vector() -> None:
    embedder = CountingEmbedder(failing=EmbedderFailed("down"), left=0)
    assert embed_question(embedder, "Hi") is None
    with pytest.raises(EmbedderFailed):
        prepare_questions(embedder, ["Hi"])
    embedder.failing = None
    assert embed_question(embedder, "Hi") is not None


def test_only_so_many_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "KEPT_VECTORS", 3)
    embedder = CountingEmbedder()
    prepare_questions(embedder, ["a", "b", "c"])
    find_vector(embedder.name, "a")
    embed_question(embedder, "d")
    known = [name for name in "abcd" if find_vector(embedder.name, name) is not None]
    assert known == ["a", "c", "d"]


async def test_an_event_loop_is_refused() -> None:
    embedder: Any = CountingEmbedder()
    with pytest.raises(RuntimeError, match="event loop"):
        embed_question(embedder, "Hi")
    with pytest.raises(RuntimeError, match="event loop"):
        prepare_questions(embedder, ["Hi"])
    assert embedder.questions == []
