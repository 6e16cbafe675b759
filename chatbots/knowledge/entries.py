"""Single FAQ entries, written by hand in the dashboard or sent by an API client."""

import logging
from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone

from chatbots.knowledge.faq import FaqCollector
from chatbots.knowledge.importing import begin_source
from chatbots.knowledge.meaning import recall_meaning
from chatbots.knowledge.pieces import Piece
from chatbots.knowledge.store import lock_chatbot, make_chunk, prune_old_indexes, set_revision
from chatbots.models import Chatbot, KnowledgeChunk, KnowledgeSource, SourceKind, SourceState
from chatbots.retrieval.embedding.base import EmbedderFailed
from chatbots.retrieval.index import load_index, select_chunks
from core.errors import Invalid

logger = logging.getLogger(__name__)
WRITTEN_ENTRIES = "Written entries"


def add_faq_entry(
    *,
    chatbot: Chatbot,
    title: str,
    questions: Sequence[str],
    answer: str,
    source_title: str = WRITTEN_ENTRIES,
) -> KnowledgeChunk:
    """Add an entry to the source of written entries, in place of one of the same title. Searchable on return.

    Raises:
        Invalid: an empty or unreadable field; all of them named.
    """
    piece = _check_entry(title, questions, answer)
    meaning = _embed_piece(chatbot, piece)
    with transaction.atomic():
        locked = lock_chatbot(chatbot.pk)
        source = _get_written_source(locked, source_title)
        held = select_chunks(chatbot_id=locked.pk, revision=locked.knowledge_revision).filter(source=source)
        revision = locked.knowledge_revision + 1
        held.filter(title__iexact=piece.title).update(removed_in=revision)
        position = (held.order_by("-position").values_list("position", flat=True).first() or 0) + 1
        chunk = make_chunk(source=source, piece=piece, position=position, added_in=revision)
        chunk.vectors, chunk.embedded_by = meaning.vectors, meaning.embedded_by
        chunk.save(force_insert=True)
        _count_chunks(source, revision)
        set_revision(chatbot_id=locked.pk, revision=revision)
    load_index(chatbot_id=chatbot.pk, revision=revision)
    prune_old_indexes(chatbot_id=chatbot.pk, revision=revision)
    return chunk


def _embed_piece(chatbot: Chatbot, piece: Piece) -> KnowledgeChunk:
    """An unsaved chunk with the piece's vectors; without them where the embedder fails, and a job embeds it later."""
    unsaved = KnowledgeChunk(
        kind=piece.kind, title=piece.title, text=piece.text, questions=list(piece.questions)
    )
    try:
        recall_meaning(chatbot_id=chatbot.pk, texts=[]).embed([unsaved])
    except EmbedderFailed as failure:
        logger.warning("an entry of bot %s is searched by words at first: %s", chatbot.pk, failure.detail)
    return unsaved


def _check_entry(title: str, questions: Sequence[str], answer: str) -> Piece:
    asked = [question for question in questions if question.strip()]
    fields = {
        name: "This is needed."
        for name, value in (("title", title.strip()), ("questions", asked), ("answer", answer.strip()))
        if not value
    }
    if fields:
        raise Invalid("An entry needs a title, at least one question, and an answer.", fields=fields)
    collector = FaqCollector()
    for question in asked:
        collector.add_row(title=title, question=question, answer=answer, place="The entry")
    return collector.finish().pieces[0]


def _get_written_source(chatbot: Chatbot, title: str) -> KnowledgeSource:
    """Made with the first entry. A source of that title that is being imported is left alone."""
    source = KnowledgeSource.objects.filter(chatbot=chatbot, title=title, removed_at__isnull=True).first()
    if source is None:
        return begin_source(
            chatbot=chatbot, title=title, kind=SourceKind.FAQ, state=SourceState.READY, claim=""
        )
    if source.kind != SourceKind.FAQ or source.upload:
        raise Invalid(
            f"“{title}” is another kind of source, or is being imported right now. Choose another title."
        )
    return source


def _count_chunks(source: KnowledgeSource, revision: int) -> None:
    count = select_chunks(chatbot_id=source.chatbot_id, revision=revision).filter(source=source).count()
    KnowledgeSource.objects.filter(pk=source.pk).update(
        state=SourceState.READY, progress=100, chunk_count=count, error="", hint="", updated_at=timezone.now()
    )
