"""Making a source searchable: read it, write its chunks aside, build the index, then let all of it in at once.

A source goes pending → indexing → ready or failed. While it is read, and where it fails, the bot answers from what it
knew before. Several imports may run at once; of two for the same source the later one wins.
"""

import io
import logging
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from typing import Any, BinaryIO

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from chatbots.knowledge.duplicates import note_duplicates
from chatbots.knowledge.formats import Format, choose_format
from chatbots.knowledge.meaning import Meaning, recall_meaning
from chatbots.knowledge.pieces import Parsed, Piece, check_text
from chatbots.knowledge.store import (
    lock_chatbot,
    make_chunk,
    prune_old_indexes,
    remove_chunks,
    select_next,
    select_staged,
    set_revision,
    stage_pieces,
    swap_chunks,
)
from chatbots.models import Chatbot, KnowledgeSource, SourceState
from chatbots.retrieval.embedding.base import EmbedderFailed
from chatbots.retrieval.index import load_index, prepare_index
from core.errors import Conflict, Invalid, NotFound, ParleyError, ProviderFailed, TooLarge

logger = logging.getLogger(__name__)

MAX_SOURCE_TITLE = 200
ATTEMPTS = 5
# How much of the bar each stage is given. Embedding takes ten times as long as all the rest.
READ_UNTIL, WRITTEN_UNTIL, INDEXED_AT = 10, 85, 98
READING, WRITING, EMBEDDING, INDEXING = "Reading", "Writing", "Reading the meaning", "Building the index"
# A live import tells its row so at least this often, so that the sweep does not take it for dead.
SIGN_OF_LIFE_SECONDS = 20.0

OnProgress = Callable[[int], None]


class Superseded(Conflict):
    """Another import of the same source began, or it was removed, while this one ran."""

    default_detail = "The source was removed or imported again meanwhile. The later import counts."


@dataclass(slots=True)
class ImportRun:
    """One attempt at a source. `claim` is in the source's `upload` as long as this attempt is the one that counts."""

    source: KnowledgeSource
    claim: str
    on_progress: OnProgress
    percent: int = -1
    stage: str = ""
    reported_at: float = field(default=0.0)

    def report(self, percent: float, *, stage: str) -> None:
        """Tell the caller of every percent, and the row at most once a second. Raises Superseded."""
        whole = max(int(percent), self.percent)
        if whole > self.percent:
            self.on_progress(whole)
        news = whole > self.percent or stage != self.stage
        self.percent, self.stage = whole, stage
        if monotonic() - self.reported_at >= (1.0 if news else SIGN_OF_LIFE_SECONDS):
            self.reported_at = monotonic()
            self.update_source(progress=whole, stage=stage)

    def update_source(self, **fields: object) -> None:
        if not update_claimed(self.source, self.claim, **fields):
            raise Superseded


def import_file(*, chatbot: Chatbot, path: Path, on_progress: OnProgress | None = None) -> KnowledgeSource:
    """Import a file under its name. Raises as `import_source` does, and NotFound."""
    with _open_file(
        path
    ) as opened:  # a file that is not there or cannot be read leaves no failed source behind
        choose_format(path.name, opened)
    return import_source(chatbot=chatbot, title=path.name, kind=path.name, path=path, on_progress=on_progress)


def import_source(
    *,
    chatbot: Chatbot,
    title: str,
    kind: str,
    data: bytes | str | None = None,
    path: Path | None = None,
    on_progress: OnProgress | None = None,
) -> KnowledgeSource:
    """Import `data` or the file at `path` as the bot's source `title`, in place of an older one of that title.

    Returns once it is searchable. `kind` is a format's name or a file name; `on_progress` hears whole percents.

    Raises:
        Invalid, TooLarge: it cannot be read; the source says so too, as failed. Superseded.
    """
    content = data.encode("utf-8", "surrogatepass") if isinstance(data, str) else data

    def opening() -> BinaryIO:
        return io.BytesIO(content) if content is not None else _open_file(path)

    with opening() as opened:
        chosen = choose_format(kind, opened)
    source = begin_source(
        chatbot=chatbot,
        title=title,
        kind=chosen.kind,
        state=SourceState.INDEXING,
        claim=f"direct/{uuid.uuid4()}",
    )
    run = ImportRun(source, source.upload, on_progress or (lambda percent: None))
    run_import(run, chosen, opening)
    source.refresh_from_db()
    return source


