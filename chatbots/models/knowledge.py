"""What a bot knows: sources, and the chunks they were cut into.

Chunks are never changed, only added and removed, and carry the revisions between which they hold (`added_in` <= r and
`removed_in` empty or > r). So a published version keeps its knowledge by naming a revision number.
"""

from django.db import models
from django.utils import timezone


class SourceKind(models.TextChoices):
    FAQ = "faq", "Questions and answers"
    MARKDOWN = "markdown", "Markdown"
    TEXT = "text", "Plain text"
    HTML = "html", "HTML"
    PDF = "pdf", "PDF"
    DOCX = "docx", "Word document"
    URL = "url", "Web page"
    SITEMAP = "sitemap", "Web site"
    OUT_OF_SCOPE = "out_of_scope", "Questions not to answer"


class SourceState(models.TextChoices):
    PENDING = "pending", "Waiting"
    INDEXING = "indexing", "Indexing"
    READY = "ready", "Ready"
    FAILED = "failed", "Failed"


class KnowledgeSource(models.Model):
    """One file, text or list that an owner gave. `removed_at` set: gone from the draft, kept for versions that use it.

    While `state` is pending, `upload` names the file (below PARLEY_DATA/uploads) whose import is still to be done;
    `progress` is in percent and `stage` says what is being done; `error` says what went wrong and `hint` what to do
    about it.

    What came from the web has its `address` as the owner gave it, `fetched_at`, and `pages`: one object a page, in the
    shape of chatbots/knowledge/web/pages.py.
    """

    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+")
    chatbot = models.ForeignKey("chatbots.Chatbot", models.CASCADE, related_name="knowledge_sources")
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=20, choices=SourceKind.choices)
    address = models.CharField(max_length=2000, blank=True, default="", db_default="")
    pages = models.JSONField(default=list, db_default=[], blank=True)
    fetched_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=SourceState.choices, default=SourceState.PENDING)
    progress = models.PositiveSmallIntegerField(default=0)
    stage = models.CharField(max_length=40, blank=True, default="", db_default="")
    error = models.TextField(blank=True)
    hint = models.TextField(blank=True)
    warnings = models.JSONField(default=list, blank=True)
    upload = models.CharField(max_length=200, blank=True, editable=False)
    chunk_count = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("title", "id")
        constraints = (
            models.UniqueConstraint(
                fields=("chatbot", "title"),
                condition=models.Q(removed_at__isnull=True),
                name="source_title_once",
            ),
        )

    def __str__(self) -> str:
        return self.title


CHUNK_KINDS = (("faq", "FAQ entry"), ("passage", "Passage"), ("out_of_scope", "Question not to answer"))


LEFT_THERE: tuple[str, ...] = ("vectors",)


class ChunkManager(models.Manager["KnowledgeChunk"]):
    """Leaves the vectors in the database: they weigh ten times what pages and lists show of a chunk."""

    def get_queryset(self) -> models.QuerySet["KnowledgeChunk"]:
        return super().get_queryset().defer(*LEFT_THERE)


class KnowledgeChunk(models.Model):
    """A FAQ entry (`questions` are its variants, `text` its answer) or a passage (`title` is its heading path).

    `url` is the page that it stands on. A chunk of kind `out_of_scope` has one question and is never an answer.

    `vectors` are what the embedder `embedded_by` made of its texts (chatbots/retrieval/embedding/vectors.py); both are empty
    until then. They are read only where they are asked for by name.
    """

    organisation = models.ForeignKey(
        "organisations.Organisation", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    chatbot = models.ForeignKey("chatbots.Chatbot", models.CASCADE, related_name="+", db_index=False)
    source = models.ForeignKey(KnowledgeSource, models.CASCADE, related_name="chunks")
    position = models.PositiveIntegerField(default=0)
    kind = models.CharField(max_length=20, choices=CHUNK_KINDS)
    title = models.CharField(max_length=500)
    questions = models.JSONField(default=list, blank=True)
    text = models.TextField()
    url = models.CharField(max_length=2000, blank=True, default="", db_default="")
    added_in = models.PositiveIntegerField()
    removed_in = models.PositiveIntegerField(null=True, blank=True)
    vectors = models.BinaryField(null=True)
    embedded_by = models.CharField(max_length=200, blank=True, default="", db_default="", editable=False)

    objects = ChunkManager()

    class Meta:
        ordering = ("source", "position", "id")
        indexes = (
            models.Index(fields=("chatbot", "added_in"), name="chunk_of_revision"),
            models.Index(fields=("embedded_by", "chatbot"), name="chunk_embedded_by"),
        )

    def __str__(self) -> str:
        return self.title
