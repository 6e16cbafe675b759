"""One conversation: who answers in it, and how far its log has come."""

import uuid

from django.db import models
from django.utils import timezone


class ConversationState(models.TextChoices):
    """Who answers: the column that every reply is checked against."""

    BOT = "bot", "Bot"
    WAITING = "waiting", "Waiting for an agent"
    AGENT = "agent", "With an agent"
    CLOSED = "closed", "Closed"


class Kind(models.TextChoices):
    LIVE = "live", "Live"
    TEST = "test", "Test"


class Channel(models.TextChoices):
    WIDGET = "widget", "Widget"
    API = "api", "API"


class Conversation(models.Model):
    """Its id is the `session_id` of the wire. Only the writer changes `last_seq`, and only actions the state.

    `owner_version` goes up each time that somebody else takes over answering; a reply is committed only under the
    version with which it was begun, so that a bot never talks over a human. `edits` counts changes of rows that were in
    the log already. `bot_state` is what the bot remembers from turn to turn (chatbots/engine/state.py), written by the
    writer with the reply that changes it; of it, this layer reads `shown`, the ids and titles of the latest buttons.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+")
    chatbot = models.ForeignKey("chatbots.Chatbot", models.CASCADE, related_name="conversations")
    visitor = models.ForeignKey("conversations.Visitor", models.CASCADE, related_name="conversations")
    version = models.ForeignKey(
        "chatbots.BotVersion",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: the draft.",
    )
    kind = models.CharField(max_length=4, choices=Kind.choices, default=Kind.LIVE)
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.WIDGET)
    state = models.CharField(max_length=8, choices=ConversationState.choices, default=ConversationState.BOT)
    owner_version = models.PositiveIntegerField(default=0)
    agent = models.ForeignKey(
        "organisations.User",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who has it now.",
    )
    last_seq = models.PositiveIntegerField(default=0)
    last_message_at = models.DateTimeField(default=timezone.now)
    visitor_read_seq = models.PositiveIntegerField(default=0)
    agent_read_seq = models.PositiveIntegerField(default=0)
    edits = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    bot_state = models.JSONField(default=dict, db_default={}, blank=True, editable=False)
    waiting_note_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        # No index on last_message_at alone: every message would have to touch it (see the writer in architecture).
        indexes = (
            models.Index(fields=("visitor", "-created_at"), name="conversation_of_visitor"),
            models.Index(fields=("organisation", "-created_at"), name="conversation_of_org"),
        )

    def __str__(self) -> str:
        return str(self.id)
