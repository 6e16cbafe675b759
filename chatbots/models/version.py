"""A published version: configuration and knowledge revision, frozen under a fingerprint."""

from django.conf import settings
from django.db import models
from django.utils import timezone


class BotVersion(models.Model):
    """Never changed once written. `configuration` has the shape of chatbots.configuration.Configuration."""

    organisation = models.ForeignKey("organisations.Organisation", models.CASCADE, related_name="+")
    chatbot = models.ForeignKey("chatbots.Chatbot", models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    configuration = models.JSONField()
    knowledge_revision = models.PositiveIntegerField()
    fingerprint = models.CharField(max_length=64)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    note = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ("-number",)
        constraints = (models.UniqueConstraint(fields=("chatbot", "number"), name="bot_version_once"),)

    def __str__(self) -> str:
        return f"{self.chatbot} v{self.number}"
