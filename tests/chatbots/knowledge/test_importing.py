"""Importing: all of a source or nothing of it, the old knowledge serves until the new one is ready, revisions in order."""

import shutil
from pathlib import Path
from unittest.mock import patch

import pytest
from django.db import transaction

from chatbots.access import access_chunks
from chatbots.actions.publish_bot import publish_bot
from chatbots.knowledge import store
from chatbots.knowledge.entries import add_faq_entry
from chatbots.knowledge.importing import import_file, import_source, remove_source
from chatbots.knowledge.meaning import STAGED
from chatbots.models import Chatbot, KnowledgeChunk, KnowledgeSource, SourceState
from chatbots.retrieval.index import forget_indexes, get_index_root, load_index, prepare_index
from core.errors import Conflict, Invalid, NotFound, TooLarge
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HEADER = "title,question,answer\n"
HOURS = HEADER + "Hours,When are you open?,Daily.\nHours,Open on Sunday?,Daily.\n"


@pytest.fixture
def bot(cast: Cast) -> Chatbot:
    return cast.acme.bot


def ask(bot: Chatbot, question: str) -> str:
    bot.refresh_from_db()
    found = load_index(chatbot_id=bot.pk, revision=bot.knowledge_revision).search(question)
    return found[0].text if found and found[0].confidence >= 0.5 else ""


def test_an_imported_file_is_searchable_on_return(bot: Chatbot, tmp_path: Path) -> None:
    (tmp_path / "hours.csv").write_text(HOURS)
    source = import_file(chatbot=bot, path=tmp_path / "hours.csv")
    assert (source.title, source.kind, source.state, source.progress) == ("hours.csv", "faq", "ready", 100)
    assert (source.chunk_count, source.error, source.upload) == (1, "", "")
    assert ask(bot, "are you open on Sunday") == "Daily."


@pytest.mark.parametrize(
    ("kind", "data"), [("markdown", "# Parking\n\nBehind the house."), ("text", "Parking: behind the house.")]
)
def test_documents_are_imported_too(bot: Chatbot, kind: str, data: str) -> None:
    source = import_source(chatbot=bot, title="Guide", kind=kind, data=data)
    assert source.kind == kind
    assert "ehind the house" in ask(bot, "where is the parking")
    assert access_chunks(source).get().title == ("Parking" if kind == "markdown" else "Guide")


def test_progress_goes_up_to_a_hundred(bot: Chatbot) -> None:
    seen: list[int] = []
    rows = "".join(f"t{number},question {number},a\n" for number in range(5000))
    import_source(chatbot=bot, title="big", kind="csv", data=HEADER + rows, on_progress=seen.append)
    assert seen == sorted(set(seen))
    assert len(seen) > 5
    assert seen[-1] == 100


def test_importing_a_title_again_takes_the_place_of_the_old_source(bot: Chatbot) -> None:
    first = import_source(chatbot=bot, title="hours", kind="csv", data=HOURS)
    again = import_source(chatbot=bot, title="hours", kind="csv", data=HOURS.replace("Daily", "Never"))
    assert again.pk == first.pk
    assert ask(bot, "when are you open") == "Never."
    assert [chunk.text for chunk in access_chunks(again)] == ["Never."]


def test_a_published_version_keeps_the_knowledge_that_it_was_published_with(bot: Chatbot) -> None:
    import_source(chatbot=bot, title="hours", kind="csv", data=HOURS)
    version = publish_bot(chatbot=bot, author=None)
    import_source(chatbot=bot, title="hours", kind="csv", data=HOURS.replace("Daily", "Never"))
    remove_source(source=KnowledgeSource.objects.get(chatbot=bot, title="hours"))
    assert ask(bot, "when are you open") == ""
    for files_are_there in (True, False):  # mapped from what pruning left alone, and built from the rows
        forget_indexes()
        if not files_are_there:
            shutil.rmtree(get_index_root())
        found = load_index(chatbot_id=bot.pk, revision=version.knowledge_revision).search("when are you open")
        assert found[0].text == "Daily."


def test_the_old_knowledge_serves_until_the_new_one_is_ready(bot: Chatbot) -> None:
    import_source(chatbot=bot, title="hours", kind="csv", data=HOURS)
    answers: list[str] = []
    new = HOURS.replace("Daily", "Never")
    import_source(
        chatbot=bot,
        title="hours",
        kind="csv",
        data=new,
        on_progress=lambda _: answers.append(ask(bot, "open on sunday")),
    )
    assert len(answers) > 2
    assert set(answers[:-1]) == {"Daily."}
    assert answers[-1] == "Never."