def begin_source(
    *, chatbot: Chatbot, title: str, kind: str, state: str, claim: str, address: str = ""
) -> KnowledgeSource:
    """The row of the source `title`, made or taken over by this import; `address` where it is on the web.

    Raises Invalid for a title that is none.
    """
    title = " ".join(check_text(title, place="The source", name="title", limit=MAX_SOURCE_TITLE).split())
    if not title:
        raise Invalid("Give the source a title.", fields={"title": "Give the source a title."})
    fresh: dict[str, Any] = {
        "kind": kind,
        "state": state,
        "progress": 0,
        "stage": "",
        "error": "",
        "hint": "",
        "warnings": [],
        "upload": claim,
        "address": address,
        **({} if address else {"pages": [], "fetched_at": None}),
    }
    rows = KnowledgeSource.objects.filter(chatbot=chatbot, title=title, removed_at__isnull=True)
    for _ in range(ATTEMPTS):
        if rows.update(**fresh, updated_at=timezone.now()):
            with suppress(KnowledgeSource.DoesNotExist):
                return rows.get()
        with suppress(IntegrityError), transaction.atomic():
            return KnowledgeSource.objects.create(
                organisation_id=chatbot.organisation_id, chatbot=chatbot, title=title, **fresh
            )
    raise Superseded


def run_import(run: ImportRun, chosen: Format, opening: Callable[[], BinaryIO]) -> None:
    """Take a claimed source from its content to ready. What fails is written to the source, and raised."""
    try:
        with opening() as opened:
            check_size(opened)
            parsed = chosen.read(opened, lambda share: run.report(share * READ_UNTIL, stage=READING))
        _check_count(parsed)
        if parsed.unchanged:
            _keep_as_it_is(run, parsed)
        else:
            note_duplicates(run.source, parsed)
            _let_in(run, parsed)
    except Superseded:
        raise
    except ParleyError as error:
        keep = isinstance(error, EmbedderFailed)
        fail_source(run.source, run.claim, error=error.detail, hint=_give_hint(error), keep_staged=keep)
        raise
    except Exception:
        fail_source(
            run.source,
            run.claim,
            error="Something went wrong on our side while this was imported.",
            hint="Import it again. If that fails too, the server's log says more.",
        )
        raise


def remove_source(*, source: KnowledgeSource) -> None:
    """Take a source out of the draft; published versions keep it. Raises NotFound when it is gone already."""
    revision = remove_chunks(source=source)
    prune_old_indexes(chatbot_id=source.chatbot_id, revision=revision)


def update_claimed(source: KnowledgeSource, claim: str, **fields: object) -> bool:
    """Change the source's row unless it was removed or claimed by a later import; says whether it was changed."""
    rows = KnowledgeSource.objects.filter(pk=source.pk, upload=claim, removed_at__isnull=True)
    return bool(rows.update(updated_at=timezone.now(), **fields))


def fail_source(
    source: KnowledgeSource, claim: str, *, error: str, hint: str, keep_staged: bool = False
) -> None:
    """What it knew before stays searchable. `keep_staged`: the next attempt finds there what this one embedded."""
    if not keep_staged:
        select_staged(source).delete()
    update_claimed(source, claim, state=SourceState.FAILED, error=error, hint=hint, upload="", stage="")


def check_size(opened: BinaryIO) -> None:
    """Raises TooLarge before anything is read into memory."""
    size = opened.seek(0, 2)
    opened.seek(0)
    if size > settings.KNOWLEDGE_MAX_BYTES:
        raise TooLarge(
            f"The file has {_megabytes(size)}; {_megabytes(settings.KNOWLEDGE_MAX_BYTES)} are allowed. "
            "Split it, or raise KNOWLEDGE_MAX_BYTES."
        )


