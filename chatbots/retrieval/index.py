"""The door to a bot's index: from memory, from its files, or built from the database, whichever is there first."""

import logging
import math
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from django.conf import settings
from django.db.models import Q, QuerySet

from chatbots.models import KnowledgeChunk
from chatbots.retrieval.base import Retriever
from chatbots.retrieval.building import Survey, build_knowledge, survey_chunks
from chatbots.retrieval.embedding.base import EmbedderFailed
from chatbots.retrieval.embedding.vectors import DamagedVectors
from chatbots.retrieval.knowledge_index import KnowledgeIndex
from chatbots.retrieval.quick import QUICK_CHARACTERS, QuickIndex
from chatbots.retrieval.storage import DamagedIndex, open_index, save_index
from core.jobs import job

logger = logging.getLogger(__name__)

# Mapped files cost little memory; the vocabularies do (about 5 MB at 10,000 chunks).
CACHED_INDEXES = 64
# More chunks than these are not fitted while somebody waits: a job does it, and until then words alone are searched.
FITTED_AT_ONCE = 500
# How often it is looked whether a better index than the one in memory is there by now.
LOOK_AGAIN_SECONDS = 10.0
# A job that has not built it by then is asked for again.
JOB_SECONDS = 300.0
Key = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class _Held:
    """An index in memory, and the stamp of what it should be built from.

    `due` is the (monotonic) time at which to look whether there is a better one; `left_to_job` when a job was asked to
    build that, 0 for an index that is what it should be.
    """

    index: KnowledgeIndex
    stamp: str
    due: float = math.inf
    left_to_job: float = 0.0


_cache: OrderedDict[Key, _Held] = OrderedDict()
_locks: dict[Key, threading.Lock] = {}
_guard = threading.Lock()


def load_index(*, chatbot_id: int, revision: int) -> Retriever:
    """The index over the chunks that hold in `revision`. May read files or the database: not for an event loop.

    Safe from many threads, of which one builds while those that want the same index wait. Two processes may build the
    same index at once; both get theirs. A damaged folder is built anew; one that cannot be written is only logged.
    Where building takes long, or vectors are not there yet, words alone are searched until a job has done it.
    """
    key = _make_key(chatbot_id, revision)
    with _guard:
        if (found := _find_held(key)) is not None:
            return found
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        with _guard:
            found = _find_held(key)
            before = _cache.get(key)
        return found or _remember(key, _look_again(chatbot_id, revision, before))


def find_quick_index(*, chatbot_id: int, revision: int, question: str) -> Retriever | None:
    """The index, where it is in memory, as an event loop may use it for this question: its search raises NeedsThread
    where it would take long. None: ask `load_index` on another thread."""
    with _guard:
        found = _find_held(_make_key(chatbot_id, revision))
    return None if found is None or len(question) > QUICK_CHARACTERS else QuickIndex(found)


def prepare_index(*, chatbot_id: int, revision: int, chunks: QuerySet[KnowledgeChunk]) -> None:
    """Build the files of a revision that is about to be, from the chunks that will hold in it. For a job: takes long.

    Should the revision come out otherwise, the files are noticed to be wrong and built anew. Raises EmbedderFailed.
    """
    survey = survey_chunks(chatbot_id=chatbot_id, chunks=chunks)
    folder = _get_folder(chatbot_id, revision)
    try:
        built = build_knowledge(chunks=chunks, survey=survey)
    except DamagedVectors:
        survey = survey_chunks(chatbot_id=chatbot_id, chunks=chunks)
        built = build_knowledge(chunks=chunks, survey=survey)
    save_index(built, folder, language=survey.language, stamp=survey.stamp)


def refresh_index(*, chatbot_id: int, revision: int) -> None:
    """Build the files of a revision unless they are there and right. For a job: takes long. Raises EmbedderFailed."""
    chunks = select_chunks(chatbot_id=chatbot_id, revision=revision)
    survey = survey_chunks(chatbot_id=chatbot_id, chunks=chunks)
    try:
        open_index(_get_folder(chatbot_id, revision), stamp=survey.stamp)
    except DamagedIndex:
        prepare_index(chatbot_id=chatbot_id, revision=revision, chunks=chunks)


@job
def build_index_files(chatbot_id: int, revision: int) -> None:
    """The job behind an index that was missing and too large to be built while somebody waits. Safe to run twice."""
    try:
        refresh_index(chatbot_id=chatbot_id, revision=revision)
    except EmbedderFailed as failure:
        logger.warning("index %s/%s is not built: %s", chatbot_id, revision, failure.detail)


