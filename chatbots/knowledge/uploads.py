"""Imports that run in the background: the file is kept, the source's row says pending, and a job takes it from there.

The row is the work. A job that was lost, or died while it ran, is found by the sweep and begun again; two that run for
the same row do no harm, since one of them gets the row.
"""

import io
import logging
import shutil
import uuid
from datetime import timedelta
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from chatbots.knowledge.formats import choose_format, find_format
from chatbots.knowledge.importing import ImportRun, begin_source, check_size, run_import
from chatbots.knowledge.web.addresses import check_address, make_title
from chatbots.knowledge.web.pages import make_web_format
from chatbots.models import Chatbot, KnowledgeSource, SourceState
from core.errors import Invalid, NotFound, ParleyError
from core.jobs import job, wake_on_commit

logger = logging.getLogger(__name__)

# Longer than the longest silence of a live import, which is the building of a large index.
SILENT_FOR = timedelta(minutes=5)
NOT_TAKEN_FOR = timedelta(seconds=30)


def start_import(*, chatbot: Chatbot, title: str, kind: str, content: BinaryIO) -> KnowledgeSource:
    """Keep `content` and have it imported in the background; returns the source, pending.

    Raises:
        Invalid: a kind that cannot be read, no title. TooLarge.
    """
    check_size(content)
    chosen = choose_format(kind, content)
    upload = f"{chatbot.pk}/{uuid.uuid4()}{chosen.suffixes[0]}"
    path = get_upload_path(upload)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as kept:
        shutil.copyfileobj(content, kept)
    try:
        with transaction.atomic():
            source = begin_source(
                chatbot=chatbot, title=title, kind=chosen.kind, state=SourceState.PENDING, claim=upload
            )
            wake_on_commit(import_upload, source.pk, upload)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return source


def start_web_import(*, chatbot: Chatbot, title: str, kind: str, address: str) -> KnowledgeSource:
    """Have the page ("url") or the pages of the site ("sitemap") at `address` fetched and imported in the background.

    `title` "": the address. What the source of that title knows already is kept until the new pages are in.

    Raises:
        Invalid: no address of the web, a title that is too long.
    """
    checked = check_address(address)
    claim = f"{chatbot.pk}/{uuid.uuid4()}.web"
    with transaction.atomic():
        source = begin_source(
            chatbot=chatbot,
            title=title or make_title(checked, kind=kind),
            kind=kind,
            state=SourceState.PENDING,
            claim=claim,
            address=checked,
        )
        wake_on_commit(import_upload, source.pk, claim)
    return source


def refresh_source(*, source: KnowledgeSource) -> KnowledgeSource:
    """Fetch a source of the web again in the background. Raises Invalid for one that was uploaded or written."""
    if not source.address:
        raise Invalid("This source did not come from the web. Upload it again to replace it.")
    return start_web_import(
        chatbot=source.chatbot, title=source.title, kind=source.kind, address=source.address
    )


@job
def import_upload(source_id: int, upload: str) -> None:
    """Import a pending source, if it still is pending with this upload."""
    path = get_upload_path(upload)
    rows = KnowledgeSource.objects.filter(pk=source_id, upload=upload, removed_at__isnull=True)
    pending = rows.filter(state=SourceState.PENDING)
    if not pending.update(state=SourceState.INDEXING, progress=0, updated_at=timezone.now()):
        if not rows.exists():  # removed, or uploaded again: nobody will come for this file
            path.unlink(missing_ok=True)
        return
    source = KnowledgeSource.objects.get(pk=source_id)
    run = ImportRun(source, upload, lambda percent: None)
    try:
        if source.address:
            run_import(run, make_web_format(source, upload), io.BytesIO)
        else:
            run_import(run, find_format(path.name), lambda: _open_upload(path))
    except ParleyError as error:
        logger.info("source %s was not imported: %s", source_id, error.detail)  # the row tells the owner
    path.unlink(missing_ok=True)


def sweep_imports() -> int:
    """Wake the jobs of rows that nobody took or that fell silent; returns how many. Safe to run twice."""
    now = timezone.now()
    silent = Q(state=SourceState.INDEXING, updated_at__lt=now - SILENT_FOR)
    waiting = Q(state=SourceState.PENDING, updated_at__lt=now - NOT_TAKEN_FOR)
    rows = KnowledgeSource.objects.filter(silent | waiting, removed_at__isnull=True)
    return sum(_revive(source) for source in rows)


@db_periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
def sweep_imports_each_minute() -> None:
    sweep_imports()


def get_upload_path(upload: str) -> Path:
    return Path(settings.PARLEY_DATA) / "uploads" / upload


def _revive(source: KnowledgeSource) -> bool:
    """A file that is gone, or an import that a command ran and that died, cannot be taken up: the owner is told."""
    same = KnowledgeSource.objects.filter(pk=source.pk, upload=source.upload, updated_at=source.updated_at)
    if not source.address and not get_upload_path(source.upload).is_file():
        return bool(
            same.update(
                state=SourceState.FAILED,
                error="The import was interrupted.",
                hint="Import the file again. Until then the bot answers from what it knew before.",
                upload="",
                updated_at=timezone.now(),
            )
        )
    with transaction.atomic():
        taken = same.update(state=SourceState.PENDING, updated_at=timezone.now())
        if taken:
            wake_on_commit(import_upload, source.pk, source.upload)
    return bool(taken)


def _open_upload(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise NotFound("The uploaded file is gone. Upload it again.") from error
