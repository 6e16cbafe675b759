"""The door to an index: built once, mapped afterwards, never wrong for the revision, whatever happens to its files."""

import threading
from pathlib import Path
from unittest.mock import patch

import pytest

from chatbots.knowledge.importing import import_source
from chatbots.models import Chatbot, KnowledgeChunk
from chatbots.retrieval.bm25 import build_index
from chatbots.retrieval.building import build_knowledge
from chatbots.retrieval.index import forget_indexes, get_index_root, load_index, prune_indexes
from tests.cast import Cast

pytestmark = pytest.mark.django_db
QUESTION = "How long does delivery take?"


def folder_of(bot: Chatbot) -> Path:
    return get_index_root() / str(bot.pk) / str(bot.knowledge_revision)


def ask(bot: Chatbot, question: str = QUESTION) -> list[tuple[str, float]]:
    found = load_index(chatbot_id=bot.pk, revision=bot.knowledge_revision).search(question)
    return [(candidate.title, candidate.confidence) for candidate in found]


def test_an_index_is_built_when_missing_and_mapped_the_next_time(cast: Cast) -> None:
    built = ask(cast.acme.bot)
    assert built[0] == ("Delivery time", 1.0)
    forget_indexes()
    with patch("chatbots.retrieval.index.build_knowledge", side_effect=AssertionError("built again")):
        assert ask(cast.acme.bot) == built


def test_the_same_index_is_opened_once_a_process(cast: Cast) -> None:
    bot = cast.acme.bot
    first = load_index(chatbot_id=bot.pk, revision=bot.knowledge_revision)
    assert load_index(chatbot_id=bot.pk, revision=bot.knowledge_revision) is first


@pytest.mark.parametrize("harm", ["cut", "alter", "delete", "manifest", "garbage"])
def test_damaged_files_are_built_anew(cast: Cast, harm: str) -> None:
    right = ask(cast.acme.bot)
    folder = folder_of(cast.acme.bot)
    file = folder / "questions_scores.npy"
    match harm:
        case "cut":
            file.write_bytes(file.read_bytes()[:-8])
        case "alter":
            data = bytearray(file.read_bytes())
            data[-1] ^= 0xFF
            file.write_bytes(bytes(data))
        case "delete":
            file.unlink()
        case "manifest":
            (folder / "manifest.json").write_text('{"format": 1')
        case "garbage":
            (folder / "manifest.json").write_text("[]")
    forget_indexes()
    with patch("chatbots.retrieval.index.build_knowledge", wraps=build_knowledge) as build:
        assert ask(cast.acme.bot) == right
    assert build.called
    forget_indexes()
    with patch("chatbots.retrieval.index.build_knowledge", side_effect=AssertionError("not mended")):
        assert ask(cast.acme.bot) == right


def test_files_that_outlived_their_database_are_not_believed(cast: Cast) -> None:
    """A restored database gives the same revision numbers again, to other knowledge."""
    ask(cast.acme.bot)
    forget_indexes()
    KnowledgeChunk.objects.filter(chatbot=cast.acme.bot, title="Delivery time").delete()
    assert all(title != "Delivery time" for title, _ in ask(cast.acme.bot))
    Chatbot.objects.filter(pk=cast.acme.bot.pk).update(public_id="f" * 16)
    forget_indexes()
    with patch("chatbots.retrieval.index.build_knowledge", wraps=build_knowledge) as build:
        ask(cast.acme.bot)
    assert build.called


def test_a_folder_that_cannot_be_written_does_not_keep_the_bot_from_answering(cast: Cast) -> None:
    with patch("chatbots.retrieval.index.save_index", side_effect=OSError("disk full")):
        assert ask(cast.acme.bot)[0] == ("Delivery time", 1.0)


def test_an_old_revision_keeps_its_knowledge(cast: Cast) -> None:
    bot = cast.acme.bot
    old = bot.knowledge_revision
    import_source(
        chatbot=bot,
        title="faq.csv",
        kind="csv",
        data="title,question,answer\nHours,When are you open?,Daily.\n",
    )
    bot.refresh_from_db()
    assert bot.knowledge_revision == old + 1
    before = load_index(chatbot_id=bot.pk, revision=old).search(QUESTION)
    assert before[0].title == "Delivery time"
    assert ask(bot) == []
    assert ask(bot, "when are you open") == [("Hours", 1.0)]


def test_a_bot_without_knowledge_finds_nothing(cast: Cast) -> None:
    assert load_index(chatbot_id=cast.acme.bot.pk, revision=0).search(QUESTION) == []
    forget_indexes()
    assert load_index(chatbot_id=cast.acme.bot.pk, revision=0).search(QUESTION) == []


def test_an_index_speaks_the_bots_first_language(cast: Cast) -> None:
    bot = cast.acme.bot
    Chatbot.objects.filter(pk=bot.pk).update(languages=["de", "en"])
    import_source(
        chatbot=bot,
        title="de",
        kind="csv",
        data="title,question,answer\nZeiten,Wann sind die Läden geöffnet?,9\n",
    )
    bot.refresh_from_db()
    assert ask(bot, "Laden Öffnung")[0][0] == "Zeiten"


def test_pruning_deletes_the_files_of_all_revisions_but_those_to_keep(cast: Cast) -> None:
    bot = cast.acme.bot
    for revision in (0, bot.knowledge_revision):
        load_index(chatbot_id=bot.pk, revision=revision)
    prune_indexes(chatbot_id=bot.pk, keep=[bot.knowledge_revision])
    assert [folder.name for folder in folder_of(bot).parent.iterdir()] == [str(bot.knowledge_revision)]


@pytest.mark.django_db(transaction=True)
def test_many_threads_wait_for_the_one_that_builds(cast: Cast) -> None:
    from django.db import connections

    answers: list[list[tuple[str, float]]] = []
    begin = threading.Barrier(8)

    def run() -> None:
        begin.wait(10)
        try:
            answers.append(ask(cast.acme.bot))
        finally:
            connections.close_all()

    forget_indexes()
    with patch("chatbots.retrieval.index.build_knowledge", wraps=build_knowledge) as build:
        threads = [threading.Thread(target=run) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert build.call_count <= 1
    assert len(answers) == 8
    assert all(answer == answers[0] for answer in answers)


def test_builders_that_meet_in_the_same_folder_all_succeed(tmp_path: Path) -> None:
    """As two processes would: no shared lock, one folder."""
    from chatbots.retrieval.knowledge_index import KnowledgeIndex
    from chatbots.retrieval.storage import open_index, save_index
    from chatbots.retrieval.texts import Entry

    words = build_index([Entry(1, 1, "s", "Tea", "Green tea.", "faq", ("Do you have tea?",))])
    index = KnowledgeIndex(words)
    failures: list[BaseException] = []

    def run() -> None:
        try:
            for _ in range(20):
                save_index(index, tmp_path / "7", language="en", stamp="s")
        except (OSError, RuntimeError) as error:
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    assert open_index(tmp_path / "7", stamp="s").search("tea")[0].title == "Tea"
    assert [path.name for path in tmp_path.iterdir()] == ["7"]
