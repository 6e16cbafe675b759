"""Evaluations: what a bot says to questions whose right outcome is known, as rows, so that a run outlives its process."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class RunState(models.TextChoices):
    PENDING = "pending", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    CANCELLED = "cancelled", "Cancelled"
    FAILED = "failed", "Failed"


class EvaluationRun(models.Model):
    """Cases asked of one state of a bot: a published `version`, or (None) the draft as it stood under `fingerprint`.

    `configuration` and `knowledge_revision` are that state, frozen, so that a run that is taken up again goes on with
    the same bot. `claim` names the worker that may write; `attempts` counts how often one began. `metrics` is the shape
    of evaluation/metrics.py once the run is done.
    """

    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+")
    chatbot = models.ForeignKey("chatbots.Chatbot", models.CASCADE, related_name="evaluation_runs")
    version = models.ForeignKey(
        "chatbots.BotVersion", models.CASCADE, null=True, blank=True, related_name="+"
    )
    fingerprint = models.CharField(max_length=64)
    configuration = models.JSONField()
    knowledge_revision = models.PositiveIntegerField()
    name = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=RunState.choices, default=RunState.PENDING)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    metrics = models.JSONField(default=dict, blank=True)
    error = models.TextField(blank=True)
    hint = models.TextField(blank=True)
    claim = models.CharField(max_length=36, blank=True, editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(default=timezone.now, editable=False)
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = (
            models.Index(fields=("chatbot", "-created_at"), name="evaluation_of_bot"),
            models.Index(
                fields=("updated_at",),
                condition=models.Q(state__in=("pending", "running")),
                name="evaluation_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.chatbot}: {self.name}"

    @property
    def subject(self) -> str:
        """What was asked, in words."""
        return f"version {self.version.number}" if self.version else "the draft"


class EvaluationResult(models.Model):
    """One case and, once `outcome` is set, what became of it. `position` is its place in the file, from 1.

    `title` and `source` name the best candidate, `best_id` its chunk, also where the bot abstained; `confidence` is
    that candidate's. `why` explains a failure. `trace` is as in Turn.trace; of cases that went well without the texts.
    """

    run = models.ForeignKey(EvaluationRun, models.CASCADE, related_name="results")
    position = models.PositiveIntegerField()
    line = models.PositiveIntegerField(default=0)
    question = models.TextField()
    expect = models.TextField()
    outcome = models.CharField(max_length=12, blank=True)
    title = models.CharField(max_length=500, blank=True)
    source = models.CharField(max_length=200, blank=True)
    best_id = models.PositiveBigIntegerField(null=True, blank=True)
    confidence = models.FloatField(default=0.0)
    right = models.BooleanField(default=False, help_text="The best candidate is the one expected.")
    ok = models.BooleanField(default=False)
    ms = models.FloatField(default=0.0)
    text = models.TextField(blank=True)
    why = models.TextField(blank=True)
    trace = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ("run", "position")
        constraints = (models.UniqueConstraint(fields=("run", "position"), name="evaluation_result_once"),)

    def __str__(self) -> str:
        return f"#{self.position} {self.question[:60]}"
