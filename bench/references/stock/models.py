from typing import ClassVar

from django.db import models


class Conversation(models.Model):
    name = models.CharField(max_length=64, unique=True)

    objects: ClassVar[models.Manager["Conversation"]] = models.Manager()


class Message(models.Model):
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="messages")
    client_id = models.CharField(max_length=36)
    sender = models.CharField(max_length=16)
    text = models.TextField()
    created_at = models.DateTimeField(auto_now_add=True)

    objects: ClassVar[models.Manager["Message"]] = models.Manager()
