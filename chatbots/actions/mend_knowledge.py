"""Mending the draft's knowledge from what a trace or an evaluation showed: one more way to ask an entry."""

import logging
from collections.abc import Sequence

from django.db import transaction
from django.db.models import QuerySet

from chatbots.knowledge.entries import add_faq_entry
from chatbots.knowledge.meaning import recall_meaning
from chatbots.knowledge.pieces import MAX_QUESTION, MAX_TITLE, check_text
from chatbots.knowledge.store import lock_chatbot, prune_old_indexes, set_revision
from chatbots.models import Chatbot, KnowledgeChunk
from chatbots.retrieval.embedding.base import EmbedderFailed
from chatbots.retrieval.index import load_index, select_chunks
from core.errors import Conflict, Invalid, NotFound

logger = logging.getLogger(__name__)

GONE = "That entry is not in the draft any more. Choose another, or add it anew."


def add_variant(*, chatbot: Chatbot, chunk_id: int, question: str) -> KnowledgeChunk:
    """Let the draft answer `question` with the entry that `chunk_id` was; searchable on return.

    A FAQ entry gets it as one more variant (a new chunk in the old one's place). A passage keeps as it is: a written
    entry answers the question in the passage's words.

    Raises:
        NotFound: neither the chunk nor one of its title and source is in the draft. Invalid: no question, or an entry
        that has it already. Conflict: the entry was changed meanwhile.
    """
    question = check_question(question)
    chatbot.refresh_from_db(fields=["knowledge_revision"])
    chunk = _find_live(chatbot, chunk_id)
    if chunk.kind == "faq":
        made = _make_successor(chunk, question)
        give_meaning(chatbot_id=chatbot.pk, chunks=[made])
        return _replace(chatbot, chunk, made)
    title = chunk.title[:MAX_TITLE]
    return add_faq_entry(chatbot=chatbot, title=title, questions=[question], answer=chunk.text)


def check_question(question: str) -> str:
    """Stripped, on one line. Raises Invalid."""
    text = check_text(question, place="The question", name="question", limit=MAX_QUESTION)
    if not text:
        raise Invalid("There is no question.", fields={"question": "Write the question."})
    return " ".join(text.split())


def _draft(chatbot: Chatbot) -> QuerySet[KnowledgeChunk]:
    chunks = select_chunks(chatbot_id=chatbot.pk, revision=chatbot.knowledge_revision)
    return chunks.exclude(kind="out_of_scope").filter(source__removed_at__isnull=True)


def _find_live(chatbot: Chatbot, chunk_id: int) -> KnowledgeChunk:
    """The chunk, or the one that took its place in the draft since."""
    named = KnowledgeChunk.objects.filter(chatbot=chatbot, pk=chunk_id).select_related("source").first()
    if named is None:
        raise NotFound(GONE)
    live = _draft(chatbot).select_related("source")
    same = live.filter(title=named.title, kind=named.kind)
    found = live.filter(pk=chunk_id).first() or same.filter(source=named.source_id).first() or same.first()
    if found is None:
        raise NotFound(GONE)
    return found


def _make_successor(chunk: KnowledgeChunk, question: str) -> KnowledgeChunk:
    """The entry with one more variant, not stored yet: chunks never change, so it is to take the old one's place."""
    if any(" ".join(known.split()).casefold() == question.casefold() for known in chunk.questions):
        raise Invalid(
            f"“{chunk.title}” has this question already. Look at the threshold, or at the other entries."
        )
    return KnowledgeChunk(
        organisation_id=chunk.organisation_id,
        chatbot_id=chunk.chatbot_id,
        source_id=chunk.source_id,
        position=chunk.position,
        kind=chunk.kind,
        title=chunk.title,
        questions=[*chunk.questions, question],
        text=chunk.text,
        url=chunk.url,
    )


def _replace(chatbot: Chatbot, chunk: KnowledgeChunk, made: KnowledgeChunk) -> KnowledgeChunk:
    """Locks the bot. Raises Conflict where the entry was changed or removed meanwhile."""
    with transaction.atomic():
        revision = lock_chatbot(chatbot.pk).knowledge_revision + 1
        if not KnowledgeChunk.objects.filter(pk=chunk.pk, removed_in__isnull=True).update(
            removed_in=revision
        ):
            raise Conflict
        made.added_in = revision
        made.save(force_insert=True)
        set_revision(chatbot_id=chatbot.pk, revision=revision)
    refresh_index(chatbot_id=chatbot.pk, revision=revision)
    return made


def give_meaning(*, chatbot_id: int, chunks: Sequence[KnowledgeChunk]) -> None:
    """Embed chunks that are not stored yet; without an embedder, or where it fails, a job does so later."""
    try:
        recall_meaning(chatbot_id=chatbot_id, texts=chunks).embed(chunks)
    except EmbedderFailed as failure:
        logger.warning("knowledge of bot %s is searched by words at first: %s", chatbot_id, failure.detail)


def refresh_index(*, chatbot_id: int, revision: int) -> None:
    """Build the draft's new index now rather than with the next question, and drop the old ones' files."""
    load_index(chatbot_id=chatbot_id, revision=revision)
    prune_old_indexes(chatbot_id=chatbot_id, revision=revision)
