"""A handoff: from the moment that a conversation asks for a human until the bot has it again."""

import uuid

from django.db import models
from django.utils import timezone


class HandoffState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    ACTIVE = "active", "Active"
    ENDED = "ended", "Ended"


class HandoffSession(models.Model):
    """At most one open handoff a conversation, by constraint. All changes are conditional updates (handoff/actions)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+")
    conversation = models.ForeignKey("conversations.Conversation", models.CASCADE, related_name="handoffs")
    state = models.CharField(max_length=8, choices=HandoffState.choices, default=HandoffState.WAITING)
    reason = models.CharField(max_length=300, blank=True)
    agent = models.ForeignKey("organisations.User", models.SET_NULL, null=True, blank=True, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    accepted_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=20, blank=True, help_text="agent, visitor, supervisor or system")
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("started_at",)
        constraints = (
            models.UniqueConstraint(
                fields=("conversation",),
                condition=models.Q(state__in=("waiting", "active")),
                name="handoff_open_once",
            ),
        )
        indexes = (
            models.Index(fields=("organisation", "state", "started_at"), name="handoff_queue"),
            models.Index(fields=("agent", "state"), name="handoff_of_agent"),
        )

    def __str__(self) -> str:
        return str(self.id)