def _check_count(parsed: Parsed) -> None:
    if len(parsed.pieces) > settings.KNOWLEDGE_MAX_ROWS:
        raise TooLarge(
            f"The file makes {len(parsed.pieces):,} passages; {settings.KNOWLEDGE_MAX_ROWS:,} are allowed. "
            "Split it, or raise KNOWLEDGE_MAX_ROWS."
        )


def _keep_as_it_is(run: ImportRun, parsed: Parsed) -> None:
    """The source holds these very pieces: no new revision."""
    done = {"state": SourceState.READY, "progress": 100, "error": "", "hint": "", "upload": "", "stage": ""}
    run.update_source(**done, warnings=parsed.warnings, **parsed.facts)
    run.claim = ""
    run.on_progress(100)


def _let_in(run: ImportRun, parsed: Parsed) -> None:
    """Stage, build the index of the revision to come, swap; again where another import of the bot came between."""
    drafts = [make_chunk(source=run.source, piece=piece, position=0, added_in=0) for piece in parsed.pieces]
    meaning = recall_meaning(chatbot_id=run.source.chatbot_id, texts=drafts)
    for attempt in range(ATTEMPTS):
        _stage(run, parsed.pieces, meaning)
        revision = Chatbot.objects.values_list("knowledge_revision", flat=True).get(pk=run.source.chatbot_id)
        coming = select_next(source=run.source, revision=revision)
        run.report(WRITTEN_UNTIL, stage=INDEXING)
        prepare_index(chatbot_id=run.source.chatbot_id, revision=revision + 1, chunks=coming)
        run.report(INDEXED_AT, stage=INDEXING)
        if _swap(run, parsed, expected=revision + 1, last=attempt == ATTEMPTS - 1):
            return
    raise Superseded


def _stage(run: ImportRun, pieces: list[Piece], meaning: Meaning) -> None:
    span = WRITTEN_UNTIL - READ_UNTIL
    total = sum(len(piece.questions) + 1 for piece in pieces)
    stage = EMBEDDING if meaning.embedder is not None else WRITING

    def on_texts(done: int) -> None:
        run.report(READ_UNTIL + span * min(1.0, done / total), stage=stage)

    on_texts(0)
    stage_pieces(source=run.source, pieces=pieces, meaning=meaning, on_texts=on_texts)


def _swap(run: ImportRun, parsed: Parsed, *, expected: int, last: bool) -> bool:
    """Locks the bot. False: the revision is another than expected, or staged chunks are not all this attempt's."""
    with transaction.atomic():
        revision = lock_chatbot(run.source.chatbot_id).knowledge_revision + 1
        complete = select_staged(run.source).count() == len(parsed.pieces)
        if not complete or (revision != expected and not last):
            return False
        run.update_source(
            state=SourceState.READY,
            progress=100,
            error="",
            hint="",
            warnings=parsed.warnings,
            chunk_count=len(parsed.pieces),
            upload="",
            stage="",
            **parsed.facts,
        )
        swap_chunks(source=run.source, revision=revision)
        set_revision(chatbot_id=run.source.chatbot_id, revision=revision)
    run.claim = ""
    load_index(chatbot_id=run.source.chatbot_id, revision=revision)
    prune_old_indexes(chatbot_id=run.source.chatbot_id, revision=revision)
    run.on_progress(100)
    return True


def _open_file(path: Path | None) -> BinaryIO:
    if path is None:
        raise Invalid("There is nothing to import: give a file or a text.")
    try:
        return path.open("rb")
    except FileNotFoundError as error:
        raise NotFound(f"There is no file {path}.") from error
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


def _give_hint(error: ParleyError) -> str:
    hint = error.hint if isinstance(error, ProviderFailed) else error.extra.get("hint")
    return str(
        hint or "Correct the file and import it again. Until then the bot answers from what it knew before."
    )


def _megabytes(size: int) -> str:
    return f"{size / 2**20:,.1f} MiB" if size >= 2**20 else f"{size:,} bytes"