def select_chunks(*, chatbot_id: int, revision: int) -> QuerySet[KnowledgeChunk]:
    """The chunks that hold in a revision."""
    holds = Q(added_in__lte=revision) & (Q(removed_in__isnull=True) | Q(removed_in__gt=revision))
    return KnowledgeChunk.objects.filter(holds, chatbot_id=chatbot_id)


def forget_indexes() -> None:
    """Empty this process's cache. Files stay."""
    with _guard:
        _cache.clear()
        _locks.clear()


def prune_indexes(*, chatbot_id: int, keep: Iterable[int]) -> None:
    """Delete the files of all revisions but `keep`. A process that still has one mapped goes on with it."""
    kept = {str(revision) for revision in keep}
    folder = get_index_root() / str(chatbot_id)
    for old in folder.iterdir() if folder.is_dir() else ():
        if old.name.isdigit() and old.name not in kept:
            shutil.rmtree(old, ignore_errors=True)


def get_index_root() -> Path:
    return Path(settings.PARLEY_DATA) / "indexes"


def _make_key(chatbot_id: int, revision: int) -> Key:
    return str(settings.PARLEY_DATA), chatbot_id, revision


def _find_held(key: Key) -> KnowledgeIndex | None:
    """What is in memory and not due. Called under the guard."""
    held = _cache.get(key)
    if held is None or held.due < time.monotonic():
        return None
    _cache.move_to_end(key)
    return held.index


def _remember(key: Key, held: _Held) -> KnowledgeIndex:
    with _guard:
        _cache[key] = held
        _locks.pop(key, None)
        while len(_cache) > CACHED_INDEXES:
            _cache.popitem(last=False)
    return held.index


def _look_again(chatbot_id: int, revision: int, before: _Held | None) -> _Held:
    """What is in memory, where nothing better is there by now; else from the files, else built."""
    chunks = select_chunks(chatbot_id=chatbot_id, revision=revision)
    survey = survey_chunks(chatbot_id=chatbot_id, chunks=chunks)
    now = time.monotonic()
    due = now + LOOK_AGAIN_SECONDS if survey.waiting else math.inf
    same = before if before is not None and before.stamp == survey.stamp else None
    if same is not None and not same.left_to_job:
        return replace(same, due=due)
    try:
        return _Held(open_index(_get_folder(chatbot_id, revision), stamp=survey.stamp), survey.stamp, due)
    except DamagedIndex as damage:
        logger.info("index %s/%s is not there: %s", chatbot_id, revision, damage)
    if same is not None and now - same.left_to_job < JOB_SECONDS:
        return replace(same, due=now + LOOK_AGAIN_SECONDS)
    if survey.chunks > FITTED_AT_ONCE:
        _leave_to_job(chatbot_id, revision)
        return _build_by_words(chunks, survey)
    return _build_and_save(chatbot_id, revision, chunks, survey, due)


def _build_and_save(
    chatbot_id: int, revision: int, chunks: QuerySet[KnowledgeChunk], survey: Survey, due: float
) -> _Held:
    folder = _get_folder(chatbot_id, revision)
    try:
        built = build_knowledge(chunks=chunks, survey=survey)
    except (EmbedderFailed, DamagedVectors) as failure:
        logger.warning("bot %s is searched by words alone: %r", chatbot_id, failure)
        return _build_by_words(chunks, survey)
    try:
        save_index(built, folder, language=survey.language, stamp=survey.stamp)
        return _Held(open_index(folder, stamp=survey.stamp), survey.stamp, due)
    except (OSError, DamagedIndex):
        logger.exception("index %s/%s could not be saved; it is kept in memory", chatbot_id, revision)
        return _Held(built, survey.stamp, due)


def _build_by_words(chunks: QuerySet[KnowledgeChunk], survey: Survey) -> _Held:
    """For the meantime."""
    built = build_knowledge(chunks=chunks, survey=survey, fit=False)
    now = time.monotonic()
    return _Held(built, survey.stamp, now + LOOK_AGAIN_SECONDS, left_to_job=now)


def _leave_to_job(chatbot_id: int, revision: int) -> None:
    try:
        build_index_files(chatbot_id, revision)
    except Exception:
        logger.exception("the building of index %s/%s could not be queued", chatbot_id, revision)


def _get_folder(chatbot_id: int, revision: int) -> Path:
    return get_index_root() / str(chatbot_id) / str(revision)
