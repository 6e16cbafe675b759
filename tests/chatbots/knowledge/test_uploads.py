"""Imports in the background: the row is the work, a lost or doubled job does no harm."""

import io
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from django.utils import timezone

from chatbots.knowledge.importing import remove_source
from chatbots.knowledge.uploads import get_upload_path, import_upload, start_import, sweep_imports
from chatbots.models import Chatbot, KnowledgeSource, SourceState
from chatbots.retrieval.index import load_index
from core.errors import Invalid, TooLarge
from tests.cast import Cast

pytestmark = pytest.mark.django_db
HOURS = b"title,question,answer\nHours,When are you open?,Daily.\n"
run_job = import_upload.call_local  # type: ignore[attr-defined]


@pytest.fixture
def bot(cast: Cast) -> Chatbot:
    return cast.acme.bot


def upload(bot: Chatbot, data: bytes = HOURS, title: str = "hours.csv") -> KnowledgeSource:
    return start_import(chatbot=bot, title=title, kind=title, content=io.BytesIO(data))


def state_of(source: KnowledgeSource) -> str:
    return KnowledgeSource.objects.get(pk=source.pk).state


def let_time_pass(source: KnowledgeSource, **ago: float) -> None:
    KnowledgeSource.objects.filter(pk=source.pk).update(updated_at=timezone.now() - timedelta(**ago))


def test_an_upload_waits_until_its_job_makes_it_searchable(bot: Chatbot) -> None:
    source = upload(bot)
    path = get_upload_path(source.upload)
    assert (source.state, path.read_bytes()) == (SourceState.PENDING, HOURS)
    run_job(source.pk, source.upload)
    assert state_of(source) == SourceState.READY
    assert not path.exists()
    bot.refresh_from_db()
    assert (
        load_index(chatbot_id=bot.pk, revision=bot.knowledge_revision)
        .search("when are you open")[0]
        .confidence
        == 1.0
    )


def test_the_job_is_woken_once_the_row_is_committed(
    bot: Chatbot, django_capture_on_commit_callbacks: object
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:  # type: ignore[operator]
        upload(bot)
    assert len(callbacks) == 1


def test_a_job_that_comes_twice_or_late_does_nothing(bot: Chatbot) -> None:
    source = upload(bot)
    run_job(source.pk, source.upload)
    bot.refresh_from_db()
    revision = bot.knowledge_revision
    run_job(source.pk, source.upload)
    run_job(source.pk, "1/other.csv")
    run_job(source.pk + 1000, source.upload)
    bot.refresh_from_db()
    assert bot.knowledge_revision == revision


def test_an_upload_that_cannot_be_read_ends_as_failed_with_its_reason(bot: Chatbot) -> None:
    source = upload(bot, b"title,question\na,b\n")
    run_job(source.pk, source.upload)
    row = KnowledgeSource.objects.get(pk=source.pk)
    assert (row.state, row.upload) == (SourceState.FAILED, "")
    assert "answer is missing" in row.error
    assert not get_upload_path(source.upload).exists()


def test_what_was_left_is_found_by_the_sweep(bot: Chatbot) -> None:
    waiting, silent = upload(bot), upload(bot, title="silent.csv")
    assert sweep_imports() == 0
    KnowledgeSource.objects.filter(pk=silent.pk).update(state=SourceState.INDEXING)
    let_time_pass(waiting, seconds=60)
    let_time_pass(silent, minutes=6)
    with patch("chatbots.knowledge.uploads.wake_on_commit") as wake:
        assert sweep_imports() == 2
        assert sweep_imports() == 0
    assert sorted(call.args[1] for call in wake.call_args_list) == sorted([waiting.pk, silent.pk])
    for call in wake.call_args_list:
        run_job(*call.args[1:])
    assert state_of(waiting) == state_of(silent) == SourceState.READY


def test_an_import_whose_file_is_gone_is_told_to_the_owner(bot: Chatbot) -> None:
    source = upload(bot)
    get_upload_path(source.upload).unlink()
    let_time_pass(source, minutes=6)
    sweep_imports()
    row = KnowledgeSource.objects.get(pk=source.pk)
    assert (row.state, row.error) == (SourceState.FAILED, "The import was interrupted.")
    assert "again" in row.hint


def test_a_second_upload_of_the_same_title_replaces_the_first_one(bot: Chatbot) -> None:
    first = upload(bot)
    second = upload(bot, HOURS.replace(b"Daily", b"Never"))
    assert second.pk == first.pk
    run_job(first.pk, first.upload)
    assert state_of(first) == SourceState.PENDING
    run_job(second.pk, second.upload)
    assert state_of(second) == SourceState.READY


@pytest.mark.parametrize(
    ("title", "data", "error"),
    [("x.exe", b"", Invalid), ("x.md", b"x" * 101, TooLarge), ("\x00.md", b"", Invalid)],
)
def test_what_cannot_be_imported_is_refused_at_once_and_leaves_no_file(
    bot: Chatbot, settings: object, title: str, data: bytes, error: type[Exception]
) -> None:
    settings.KNOWLEDGE_MAX_BYTES = 100  # type: ignore[attr-defined]
    kept = list_uploads()
    with pytest.raises(error):
        upload(bot, data, title)
    assert list_uploads() == kept


def test_files_that_nobody_will_come_for_are_deleted(bot: Chatbot) -> None:
    kept = list_uploads()
    first, removed = upload(bot), upload(bot, title="removed.csv")
    second = upload(bot)
    remove_source(source=removed)
    for source in (first, removed, second):
        run_job(source.pk, source.upload)
    assert list_uploads() == kept
    assert state_of(second) == SourceState.READY


def list_uploads() -> set[Path]:
    return {path for path in get_upload_path("").rglob("*") if path.is_file()}
