"""Searching by words and meaning: what costs an embedding and what does not, and who waits for whom."""

import threading
from typing import Any
from unittest.mock import patch

import numpy as np
import pytest

from chatbots.knowledge.importing import import_source
from chatbots.models import Chatbot, KnowledgeChunk
from chatbots.retrieval import index as door
from chatbots.retrieval.background import load_background
from chatbots.retrieval.base import Retriever
from chatbots.retrieval.embedding.base import EmbedderFailed
from chatbots.retrieval.index import (
    build_index_files,
    find_quick_index,
    forget_indexes,
    get_index_root,
    load_index,
)
from chatbots.retrieval.quick import NeedsThread
from tests.cast import Cast
from tests.embeddings import CountingEmbedder

pytestmark = pytest.mark.django_db
CSV = "title,question,answer\nReturns,Can I send it back?,Within 30 days.\nTea,Do you sell tea?,Green tea.\n"


@pytest.fixture
def bot(cast: Cast, embedder: CountingEmbedder) -> Chatbot:
    bot = cast.acme.bot
    KnowledgeChunk.objects.filter(chatbot=bot).delete()
    import_source(chatbot=bot, title="shop.csv", kind="csv", data=CSV)
    bot.refresh_from_db()
    embedder.forget()
    embedder.on_loop.clear()
    return bot


def load(bot: Chatbot) -> Retriever:
    return load_index(chatbot_id=bot.pk, revision=bot.knowledge_revision)


def find_quick(bot: Chatbot, question: str) -> Retriever:
    found = find_quick_index(chatbot_id=bot.pk, revision=bot.knowledge_revision, question=question)
    assert found is not None
    return found


def test_a_variant_word_for_word_costs_no_embedding(bot: Chatbot, embedder: CountingEmbedder) -> None:
    for question in ("Can I send it back?", "  do you SELL tea "):
        assert load(bot).search(question)[0].confidence == 1.0
    assert embedder.questions == []


def test_a_question_is_embedded_once_for_all_bots_and_limits(
    bot: Chatbot, cast: Cast, embedder: CountingEmbedder
) -> None:
    KnowledgeChunk.objects.filter(chatbot=cast.rival.bot).delete()
    import_source(chatbot=cast.rival.bot, title="shop.csv", kind="csv", data=CSV)
    cast.rival.bot.refresh_from_db()
    embedder.forget()
    load(bot).search("refund please")
    load(bot).search("refund please", limit=1)
    assert load(cast.rival.bot).search("refund please")[0].meaning_score > 0
    assert embedder.questions == ["refund please"]


def test_searching_again_gives_equal_candidates_of_ones_own(bot: Chatbot) -> None:
    first = load(bot).search("refund please")
    again = load(bot).search("refund please")
    assert again == first
    again.clear()
    assert load(bot).search("refund please") == first


def test_questions_are_prepared_together(bot: Chatbot, embedder: CountingEmbedder) -> None:
    load(bot).prepare(["refund?", "Do you sell tea?", "opening hours?"])
    assert embedder.questions == ["refund?", "opening hours?"]
    embedder.forget()
    load(bot).search("opening hours?")
    assert embedder.questions == []


def test_where_the_embedder_fails_words_answer_and_nothing_of_it_is_remembered(
    bot: Chatbot, embedder: CountingEmbedder
) -> None:
    embedder.failing, embedder.left = EmbedderFailed("down"), 0
    assert load(bot).search("send it")[0].meaning_score == 0.0
    load(bot).prepare(["refund?"])
    embedder.failing = None
    assert load(bot).search("send it")[0].meaning_score != 0.0


# The loop ----------------------------------------------------------------------------------------------------------
def test_the_loop_is_given_what_is_at_hand_and_nothing_else(bot: Chatbot, embedder: CountingEmbedder) -> None:
    assert find_quick(bot, "Do you sell tea?").search("Do you sell tea?")[0].title == "Tea"
    with pytest.raises(NeedsThread):
        find_quick(bot, "refund please").search("refund please")
    by_thread = load(bot).search("refund please")
    assert find_quick(bot, "refund please").search("refund please") == by_thread
    assert find_quick(bot, "x").find(by_thread[0].chunk_id) is not None
    assert embedder.questions == ["refund please"]
    with pytest.raises(NeedsThread):
        find_quick(bot, "x").prepare(["x"])


