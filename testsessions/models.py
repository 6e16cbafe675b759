"""An owner's trial of a draft: a conversation apart in kind from real ones, which expires."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone


class TestSession(models.Model):
    __test__ = False  # no test, whatever its name says to pytest

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+")
    chatbot = models.ForeignKey("chatbots.Chatbot", models.CASCADE, related_name="test_sessions")
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="test_sessions")
    conversation = models.OneToOneField(
        "conversations.Conversation", models.CASCADE, related_name="test_session"
    )
    fingerprint = models.CharField(max_length=64, help_text="Of the draft when the session was opened.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ("-created_at",)

    def __str__(self) -> str:
        return str(self.id)
