"""Handoffs, conversations and messages for the API's description; handoff/shapes.py makes what is described here."""

from typing import Any

from rest_framework import serializers


class NamedBotSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    slug = serializers.CharField()


class NamedAgentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()


class NamedVisitorSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    name = serializers.CharField()


class VisitorSerializer(NamedVisitorSerializer):
    phone = serializers.CharField()
    locale = serializers.CharField()
    page = serializers.CharField()


class HandoffSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    session_id = serializers.UUIDField()
    state = serializers.CharField(help_text="waiting, active or ended")
    reason = serializers.CharField()
    bot = NamedBotSerializer()
    visitor = VisitorSerializer()
    agent = NamedAgentSerializer(allow_null=True)
    team = serializers.CharField(allow_null=True)
    position = serializers.IntegerField(allow_null=True, help_text="Place in line, from 1.")
    started_at = serializers.DateTimeField()
    accepted_at = serializers.DateTimeField(allow_null=True)
    ended_at = serializers.DateTimeField(allow_null=True)
    ended_by = serializers.CharField()
    expires_at = serializers.DateTimeField()
    last_message_at = serializers.DateTimeField()
    last_message = serializers.CharField()
    last_sender = serializers.CharField()
    unread_count = serializers.IntegerField()
    message_count = serializers.IntegerField()
    waiting_s = serializers.IntegerField()
    duration_s = serializers.IntegerField(allow_null=True)


class ConversationSerializer(serializers.Serializer[Any]):
    session_id = serializers.UUIDField()
    state = serializers.CharField(help_text="bot, waiting, agent or closed: who answers")
    bot = NamedBotSerializer()
    visitor = NamedVisitorSerializer()
    agent = NamedAgentSerializer(allow_null=True)
    head_seq = serializers.IntegerField()
    last_message_at = serializers.DateTimeField()
    created_at = serializers.DateTimeField()


class MessageSerializer(serializers.Serializer[Any]):
    id = serializers.CharField()
    seq = serializers.IntegerField(help_text="1, 2, 3 … in its conversation")
    client_id = serializers.UUIDField(allow_null=True)
    sender = serializers.CharField(help_text="visitor, bot, agent or system")
    sender_name = serializers.CharField()
    text = serializers.CharField()
    html = serializers.CharField(help_text="Rendered and sanitised by the server.")
    parts = serializers.ListField(child=serializers.DictField())
    citations = serializers.ListField(child=serializers.DictField())
    state = serializers.CharField(help_text="sent, stopped, interrupted, superseded or erased")
    feedback = serializers.IntegerField(
        help_text="What the visitor thinks of it: 1, -1, or 0 for nothing yet."
    )
    feedback_text = serializers.CharField()
    created_at = serializers.DateTimeField()
    turn_id = serializers.UUIDField(allow_null=True)


class TurnSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    question_seq = serializers.IntegerField()
    outcome = serializers.CharField()
    trace = serializers.DictField()


class MessagePageSerializer(serializers.Serializer[Any]):
    """Messages in order; `turns` are those of the bot that answer them, for owners and supervisors."""

    results = MessageSerializer(many=True)
    next = serializers.URLField(allow_null=True)
    previous = serializers.URLField(allow_null=True)
    turns = TurnSerializer(many=True, required=False)


class AcceptedSerializer(serializers.Serializer[Any]):
    session_id = serializers.UUIDField()
    seq = serializers.IntegerField()