def test_the_index_is_there_before_the_source_is_called_ready(bot: Chatbot) -> None:
    def check_files(*, chatbot_id: int, revision: int) -> None:
        assert (get_index_root() / str(chatbot_id) / str(revision) / "manifest.json").exists()

    with patch("chatbots.knowledge.importing.set_revision", side_effect=check_files) as called:
        import_source(chatbot=bot, title="hours", kind="csv", data=HOURS)
    assert called.called


def test_a_file_that_cannot_be_read_leaves_a_failed_source_and_the_old_knowledge(bot: Chatbot) -> None:
    import_source(chatbot=bot, title="hours", kind="csv", data=HOURS)
    revision = Chatbot.objects.get(pk=bot.pk).knowledge_revision
    with pytest.raises(Invalid):
        import_source(chatbot=bot, title="hours", kind="csv", data="title,question\na,b\n")
    source = KnowledgeSource.objects.get(chatbot=bot, title="hours")
    assert source.state == SourceState.FAILED
    assert "answer is missing" in source.error
    assert source.hint
    assert ask(bot, "when are you open") == "Daily."
    assert Chatbot.objects.get(pk=bot.pk).knowledge_revision == revision


def test_a_fault_on_our_side_leaves_no_half_of_a_source(bot: Chatbot) -> None:
    with (
        patch("chatbots.knowledge.importing.prepare_index", side_effect=RuntimeError("boom")),
        pytest.raises(RuntimeError),
    ):
        import_source(chatbot=bot, title="hours", kind="csv", data=HOURS)
    source = KnowledgeSource.objects.get(chatbot=bot, title="hours")
    assert (source.state, source.upload) == (SourceState.FAILED, "")
    assert "our side" in source.error
    assert not KnowledgeChunk.objects.filter(source=source).exists()


def test_another_import_of_the_bot_in_between_costs_no_revision_and_no_chunk(bot: Chatbot) -> None:
    begun: list[int] = []
    start = bot.knowledge_revision

    def disturb(percent: int) -> None:
        if not begun:
            begun.append(percent)
            import_source(chatbot=bot, title="other", kind="text", data="Parking is behind the house.")

    import_source(chatbot=bot, title="hours", kind="csv", data=HOURS, on_progress=disturb)
    assert ask(bot, "when are you open") == "Daily."
    assert "behind" in ask(bot, "where is the parking")
    assert bot.knowledge_revision == start + 2


def test_a_revision_taken_while_the_index_was_built_is_noticed(bot: Chatbot) -> None:
    start = bot.knowledge_revision
    real = store.select_next
    disturbed: list[bool] = []

    def disturb(**arguments: object) -> object:
        if not disturbed:
            disturbed.append(True)
            add_faq_entry(chatbot=bot, title="Parking", questions=["Where is the parking?"], answer="Behind.")
            arguments["revision"] = start
        return real(**arguments)  # type: ignore[arg-type]

    with (
        patch("chatbots.knowledge.importing.select_next", side_effect=disturb),
        patch("chatbots.knowledge.importing.prepare_index", wraps=prepare_index) as prepare,
    ):
        import_source(chatbot=bot, title="hours", kind="csv", data=HOURS)
    assert [call.kwargs["revision"] for call in prepare.call_args_list] == [start + 1, start + 2]
    assert ask(bot, "when are you open") == "Daily."
    assert ask(bot, "where is the parking") == "Behind."
    assert bot.knowledge_revision == start + 2


def test_chunks_that_another_attempt_took_away_are_written_again(bot: Chatbot) -> None:
    taken: list[bool] = []

    def take_away(**arguments: object) -> None:
        if not taken:
            taken.append(True)
            KnowledgeChunk.objects.filter(chatbot=bot, added_in=STAGED).delete()

    with patch("chatbots.knowledge.importing.prepare_index", side_effect=take_away):
        import_source(chatbot=bot, title="hours", kind="csv", data=HOURS)
    assert ask(bot, "when are you open") == "Daily."


def test_of_two_imports_of_one_source_the_later_one_counts(bot: Chatbot) -> None:
    begun: list[int] = []

    def disturb(percent: int) -> None:
        if not begun:
            begun.append(percent)
            import_source(chatbot=bot, title="hours", kind="csv", data=HOURS.replace("Daily", "Later"))

    with pytest.raises(Conflict):
        import_source(chatbot=bot, title="hours", kind="csv", data=HOURS, on_progress=disturb)
    assert ask(bot, "when are you open") == "Later."
    assert KnowledgeSource.objects.get(chatbot=bot, title="hours").state == SourceState.READY


