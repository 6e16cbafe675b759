"""An endpoint that speaks OpenAI's embeddings: batches, both encodings, tries, and a sentence for each fault."""

import threading
from typing import Any

import numpy as np
import pytest

from chatbots.retrieval.embedding.base import (
    Embedder,
    EmbedderFailed,
    find_embedder,
    forget_embedders,
    name_embedder,
)
from tests.embeddings import Answer, Endpoint, embed_by_words


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses between tries, not waited for."""
    waited: list[float] = []
    monkeypatch.setattr("chatbots.retrieval.embedding.openai.time.sleep", waited.append)
    return waited


def load() -> Embedder:
    forget_embedders()
    found = find_embedder()
    assert found is not None
    return found


@pytest.mark.parametrize("floats", [False, True], ids=["base64", "float"])
def test_rows_come_in_the_order_of_the_texts(endpoint: Endpoint, floats: bool) -> None:
    endpoint.floats = floats
    texts = ["refund please", "opening hours", ""]
    rows = load().embed_passages(texts)
    assert np.abs(rows - embed_by_words(["refund please", "opening hours", "."])).max() < 1e-6


def test_texts_go_in_batches(endpoint: Endpoint, settings: Any) -> None:
    settings.EMBEDDINGS_BATCH = 4
    assert load().embed_passages([str(number) for number in range(10)]).shape[0] == 10
    assert [len(request["input"]) for request in endpoint.requests] == [4, 4, 2]


def test_prefixes_stand_before_the_texts_and_in_the_name(endpoint: Endpoint, settings: Any) -> None:
    plain = name_embedder()
    settings.EMBEDDINGS_QUESTION_PREFIX, settings.EMBEDDINGS_PASSAGE_PREFIX = "query: ", "passage: "
    embedder = load()
    embedder.embed_questions(["a"])
    embedder.embed_passages(["b"])
    assert [request["input"] for request in endpoint.requests] == [["query: a"], ["passage: b"]]
    assert plain == "openai/small-embedder"
    assert embedder.name == name_embedder() != plain


def test_a_job_tries_again_and_heeds_what_the_provider_says(
    endpoint: Endpoint, no_waiting: list[float]
) -> None:
    endpoint.refuse(429, retry_after="7")
    endpoint.refuse(500)
    assert load().embed_passages(["a"]).shape[0] == 1
    assert len(endpoint.requests) == 3
    assert no_waiting[0] == 7.0


def test_a_job_gives_up_after_four_tries(endpoint: Endpoint) -> None:
    for _ in range(9):
        endpoint.refuse(503)
    with pytest.raises(EmbedderFailed, match="failed \\(503\\)"):
        load().embed_questions(["a"], patient=True)
    assert len(endpoint.requests) == 4


def test_a_visitor_waits_for_one_try_and_the_next_ones_for_none(endpoint: Endpoint) -> None:
    endpoint.refuse(500)
    embedder = load()
    for _ in range(3):
        with pytest.raises(EmbedderFailed):
            embedder.embed_questions(["a"])
    assert len(endpoint.requests) == 1
    embedder.embed_passages(["a"])


@pytest.mark.parametrize(
    ("play", "detail", "hint"),
    [
        ("key", "refused (401)", "EMBEDDINGS_API_KEY"),
        ("model", "refused (404)", "EMBEDDINGS_MODEL"),
        ("quota", "used up", "credit"),
        ("garbage", "something else than embeddings", "EMBEDDINGS_BASE_URL"),
        ("page", "something else than embeddings", "EMBEDDINGS_BASE_URL"),
        ("few", "something else than embeddings", "EMBEDDINGS_BASE_URL"),
        ("words", "something else than embeddings", "EMBEDDINGS_BASE_URL"),
        ("silence", "did not answer in time", "PROVIDER_TIMEOUT_SECONDS"),
        ("nobody", "could not be reached", "EMBEDDINGS_BASE_URL"),
    ],
)
def test_each_fault_has_its_sentence_and_its_hint(
    endpoint: Endpoint, settings: Any, play: str, detail: str, hint: str
) -> None:
    let_go = threading.Event()
    match play:
        case "key":
            settings.EMBEDDINGS_API_KEY = "sk-secret-wrong"
        case "model":
            settings.EMBEDDINGS_MODEL = "another"
        case "quota":
            endpoint.refuse(429, "insufficient_quota")
        case "garbage":
            endpoint.script.append(Answer(raw=b"{]"))
        case "page":
            endpoint.script.append(Answer(raw=b"<html>", headers={"content-type": "text/html"}))
        case "few":
            endpoint.script.append(Answer(body={"object": "list", "data": [], "model": "m"}))
        case "words":
            data = [{"object": "embedding", "index": 0, "embedding": ["a", "b"]}]
            endpoint.script.append(Answer(body={"object": "list", "data": data, "model": "m"}))
        case "silence":
            settings.PROVIDER_TIMEOUT_SECONDS = 0.2
            endpoint.script.extend(Answer(wait=let_go) for _ in range(4))
        case "nobody":
            settings.EMBEDDINGS_BASE_URL = "http://127.0.0.1:9/v1"
    with pytest.raises(EmbedderFailed) as caught:
        load().embed_passages(["a"])
    let_go.set()
    assert detail in caught.value.detail
    assert hint in caught.value.hint
    assert "sk-" not in caught.value.detail + caught.value.hint


def test_without_a_model_there_is_no_embedder(endpoint: Endpoint, settings: Any) -> None:
    settings.EMBEDDINGS_MODEL = ""
    forget_embedders()
    assert find_embedder() is None
