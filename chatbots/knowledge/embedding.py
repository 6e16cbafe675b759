"""The job that embeds what no import did: chunks from before, or of another embedder. Until then words alone are searched.

The chunks are the work: those without vectors of the embedder in use. One job a bot has the lease (`embedding_until`); what
it did stays done, and the sweep finds the rest.
"""

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from chatbots.knowledge.meaning import Meaning, select_missing
from chatbots.models import Chatbot, KnowledgeChunk
from chatbots.retrieval.embedding.base import EmbedderFailed, find_embedder, name_embedder
from chatbots.retrieval.index import refresh_index
from core.jobs import job

logger = logging.getLogger(__name__)

# Longer than a batch takes; also how long an endpoint that failed is left alone.
LEASE = timedelta(minutes=2)
BATCH = 32


@job
def embed_knowledge(chatbot_id: int) -> None:
    """Embed all of a bot that has no vectors yet, then build the indexes of its draft and of what is published."""
    embedder = find_embedder()
    if embedder is None or not _claim(chatbot_id):
        return
    last = 0
    meaning = Meaning(embedder)
    try:
        while chunks := list(select_missing().filter(chatbot=chatbot_id, pk__gt=last).order_by("pk")[:BATCH]):
            meaning.rows.clear()
            meaning.embed(chunks)
            KnowledgeChunk.objects.bulk_update(chunks, ["vectors", "embedded_by"])
            last = chunks[-1].pk
            _keep_lease(chatbot_id)
        for revision in _list_revisions(chatbot_id):
            refresh_index(chatbot_id=chatbot_id, revision=revision)
    except EmbedderFailed as failure:
        logger.warning("bot %s is searched by words alone: %s", chatbot_id, failure.detail)
        return
    Chatbot.objects.filter(pk=chatbot_id).update(embedding_until=None)


def sweep_embeddings() -> int:
    """Wake a job for each bot with chunks to be embedded that nobody embeds; returns how many. Safe to run twice."""
    if not name_embedder():
        return 0
    free = Q(embedding_until__isnull=True) | Q(embedding_until__lt=timezone.now())
    waiting = select_missing().order_by().values("chatbot").distinct()
    found = list(Chatbot.objects.filter(free, pk__in=waiting).values_list("pk", flat=True))
    for chatbot_id in found:
        embed_knowledge(chatbot_id)
    return len(found)


@db_periodic_task(crontab(minute="*"))  # type: ignore[untyped-decorator]
def sweep_embeddings_each_minute() -> None:
    sweep_embeddings()


def _claim(chatbot_id: int) -> bool:
    """Of several jobs one gets the bot."""
    now = timezone.now()
    free = Q(embedding_until__isnull=True) | Q(embedding_until__lt=now)
    return bool(Chatbot.objects.filter(free, pk=chatbot_id).update(embedding_until=now + LEASE))


def _keep_lease(chatbot_id: int) -> None:
    Chatbot.objects.filter(pk=chatbot_id).update(embedding_until=timezone.now() + LEASE)


def _list_revisions(chatbot_id: int) -> set[int]:
    """The draft's and the published one's."""
    bot = Chatbot.objects.select_related("published").filter(pk=chatbot_id).first()
    if bot is None:
        return set()
    published = {bot.published.knowledge_revision} if bot.published is not None else set()
    return {bot.knowledge_revision, *published}
