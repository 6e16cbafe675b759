"""The door to a bot's index: from memory, from its files, or built from the database, whichever is there first."""

import logging
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from chatbots.models import Chatbot, KnowledgeChunk
from chatbots.retrieval.base import Retriever
from chatbots.retrieval.bm25 import WordIndex, build_index
from chatbots.retrieval.storage import DamagedIndex, open_index, save_index
from chatbots.retrieval.texts import Entry

logger = logging.getLogger(__name__)

# Up to here a search takes less time than handing it to another thread and back (docs/decisions/015).
QUICK_TEXTS = 5_000
QUICK_CHARACTERS = 500
# Mapped files cost little memory; the vocabularies do (about 5 MB at 10,000 chunks).
CACHED_INDEXES = 64
Key = tuple[str, int, int]

_cache: OrderedDict[Key, WordIndex] = OrderedDict()
_locks: dict[Key, threading.Lock] = {}
_guard = threading.Lock()


def load_index(*, chatbot_id: int, revision: int) -> Retriever:
    """The index over the chunks that hold in `revision`. May read files or the database: not for an event loop.

    Safe from many threads, of which one builds while those that want the same index wait. Two processes may build the
    same index at once; both get theirs. A damaged folder is built anew; one that cannot be written is only logged.
    """
    key = _make_key(chatbot_id, revision)
    with _guard:
        if (found := _cache.get(key)) is not None:
            _cache.move_to_end(key)
            return found
        lock = _locks.setdefault(key, threading.Lock())
    with lock:
        with _guard:
            found = _cache.get(key)
        return found or _remember(key, _open_or_build(chatbot_id, revision))


def find_quick_index(*, chatbot_id: int, revision: int, question: str) -> Retriever | None:
    """The index where it is in memory already and so small that an event loop may search it for this question itself."""
    with _guard:
        found = _cache.get(_make_key(chatbot_id, revision))
    if found is None or len(question) > QUICK_CHARACTERS or found.count_texts() > QUICK_TEXTS:
        return None
    return found


def prepare_index(*, chatbot_id: int, revision: int, chunks: QuerySet[KnowledgeChunk]) -> None:
    """Build the files of a revision that is about to be, from the chunks that will hold in it.

    Should the revision come out otherwise, the files are noticed to be wrong and built anew.
    """
    language = _get_language_code(chatbot_id)
    stamp = _make_stamp(chatbot_id, chunks)
    built = build_index(list(_read_entries(chunks)), language=language)
    save_index(built, _get_folder(chatbot_id, revision), language=language, stamp=stamp)


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


def _remember(key: Key, index: WordIndex) -> WordIndex:
    with _guard:
        _cache[key] = index
        _locks.pop(key, None)
        while len(_cache) > CACHED_INDEXES:
            _cache.popitem(last=False)
    return index


def _open_or_build(chatbot_id: int, revision: int) -> WordIndex:
    chunks = select_chunks(chatbot_id=chatbot_id, revision=revision)
    folder, stamp = _get_folder(chatbot_id, revision), _make_stamp(chatbot_id, chunks)
    try:
        return open_index(folder, stamp=stamp)
    except DamagedIndex as damage:
        logger.info("building index %s/%s: %s", chatbot_id, revision, damage)
    language = _get_language_code(chatbot_id)
    built = build_index(list(_read_entries(chunks)), language=language)
    try:
        save_index(built, folder, language=language, stamp=stamp)
        return open_index(folder, stamp=stamp)
    except (OSError, DamagedIndex):
        logger.exception("index %s/%s could not be saved; it is kept in memory", chatbot_id, revision)
        return built


def _get_folder(chatbot_id: int, revision: int) -> Path:
    return get_index_root() / str(chatbot_id) / str(revision)


def _get_language_code(chatbot_id: int) -> str:
    languages = Chatbot.objects.filter(pk=chatbot_id).values_list("languages", flat=True).first()
    return str(languages[0]) if languages else "en"


def _make_stamp(chatbot_id: int, chunks: QuerySet[KnowledgeChunk]) -> str:
    """Which chunks of which bot in which language: chunks never change, and the public id is never given twice.

    So files that outlived their database (restored, emptied, made anew) are not taken for this one's.
    """
    public_id = Chatbot.objects.filter(pk=chatbot_id).values_list("public_id", flat=True).first()
    counted = chunks.order_by().aggregate(count=Count("id"), first=Min("id"), last=Max("id"), total=Sum("id"))
    numbers = "/".join(str(counted[name] or 0) for name in ("count", "first", "last", "total"))
    return f"{public_id}/{_get_language_code(chatbot_id)}/{numbers}"


def _read_entries(chunks: QuerySet[KnowledgeChunk]) -> Iterator[Entry]:
    ordered = chunks.order_by("source_id", "position", "id")
    rows = ordered.values_list("id", "source_id", "source__title", "title", "text", "kind", "questions")
    for chunk_id, source_id, source, title, text, kind, questions in rows.iterator(chunk_size=2000):
        yield Entry(chunk_id, source_id, source, title, text, kind, tuple(questions))
