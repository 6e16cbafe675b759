"""Somebody who talks to a bot."""

import uuid

from django.db import models
from django.utils import timezone


class Visitor(models.Model):
    """One person at one bot. `bearer` says who speaks for it: "visitor:ID", "user:ID" (API client) or "test:ID"."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+")
    chatbot = models.ForeignKey("chatbots.Chatbot", models.CASCADE, related_name="visitors")
    bearer = models.CharField(max_length=64, editable=False)
    name = models.CharField(max_length=100, blank=True)
    phone = models.CharField(max_length=40, blank=True)
    locale = models.CharField(max_length=35, blank=True)
    page = models.CharField(max_length=2000, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_seen_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (models.UniqueConstraint(fields=("chatbot", "bearer"), name="visitor_bearer_once"),)

    def __str__(self) -> str:
        return self.name or f"Visitor {str(self.id)[:8]}"
