"""One row of the log."""

from django.db import models
from django.utils import timezone


class Sender(models.TextChoices):
    VISITOR = "visitor", "Visitor"
    BOT = "bot", "Bot"
    AGENT = "agent", "Agent"
    SYSTEM = "system", "System"


class MessageState(models.TextChoices):
    SENT = "sent", "Sent"
    STOPPED = "stopped", "Stopped"
    INTERRUPTED = "interrupted", "Interrupted"
    SUPERSEDED = "superseded", "Superseded"
    ERASED = "erased", "Erased"


class Message(models.Model):
    """Numbered 1, 2, 3 … in its conversation; written by the writer (conversations/writer) and nobody else.

    `bearer` and `client_id` together make a resend find the first row; both are empty for bot and system rows.
    `edited` is 0, or the conversation's count of `edits` when the row was last changed (docs/decisions/012).
    `feedback` is what the visitor thinks of a bot's reply: 1 or -1, 0 for nothing yet; `feedback_text` says why.
    `organisation` repeats the conversation's, without a constraint of its own, so that an insert locks one row less.
    """

    id = models.BigAutoField(primary_key=True)
    organisation = models.ForeignKey(
        "organisations.Organisation", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    conversation = models.ForeignKey(
        "conversations.Conversation", models.CASCADE, related_name="messages", db_index=False
    )
    seq = models.PositiveIntegerField()
    sender = models.CharField(max_length=8, choices=Sender.choices)
    sender_name = models.CharField(max_length=100, blank=True)
    bearer = models.CharField(max_length=64, blank=True, editable=False)
    client_id = models.UUIDField(null=True, blank=True, editable=False)
    turn_id = models.UUIDField(null=True, blank=True, editable=False)
    text = models.TextField(blank=True)
    parts = models.JSONField(default=list, blank=True)
    citations = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=12, choices=MessageState.choices, default=MessageState.SENT)
    edited = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    feedback = models.SmallIntegerField(default=0, db_default=0, editable=False)
    feedback_text = models.TextField(blank=True, default="", db_default="", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("conversation", "seq")
        constraints = (
            models.UniqueConstraint(fields=("conversation", "seq"), name="message_number_once"),
            models.UniqueConstraint(
                fields=("bearer", "client_id"),
                condition=models.Q(client_id__isnull=False),
                name="message_client_id_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.conversation_id} #{self.seq}"
