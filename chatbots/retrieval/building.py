"""From a bot's chunks to its index: which chunks count, whether all their vectors are there, and the scorer's fit."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.db.models import Count, Max, Min, Q, QuerySet, Sum

from chatbots.models import Chatbot, KnowledgeChunk
from chatbots.retrieval.background import load_background
from chatbots.retrieval.bm25 import build_index
from chatbots.retrieval.embedding.base import Rows, name_embedder
from chatbots.retrieval.embedding.vectors import OUT_OF_SCOPE, DamagedVectors, list_digests, unpack_rows
from chatbots.retrieval.knowledge_index import KnowledgeIndex, hash_outside
from chatbots.retrieval.ranking import scorer
from chatbots.retrieval.ranking.evidence import TextVectors
from chatbots.retrieval.texts import Entry

logger = logging.getLogger(__name__)
READ_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Survey:
    """What there is to build. `embedder` is "" where words alone are searched, now or for good.

    `waiting`: not for good, since chunks are still to be embedded. `stamp` says what an index was built from.
    """

    stamp: str
    language: str
    chunks: int
    embedder: str
    waiting: bool


@dataclass(slots=True)
class _Gathered:
    """What was read: entries, what must not be answered, and the rows of both."""

    entries: list[Entry] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    variants: list[Rows] = field(default_factory=list)
    passages: list[Rows] = field(default_factory=list)
    outside_rows: list[Rows] = field(default_factory=list)
    passages_seen: set[str] = field(default_factory=set)


def survey_chunks(*, chatbot_id: int, chunks: QuerySet[KnowledgeChunk]) -> Survey:
    """Two queries. Chunks never change, and the public id of a bot is never given twice: so files that outlived their
    database (restored, emptied, made anew) are not taken for this one's. Vectors come later, or from another embedder.
    """
    wanted = name_embedder()
    bot = Chatbot.objects.filter(pk=chatbot_id).values_list("public_id", "languages").first()
    public_id, languages = bot or ("", [])
    language = str(languages[0]) if languages else "en"
    counted = chunks.order_by().aggregate(
        count=Count("id"),
        first=Min("id"),
        last=Max("id"),
        total=Sum("id"),
        embedded=Count("id", filter=Q(embedded_by=wanted)),
    )
    waiting = bool(wanted) and counted["embedded"] < counted["count"]
    embedder = "" if waiting else wanted
    numbers = "/".join(str(counted[name] or 0) for name in ("count", "first", "last", "total"))
    version = getattr(scorer, "SCORER_FORMAT", 0)
    stamp = f"{public_id}/{language}/{numbers}/{version}/{embedder}"
    return Survey(stamp, language, counted["count"], embedder, waiting)


def build_knowledge(*, chunks: QuerySet[KnowledgeChunk], survey: Survey, fit: bool = True) -> KnowledgeIndex:
    """Build the index of `chunks`. Without `fit` by words alone, which takes a second for 10,000 chunks, not ten.

    Raises:
        DamagedVectors: some are not what was stored; those chunks now wait to be embedded again. EmbedderFailed.
    """
    embedder = survey.embedder if fit else ""
    gathered = _Gathered()
    for chunk_id, entry, stored in _read_rows(chunks, with_vectors=bool(embedder)):
        _gather(gathered, chunk_id, entry, stored, with_vectors=bool(embedder))
    words = build_index(gathered.entries, language=survey.language)
    outside = hash_outside(gathered.outside)
    if not fit:
        return KnowledgeIndex(words, outside=outside)
    vectors = _join_vectors(gathered) if embedder and gathered.entries else None
    fitted = scorer.fit_scorer(
        words=words,
        entries=gathered.entries,
        vectors=vectors,
        outside=gathered.outside,
        outside_vectors=_stack(gathered.outside_rows, like=vectors.passages) if vectors is not None else None,
        background_vectors=_load_background(embedder, vectors),
    )
    return KnowledgeIndex(words, fitted, embedder if vectors is not None else "", outside)


def _load_background(embedder: str, vectors: TextVectors | None) -> Rows | None:
    return None if vectors is None else load_background(embedder, dimensions=vectors.passages.shape[1])


def forget_vectors(chunk_ids: list[int]) -> None:
    """Have chunks embedded again by the job."""
    KnowledgeChunk.objects.filter(pk__in=chunk_ids).update(embedded_by="", vectors=None)


def _read_rows(
    chunks: QuerySet[KnowledgeChunk], *, with_vectors: bool
) -> Iterator[tuple[int, Entry, bytes | None]]:
    columns = ["id", "source_id", "source__title", "title", "text", "kind", "questions", "url"]
    ordered = chunks.order_by("source_id", "position", "id")
    rows: Any = ordered.values_list(*columns, *(["vectors"] if with_vectors else []))
    for chunk_id, source_id, source, title, text, kind, questions, url, *stored in rows.iterator(
        chunk_size=READ_AT_ONCE
    ):
        entry = Entry(chunk_id, source_id, source, title, text, kind, tuple(questions), url)
        yield chunk_id, entry, bytes(stored[0]) if stored and stored[0] is not None else None


def _gather(
    gathered: _Gathered, chunk_id: int, entry: Entry, stored: bytes | None, *, with_vectors: bool
) -> None:
    """Of passages with the same text the first counts: the same answer twice tells nobody more."""
    if entry.kind == "passage":
        if entry.text in gathered.passages_seen:
            return
        gathered.passages_seen.add(entry.text)
    rows = _unpack(entry, stored) if with_vectors else None
    if entry.kind == OUT_OF_SCOPE:
        gathered.outside += entry.questions
        if rows is not None:
            gathered.outside_rows.append(rows)
        return
    gathered.entries.append(entry)
    if rows is not None:
        gathered.variants.append(rows[:-1])
        gathered.passages.append(rows[-1:])


def _unpack(entry: Entry, stored: bytes | None) -> Rows:
    try:
        return unpack_rows(stored, count=len(list_digests(entry)))
    except DamagedVectors:
        forget_vectors([entry.chunk_id])
        raise


def _join_vectors(gathered: _Gathered) -> TextVectors:
    """Rows of another length than the newest chunk's come from a model that was exchanged under its name."""
    newest = max(range(len(gathered.entries)), key=lambda at: gathered.entries[at].chunk_id)
    length = gathered.passages[newest].shape[1]
    strange = [
        entry.chunk_id
        for entry, rows in zip(gathered.entries, gathered.passages, strict=True)
        if rows.shape[1] != length
    ]
    if strange or any(rows.shape[1] != length for rows in gathered.outside_rows):
        forget_vectors(strange)
        raise DamagedVectors
    owners = np.repeat(np.arange(len(gathered.entries)), [len(entry.questions) for entry in gathered.entries])
    return TextVectors(
        questions=np.concatenate(gathered.variants),
        question_owners=owners.astype(np.int32),
        passages=np.concatenate(gathered.passages),
    )


def _stack(rows: list[Rows], *, like: Rows) -> Rows:
    return np.concatenate(rows) if rows else np.zeros((0, like.shape[1]), dtype=np.float32)
