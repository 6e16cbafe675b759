"""Conversations as they happened: the log, the bot's turns, visitors, and test sessions."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from conversations.models import Conversation, Message, Turn, Visitor
from operations.admin.base import SupervisedAdmin, time_column
from operations.admin.filters import ScopedRelatedFilter
from operations.conversation_log import describe_seconds, describe_trace, measure_handoff, read_log_page
from testsessions.models import TestSession


@admin.register(Conversation)
class ConversationAdmin(SupervisedAdmin):
    """Its page is the whole log, a hundred messages at a time."""

    related = ("visitor", "chatbot", "agent", "organisation", "version__chatbot")
    id_paths = ("pk", "visitor_id")
    list_display = (
        "visitor",
        "chatbot",
        "state",
        "agent",
        "messages",
        "kind",
        time_column("created_at", "Begun"),
        time_column("last_message_at", "Last message"),
    )
    list_filter = (
        "state", "kind", "channel", "created_at", ("chatbot", ScopedRelatedFilter), ("agent", ScopedRelatedFilter),
        ("organisation", ScopedRelatedFilter),
    )  # fmt: skip
    search_fields = ("visitor__name", "visitor__phone", "chatbot__name")
    search_help_text = (
        "A visitor's name or phone number, a bot's name, or a whole conversation or visitor id."
    )
    ordering = ("-created_at", "-id")
    fields = ("id", "visitor", "chatbot", "version", "agent", "organisation")
    change_form_template = "admin/conversation.html"

    @admin.display(description="messages", ordering="last_seq")
    def messages(self, conversation: Conversation) -> int:
        return conversation.last_seq

    def describe(self, request: HttpRequest, row: Conversation) -> dict[str, Any]:
        wanted = request.GET.get("page", "1")
        log = read_log_page(row, page=int(wanted) if wanted.isdecimal() and len(wanted) < 9 else 1)
        handoffs = [(handoff, *map(describe_seconds, measure_handoff(handoff))) for handoff in log.handoffs]
        return {"log": log, "handoffs": handoffs, "conversation": row, "title": str(row.visitor)}


@admin.register(Message)
class MessageAdmin(SupervisedAdmin):
    """By conversation, the latest first, each in its own order: an order that the indexes give at any size."""

    related = ("conversation__visitor", "organisation")
    organisation_path = "conversation__organisation"
    id_paths = ("conversation_id",)
    list_display = (
        "place",
        "sender",
        "sender_name",
        "beginning",
        "state",
        time_column("created_at", "Written"),
    )
    list_filter = ("sender", "state")
    search_fields = ("text",)
    search_help_text = "Words of a message, or a whole conversation id."
    ordering = ("-conversation__created_at", "conversation", "seq")
    fields = (
        "conversation", "seq", "organisation", "sender", "sender_name", "text", "parts", "citations", "state",
        "turn_id", "created_at",
    )  # fmt: skip

    @admin.display(description="message")
    def place(self, message: Message) -> str:
        return f"{message.conversation.visitor} #{message.seq}"

    @admin.display(description="text")
    def beginning(self, message: Message) -> str:
        return message.text if len(message.text) <= 120 else f"{message.text[:119]}…"


@admin.register(Turn)
class TurnAdmin(SupervisedAdmin):
    related = ("conversation__visitor", "conversation__chatbot", "organisation")
    organisation_path = "conversation__organisation"
    id_paths = ("pk", "conversation_id")
    list_display = (
        "place",
        "bot",
        "state",
        "outcome",
        time_column("created_at", "Begun"),
        time_column("finished_at", "Finished"),
    )
    list_filter = ("outcome", "state")
    search_fields = ("conversation__visitor__name", "conversation__chatbot__name")
    ordering = ("-conversation__created_at", "conversation", "question_seq")
    fields = (
        "conversation", "question_seq", "organisation", "state", "outcome", "attempt", "model", "owner_version",
        "lease_until", "created_at", "cancelled_at", "finished_at",
    )  # fmt: skip
    change_form_template = "admin/turn.html"

    @admin.display(description="question")
    def place(self, turn: Turn) -> str:
        return f"{turn.conversation.visitor} #{turn.question_seq}"

    @admin.display(description="bot")
    def bot(self, turn: Turn) -> str:
        return turn.conversation.chatbot.name

    def describe(self, request: HttpRequest, row: Turn) -> dict[str, Any]:
        return {"trace": describe_trace(row), "title": f"Turn for {self.place(row)}"}


@admin.register(Visitor)
class VisitorAdmin(SupervisedAdmin):
    related = ("chatbot", "organisation")
    id_paths = ("pk",)
    list_display = (
        "__str__",
        "chatbot",
        "phone",
        "locale",
        "page",
        time_column("created_at", "Begun"),
        time_column("last_seen_at", "Last seen"),
    )
    list_filter = (("chatbot", ScopedRelatedFilter), ("organisation", ScopedRelatedFilter))
    search_fields = ("name", "phone", "page")
    ordering = ("-last_seen_at", "-id")
    fields = (
        "id",
        "name",
        "phone",
        "locale",
        "page",
        "chatbot",
        "organisation",
        "created_at",
        "last_seen_at",
    )


@admin.register(TestSession)
class TestSessionAdmin(SupervisedAdmin):
    related = ("chatbot", "owner", "conversation", "organisation")
    id_paths = ("pk", "conversation_id")
    list_display = (
        "id",
        "chatbot",
        "owner",
        time_column("created_at", "Begun"),
        time_column("expires_at", "Expires"),
    )
    list_filter = (("chatbot", ScopedRelatedFilter), ("organisation", ScopedRelatedFilter))
    search_fields = ("chatbot__name", "owner__email", "owner__name")
    ordering = ("-created_at", "-id")
    fields = (
        "id",
        "chatbot",
        "owner",
        "conversation",
        "organisation",
        "fingerprint",
        "created_at",
        "expires_at",
    )
