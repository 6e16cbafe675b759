"""A bot: its draft, and which version of it is published."""

import secrets
from typing import Any

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone


def make_public_id() -> str:
    """A short id that may stand in any page: 16 letters and digits, not to be guessed, no secret."""
    return secrets.token_hex(8)


def default_languages() -> list[str]:
    return ["en"]


class WhenUnsure(models.TextChoices):
    """What a bot does when it cannot help; the owner's choice."""

    HAND_OFF = "hand_off", "Fetch a person at once"
    OFFER = "offer", "Offer to fetch a person"


class Chatbot(models.Model):
    """The columns are the draft. What visitors get is `published`, a frozen BotVersion.

    `knowledge_revision` goes up with each change to the knowledge; chunks carry the revisions between which they hold.
    `embedding_until` is the lease of the job that embeds chunks which an import did not.
    """

    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="chatbots")
    slug = models.SlugField(max_length=60)
    public_id = models.CharField(max_length=16, unique=True, default=make_public_id, editable=False)
    name = models.CharField(max_length=80)
    greeting = models.CharField(max_length=500, blank=True, default="Hello. What can I help you with?")
    instructions = models.TextField(max_length=8000, blank=True)
    suggested_questions = models.JSONField(default=list, blank=True)
    appearance = models.JSONField(default=dict, blank=True)
    handoff = models.JSONField(default=dict, blank=True)
    allowed_domains = models.JSONField(default=list, blank=True)
    languages = models.JSONField(default=default_languages, blank=True)
    threshold = models.FloatField(
        default=0.5,
        validators=[MinValueValidator(0.0), MaxValueValidator(1.0)],
        help_text="Least confidence (0 to 1) with which the bot answers.",
    )
    model = models.CharField(
        max_length=100, blank=True, default="", db_default="", help_text="Language model; empty: none."
    )
    clarify = models.BooleanField(
        default=True,
        db_default=True,
        help_text="Ask back where two or three answers are about equally likely.",
    )
    rules = models.JSONField(default=list, blank=True)
    opening_hours = models.JSONField(default=dict, blank=True)
    menu = models.JSONField(default=dict, blank=True)
    knowledge_revision = models.PositiveIntegerField(default=0, editable=False)
    embedding_until = models.DateTimeField(null=True, blank=True, editable=False)
    published = models.ForeignKey(
        "chatbots.BotVersion", models.SET_NULL, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ("name", "id")
        constraints = (models.UniqueConstraint(fields=("organisation", "slug"), name="chatbot_slug_once"),)

    def __str__(self) -> str:
        return self.name

    @property
    def when_unsure(self) -> str:
        chosen: Any = self.handoff.get("when_unsure") if isinstance(self.handoff, dict) else None
        return str(chosen or WhenUnsure.HAND_OFF)