def test_the_loop_is_not_given_long_questions_or_large_indexes(
    bot: Chatbot, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = {"chatbot_id": bot.pk, "revision": bot.knowledge_revision}
    assert find_quick_index(question="tea " * 200, **place) is None
    monkeypatch.setattr("chatbots.retrieval.quick.QUICK_TEXTS", 1)
    with pytest.raises(NeedsThread):
        find_quick(bot, "Do you sell tea?").search("Do you sell tea?")
    forget_indexes()
    assert find_quick_index(question="tea", **place) is None


# What is in it -----------------------------------------------------------------------------------------------------
def test_what_must_not_be_answered_is_no_candidate_and_word_for_word_held_back(
    bot: Chatbot, embedder: CountingEmbedder
) -> None:
    add_chunk(bot, kind="out_of_scope", title="Do you sell coffee?", questions=["Do you sell coffee?"])
    found = load(bot).search("Do you sell coffee, please?")
    assert all(one.title != "Do you sell coffee?" for one in found)
    embedder.forget()
    assert {one.confidence for one in load(bot).search("do you sell coffee")} == {0.0}
    assert embedder.questions == []


def test_of_passages_with_the_same_text_one_is_found(bot: Chatbot) -> None:
    first = add_chunk(bot, kind="passage", title="Care", text="Descale the machine with citric acid.")
    add_chunk(bot, kind="passage", title="Care again", text="Descale the machine with citric acid.")
    found = [one.chunk_id for one in load(bot).search("descale machine") if one.text.startswith("Descale")]
    assert found == [first.pk]


def test_an_index_without_entries_has_no_answer(bot: Chatbot) -> None:
    KnowledgeChunk.objects.filter(chatbot=bot).delete()
    add_chunk(bot, kind="out_of_scope", title="Why?", questions=["Why?"])
    assert load(bot).search("Why?") == []
    assert load(bot).search("refund") == []


def test_background_questions_are_embedded_once_and_again_when_their_file_is_damaged(
    bot: Chatbot, embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = next(get_index_root().glob("background-*.npy"))
    right = load_background(embedder.name, dimensions=64)
    assert embedder.questions == []
    file.write_bytes(file.read_bytes()[:-50])
    monkeypatch.setattr("chatbots.retrieval.background._kept", {})
    assert np.array_equal(load_background(embedder.name, dimensions=64), right)
    assert embedder.questions
    with pytest.raises(EmbedderFailed):
        load_background(embedder.name, dimensions=65)


# Files -------------------------------------------------------------------------------------------------------------
def test_a_process_that_starts_maps_the_index_and_embeds_nothing(
    bot: Chatbot, embedder: CountingEmbedder
) -> None:
    before = load(bot).search("refund please")
    forget_indexes()
    with patch.object(door, "build_knowledge", side_effect=AssertionError("built again")):
        assert load(bot).search("refund please") == before
    assert embedder.passages == []


def test_a_large_index_that_is_missing_is_searched_by_words_until_the_job_has_built_it(
    bot: Chatbot, embedder: CountingEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.prune_indexes(chatbot_id=bot.pk, keep=[])
    forget_indexes()
    clock = Clock(monkeypatch)
    monkeypatch.setattr(door, "FITTED_AT_ONCE", 1)
    with patch.object(door, "build_index_files") as woken:
        assert not load(bot).has_meaning
        assert load(bot).search("send it back")[0].title == "Returns"
        clock.go_on(60)
        with patch.object(door, "build_knowledge", side_effect=AssertionError("built again")):
            assert not load(bot).has_meaning
        woken.assert_called_once_with(bot.pk, bot.knowledge_revision)
        clock.go_on(600)
        load(bot)
        assert woken.call_count == 2
    build_index_files.call_local(bot.pk, bot.knowledge_revision)  # type: ignore[attr-defined]
    clock.go_on(60)
    assert load(bot).has_meaning
    with patch.object(door, "save_index", side_effect=AssertionError("built again")):
        build_index_files.call_local(bot.pk, bot.knowledge_revision)  # type: ignore[attr-defined]


@pytest.mark.django_db(transaction=True)
def test_processes_that_build_the_same_index_at_once_all_search_by_meaning(
    bot: Chatbot, embedder: CountingEmbedder
) -> None:
    """Without the lock that threads of one process share: as processes would."""
    from django.db import connections

    door.prune_indexes(chatbot_id=bot.pk, keep=[])
    found: list[Any] = []

    def run() -> None:
        try:
            door.refresh_index(chatbot_id=bot.pk, revision=bot.knowledge_revision)
            held = door._look_again(bot.pk, bot.knowledge_revision, None)
            found.append([one.title for one in held.index.search("refund please")][:1])
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert found == [["Returns"]] * 3


def test_two_tenants_indexes_know_nothing_of_each_other(bot: Chatbot, cast: Cast) -> None:
    rival = load(cast.rival.bot)
    own = load(bot).search("refund please")[0]
    assert rival.find(own.chunk_id) is None
    assert all(one.chunk_id != own.chunk_id for one in rival.search("Can I send it back?"))


class Clock:
    """The door's monotonic clock, in the test's hands."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._now = 1000.0
        monkeypatch.setattr("chatbots.retrieval.index.time.monotonic", lambda: self._now)

    def go_on(self, seconds: float) -> None:
        self._now += seconds


def add_chunk(bot: Chatbot, **fields: Any) -> KnowledgeChunk:
    """Straight into the bot's revision, embedded, as an import would leave it."""
    from chatbots.knowledge.meaning import recall_meaning

    other = KnowledgeChunk.objects.filter(chatbot=bot).first()
    source = other.source_id if other else bot.knowledge_sources.get(title="shop.csv").pk
    chunk = KnowledgeChunk(
        organisation_id=bot.organisation_id,
        chatbot=bot,
        source_id=source,
        added_in=bot.knowledge_revision,
        **fields,
    )
    recall_meaning(chatbot_id=bot.pk, texts=[]).embed([chunk])
    chunk.save()
    forget_indexes()
    return chunk
