"""Questions that a bot shall not answer: examples from which it learns where its knowledge ends."""

from collections.abc import Collection, Sequence

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from chatbots.actions.mend_knowledge import check_question, give_meaning, refresh_index
from chatbots.knowledge.importing import begin_source
from chatbots.knowledge.store import lock_chatbot, set_revision
from chatbots.models import Chatbot, KnowledgeChunk, KnowledgeSource, SourceKind, SourceState
from chatbots.retrieval.index import select_chunks
from core.errors import Conflict, Invalid, NotFound

TITLE = "Questions not to answer"
KIND = "out_of_scope"
MOST_AT_ONCE = 2_000


def access_out_of_scope(chatbot: Chatbot) -> QuerySet[KnowledgeChunk]:
    """The draft's examples of a bot that the caller already has access to, newest first."""
    chunks = select_chunks(chatbot_id=chatbot.pk, revision=chatbot.knowledge_revision)
    return chunks.filter(kind=KIND, source__removed_at__isnull=True).order_by("-id")


def add_out_of_scope(*, chatbot: Chatbot, questions: Sequence[str]) -> int:
    """Add examples to the source of such questions; returns how many were new.

    Raises:
        Invalid: no question, too many, or one that cannot be; nothing is added. Conflict: the source is being imported.
    """
    wanted = {text.casefold(): text for text in map(check_question, filter(str.strip, questions))}
    if not wanted:
        raise Invalid("There is no question.", fields={"questions": "Write at least one question."})
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid(f"At most {MOST_AT_ONCE:,} at once. Upload more as a file under Knowledge.")
    made = {
        key: KnowledgeChunk(kind=KIND, title=text[:500], text="", questions=[text])
        for key, text in wanted.items()
    }
    give_meaning(chatbot_id=chatbot.pk, chunks=list(made.values()))
    with transaction.atomic():
        locked = lock_chatbot(chatbot.pk)
        source = _get_source(locked)
        known = {chunk.questions[0].casefold() for chunk in access_out_of_scope(locked) if chunk.questions}
        fresh = [chunk for key, chunk in made.items() if key not in known]
        if fresh:
            _write(locked, source, fresh)
    if fresh:
        refresh_index(chatbot_id=locked.pk, revision=locked.knowledge_revision + 1)
    return len(fresh)


def remove_out_of_scope(*, chatbot: Chatbot, chunk_ids: Collection[int]) -> int:
    """Take examples out of the draft; returns how many there were. Raises NotFound where none of them is there."""
    with transaction.atomic():
        locked = lock_chatbot(chatbot.pk)
        revision = locked.knowledge_revision + 1
        chosen = access_out_of_scope(locked).filter(pk__in=list(chunk_ids))
        sources = set(chosen.values_list("source_id", flat=True))
        gone = KnowledgeChunk.objects.filter(pk__in=list(chosen.values_list("pk", flat=True))).update(
            removed_in=revision
        )
        if not gone:
            raise NotFound
        _close(locked, sources, revision)
    refresh_index(chatbot_id=chatbot.pk, revision=revision)
    return gone


def _write(chatbot: Chatbot, source: KnowledgeSource, chunks: Sequence[KnowledgeChunk]) -> None:
    revision = chatbot.knowledge_revision + 1
    last = (
        KnowledgeChunk.objects.filter(source=source).order_by("-position").values_list("position", flat=True)
    )
    start = (last.first() or 0) + 1
    for at, chunk in enumerate(chunks):
        chunk.organisation_id, chunk.chatbot_id, chunk.source = chatbot.organisation_id, chatbot.pk, source
        chunk.position, chunk.added_in = start + at, revision
    KnowledgeChunk.objects.bulk_create(chunks)
    _close(chatbot, {source.pk}, revision)


def _close(chatbot: Chatbot, sources: Collection[int], revision: int) -> None:
    """Count what the sources hold in the new revision, and let it be the draft's."""
    for source_id in sources:
        held = select_chunks(chatbot_id=chatbot.pk, revision=revision).filter(source=source_id).count()
        KnowledgeSource.objects.filter(pk=source_id).update(chunk_count=held, updated_at=timezone.now())
    set_revision(chatbot_id=chatbot.pk, revision=revision)


def _get_source(chatbot: Chatbot) -> KnowledgeSource:
    """Made with the first example."""
    rows = KnowledgeSource.objects.filter(chatbot=chatbot, title=TITLE, removed_at__isnull=True)
    source = rows.first()
    if source is None:
        kind, state = SourceKind.OUT_OF_SCOPE, SourceState.READY
        return begin_source(chatbot=chatbot, title=TITLE, kind=kind, state=state, claim="")
    if source.kind != SourceKind.OUT_OF_SCOPE or source.upload:
        raise Conflict(
            f"“{TITLE}” is being imported right now, or is another kind of source. Try again in a moment."
        )
    return source
