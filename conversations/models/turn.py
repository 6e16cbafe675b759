"""A bot's turn: the work of answering one message, as a row, so that it outlives its socket and its process."""

import uuid

from django.db import models
from django.utils import timezone


class TurnState(models.TextChoices):
    RUNNING = "running", "Running"
    COMPLETE = "complete", "Complete"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"
    INTERRUPTED = "interrupted", "Interrupted"


class TurnOutcome(models.TextChoices):
    ANSWERED = "answered", "Answered"
    CLARIFIED = "clarified", "Asked back"
    ABSTAINED = "abstained", "Abstained"
    HANDED_OFF = "handed_off", "Handed off"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


class Turn(models.Model):
    """Inserted by the writer together with the message that it answers; `lease_until` is kept by whoever runs it.

    `trace` is what the owner sees of the turn: stages with milliseconds, candidates with scores and the threshold, the
    decision and why, tokens, cost and errors with a hint.

    While a reply streams, `text` is what its first `pieces` frames held together. `claims` counts how often the turn was
    taken up by another process: who runs it may write only while the count is still theirs. `cancelled_at` is a wish,
    and `state` says what came of it. `attempt` is above 1 where a turn repeats a failed or interrupted one.

    New columns have defaults in the database too, since the writer, and an older process during a restart, insert
    without them.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey(
        "organisations.Organisation", models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    conversation = models.ForeignKey("conversations.Conversation", models.CASCADE, related_name="turns")
    question_seq = models.PositiveIntegerField()
    owner_version = models.PositiveIntegerField()
    state = models.CharField(max_length=12, choices=TurnState.choices, default=TurnState.RUNNING)
    outcome = models.CharField(max_length=12, choices=TurnOutcome.choices, blank=True)
    lease_until = models.DateTimeField()
    trace = models.JSONField(default=dict, blank=True)
    text = models.TextField(blank=True, default="", db_default="")
    pieces = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    model = models.CharField(max_length=100, blank=True, default="", db_default="")
    attempt = models.PositiveSmallIntegerField(default=1, db_default=1)
    claims = models.PositiveSmallIntegerField(default=0, db_default=0, editable=False)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = (
            models.Index(fields=("lease_until",), condition=models.Q(state="running"), name="turn_running"),
        )

    def __str__(self) -> str:
        return str(self.id)
