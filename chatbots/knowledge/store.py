"""The rows of a bot's knowledge and their revisions.

New chunks are written aside first (`added_in` STAGED, which no revision reaches), a batch a transaction, so that an
import of many rows never keeps the database from those who chat. One short transaction then lets them in, takes the old
ones out and moves the revision on: a reader sees all of a source's old chunks or all of its new ones.
"""

from collections.abc import Callable, Sequence
from functools import partial

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from chatbots.knowledge.meaning import STAGED, Meaning, count_texts
from chatbots.knowledge.pieces import Piece
from chatbots.models import BotVersion, Chatbot, KnowledgeChunk, KnowledgeSource
from chatbots.retrieval.index import prune_indexes, select_chunks
from core.errors import NotFound

BATCH = 250


def stage_pieces(
    *,
    source: KnowledgeSource,
    pieces: Sequence[Piece],
    meaning: Meaning,
    on_texts: Callable[[int], None],
) -> None:
    """Write all pieces aside with their vectors, in place of what an earlier attempt left there.

    A batch is embedded, then written, so that no transaction waits for an embedder, and what was embedded is there for
    the next attempt should this one break off. `on_texts` hears how many texts are done. Raises EmbedderFailed.
    """
    select_staged(source).delete()
    done = 0
    for start in range(0, len(pieces), BATCH):
        chunks = [
            make_chunk(source=source, piece=piece, position=start + at, added_in=STAGED)
            for at, piece in enumerate(pieces[start : start + BATCH])
        ]
        meaning.embed(chunks, on_text=partial(_report_more, on_texts, done))
        KnowledgeChunk.objects.bulk_create(chunks)
        done += count_texts(chunks)
        on_texts(done)


def _report_more(on_texts: Callable[[int], None], before: int, more: int) -> None:
    on_texts(before + more)


def select_staged(source: KnowledgeSource) -> QuerySet[KnowledgeChunk]:
    return KnowledgeChunk.objects.filter(source=source, added_in=STAGED)


def select_next(*, source: KnowledgeSource, revision: int) -> QuerySet[KnowledgeChunk]:
    """What will hold once the source's staged chunks have taken the place of those that hold in `revision`."""
    others = select_chunks(chatbot_id=source.chatbot_id, revision=revision).exclude(source=source)
    staged = Q(source=source, added_in=STAGED)
    return KnowledgeChunk.objects.filter(Q(pk__in=others.order_by().values("pk")) | staged)


def lock_chatbot(chatbot_id: int) -> Chatbot:
    """The bot with its row locked: revisions are given one after the other. Raises NotFound (deleted meanwhile)."""
    chatbot = Chatbot.objects.select_for_update().filter(pk=chatbot_id).first()
    if chatbot is None:
        raise NotFound
    return chatbot


def swap_chunks(*, source: KnowledgeSource, revision: int) -> None:
    """Let the staged chunks in with `revision` and take the source's others out. Inside a transaction."""
    live = KnowledgeChunk.objects.filter(source=source, removed_in__isnull=True).exclude(added_in=STAGED)
    live.update(removed_in=revision)
    select_staged(source).update(added_in=revision)


def set_revision(*, chatbot_id: int, revision: int) -> None:
    Chatbot.objects.filter(pk=chatbot_id).update(knowledge_revision=revision, updated_at=timezone.now())


def remove_chunks(*, source: KnowledgeSource) -> int:
    """Take all of a source out of the draft's knowledge; returns the new revision. Published versions keep it."""
    with transaction.atomic():
        chatbot = lock_chatbot(source.chatbot_id)
        now = timezone.now()
        gone = KnowledgeSource.objects.filter(pk=source.pk, removed_at__isnull=True)
        if not gone.update(removed_at=now, updated_at=now):
            raise NotFound
        select_staged(source).delete()
        revision = chatbot.knowledge_revision + 1
        KnowledgeChunk.objects.filter(source=source, removed_in__isnull=True).update(removed_in=revision)
        set_revision(chatbot_id=chatbot.pk, revision=revision)
    return revision


def prune_old_indexes(*, chatbot_id: int, revision: int) -> None:
    """Keep the index files of published versions, of `revision`, and of the one before, which turns may still use."""
    versions = BotVersion.objects.filter(chatbot=chatbot_id).values_list("knowledge_revision", flat=True)
    prune_indexes(chatbot_id=chatbot_id, keep={*versions, revision, revision - 1})


def make_chunk(*, source: KnowledgeSource, piece: Piece, position: int, added_in: int) -> KnowledgeChunk:
    return KnowledgeChunk(
        organisation_id=source.organisation_id,
        chatbot_id=source.chatbot_id,
        source=source,
        position=position,
        kind=piece.kind,
        title=piece.title or source.title,
        questions=list(piece.questions),
        text=piece.text,
        url=piece.url or source.address,
        added_in=added_in,
    )