def test_a_source_removed_while_it_is_imported_stays_removed(bot: Chatbot) -> None:
    def remove(percent: int) -> None:
        for source in KnowledgeSource.objects.filter(chatbot=bot, title="hours", removed_at=None):
            remove_source(source=source)

    with pytest.raises(Conflict):
        import_source(chatbot=bot, title="hours", kind="csv", data=HOURS, on_progress=remove)
    assert ask(bot, "when are you open") == ""


def test_a_removed_source_is_gone_from_the_draft_and_cannot_be_removed_twice(bot: Chatbot) -> None:
    source = import_source(chatbot=bot, title="hours", kind="csv", data=HOURS)
    remove_source(source=source)
    assert ask(bot, "when are you open") == ""
    with pytest.raises(NotFound):
        remove_source(source=source)
    assert import_source(chatbot=bot, title="hours", kind="csv", data=HOURS).pk != source.pk


def test_a_file_that_is_too_large_is_refused_before_it_is_read(bot: Chatbot, tmp_path: Path) -> None:
    file = tmp_path / "huge.md"
    with file.open("wb") as opened:
        opened.truncate(50 * 2**20)
    with (
        patch("chatbots.knowledge.markdown.decode_text", side_effect=AssertionError("read")),
        pytest.raises(TooLarge, match=r"50\.0 MiB"),
    ):
        import_file(chatbot=bot, path=file)
    assert KnowledgeSource.objects.get(chatbot=bot, title="huge.md").state == SourceState.FAILED


def test_more_passages_than_allowed_are_refused(bot: Chatbot, settings: object) -> None:
    settings.KNOWLEDGE_MAX_ROWS = 3  # type: ignore[attr-defined]
    with pytest.raises(TooLarge):
        import_source(chatbot=bot, title="many", kind="text", data="\n\n".join(["x" * 1000] * 8))


def test_a_file_that_is_not_there_or_of_unknown_kind_leaves_no_source(bot: Chatbot, tmp_path: Path) -> None:
    for path, error in ((tmp_path / "none.csv", NotFound), (tmp_path, Invalid), (Path(__file__), Invalid)):
        with pytest.raises(error):
            import_file(chatbot=bot, path=path)
    assert KnowledgeSource.objects.filter(chatbot=bot).count() == 1


@pytest.mark.parametrize("title", ["", "  ", "x" * 201, "a\x00b"])
def test_a_source_needs_a_title_that_is_one(bot: Chatbot, title: str) -> None:
    with pytest.raises(Invalid):
        import_source(chatbot=bot, title=title, kind="text", data="text")


def test_another_tenants_bot_learns_nothing(cast: Cast) -> None:
    import_source(chatbot=cast.acme.bot, title="secret", kind="text", data="The vault code is 4711.")
    assert ask(cast.acme.bot, "vault code")
    assert ask(cast.rival.bot, "vault code") == ""


def test_a_single_entry_is_searchable_on_return_and_written_again_takes_its_own_place(bot: Chatbot) -> None:
    first = add_faq_entry(chatbot=bot, title="Dogs", questions=["May I bring my dog?", " "], answer="Yes.")
    assert ask(bot, "can I bring a dog") == "Yes."
    add_faq_entry(chatbot=bot, title="dogs", questions=["May I bring my dog?"], answer="No.")
    assert ask(bot, "can I bring a dog") == "No."
    assert access_chunks(KnowledgeSource.objects.get(pk=first.source_id)).count() == 1
    assert KnowledgeSource.objects.get(pk=first.source_id).chunk_count == 1


def test_an_entry_with_empty_fields_names_them(bot: Chatbot) -> None:
    with pytest.raises(Invalid) as caught:
        add_faq_entry(chatbot=bot, title=" ", questions=[" "], answer="x")
    assert set(caught.value.fields) == {"title", "questions"}


def test_an_entry_that_is_rolled_back_is_not_served(bot: Chatbot) -> None:
    with transaction.atomic():
        add_faq_entry(chatbot=bot, title="Dogs", questions=["May I bring my dog?"], answer="Yes.")
        transaction.set_rollback(True)
    assert ask(bot, "can I bring a dog") == ""
