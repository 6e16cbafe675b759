"""Vectors as they are stored: found again for the same text, and noticed when they are not what was written."""

import numpy as np
import pytest

from chatbots.retrieval.embedding.vectors import (
    DamagedVectors,
    embed_texts,
    join_rows,
    list_digests,
    split_rows,
    unpack_rows,
)
from chatbots.retrieval.texts import Entry
from tests.embeddings import CountingEmbedder, embed_by_words

FAQ = Entry(1, 1, "s", "Returns", "Within 30 days.", "faq", ("Can I send it back?", "Refunds?"))
PASSAGE = Entry(2, 1, "s", "Tea", "Green tea.", "passage")
OUTSIDE = Entry(3, 1, "s", "Who is the pope?", "", "out_of_scope", ("Who is the pope?",))


def test_variants_come_first_then_title_and_text_and_what_is_not_to_be_answered_has_no_text() -> None:
    embedder = CountingEmbedder()
    known: dict[bytes, bytes] = {}
    embed_texts(embedder, [FAQ, PASSAGE, OUTSIDE], known)
    assert embedder.questions == ["Can I send it back?", "Refunds?", "Who is the pope?"]
    assert embedder.passages == ["Returns\nWithin 30 days.", "Tea\nGreen tea."]
    rows = unpack_rows(join_rows(FAQ, known), count=3)
    expected = embed_by_words(["Can I send it back?", "Refunds?", "Returns\nWithin 30 days."])
    assert np.abs(rows - expected).max() < 0.001
    assert len(unpack_rows(join_rows(OUTSIDE, known), count=1)) == 1


def test_what_is_known_is_not_embedded_again() -> None:
    embedder = CountingEmbedder()
    known: dict[bytes, bytes] = {}
    embed_texts(embedder, [FAQ], known)
    stored = join_rows(FAQ, known)
    again = split_rows(FAQ, stored)
    embedder.forget()
    embed_texts(embedder, [FAQ], again)
    assert embedder.questions == embedder.passages == []
    assert join_rows(FAQ, again) == stored


def test_a_text_is_another_one_as_a_question_than_as_a_passage() -> None:
    question, passage = list_digests(Entry(1, 1, "s", "a", "b", "faq", ("a\nb",)))
    assert question != passage


def test_progress_is_told_text_by_text() -> None:
    told: list[int] = []
    embed_texts(CountingEmbedder(batch=1), [FAQ, PASSAGE], {}, on_text=told.append)
    assert told == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "stored",
    [None, b"", b"123", b"\x00\x7c" * 4, memoryview(b"1234567")],
    ids=["none", "empty", "odd", "inf", "cut"],
)
def test_damaged_vectors_are_noticed(stored: bytes | None) -> None:
    with pytest.raises(DamagedVectors):
        unpack_rows(stored, count=2)
    assert split_rows(FAQ, stored) == {}


def test_rows_of_different_lengths_are_not_stored() -> None:
    known = dict.fromkeys(list_digests(FAQ), b"1234") | {list_digests(FAQ)[0]: b"12"}
    assert join_rows(FAQ, known) is None
    assert join_rows(FAQ, {}) is None
