"""Handoffs: who waited, for how long, and who had them."""

from django.contrib import admin

from handoff.models import HandoffSession
from operations.admin.base import SupervisedAdmin, time_column
from operations.admin.filters import ScopedRelatedFilter
from operations.conversation_log import describe_seconds, measure_handoff


@admin.register(HandoffSession)
class HandoffSessionAdmin(SupervisedAdmin):
    related = ("conversation__visitor", "conversation__chatbot", "agent", "organisation")
    id_paths = ("pk", "conversation_id")
    list_display = (
        "visitor",
        "bot",
        "state",
        "agent",
        "reason",
        "waited",
        "lasted",
        time_column("started_at", "Asked for"),
    )
    list_filter = (
        "state",
        "started_at",
        ("agent", ScopedRelatedFilter),
        ("organisation", ScopedRelatedFilter),
    )
    search_fields = ("conversation__visitor__name", "conversation__visitor__phone", "reason")
    search_help_text = (
        "A visitor's name or phone number, words of the reason, or a whole conversation or handoff id."
    )
    ordering = ("-started_at", "-id")
    fields = (
        "id", "conversation", "organisation", "state", "reason", "agent", "waited", "lasted", "started_at",
        "accepted_at", "ended_at", "ended_by", "expires_at",
    )  # fmt: skip

    @admin.display(description="visitor")
    def visitor(self, handoff: HandoffSession) -> str:
        return str(handoff.conversation.visitor)

    @admin.display(description="bot")
    def bot(self, handoff: HandoffSession) -> str:
        return handoff.conversation.chatbot.name

    @admin.display(description="waited")
    def waited(self, handoff: HandoffSession) -> str:
        return describe_seconds(measure_handoff(handoff)[0])

    @admin.display(description="lasted")
    def lasted(self, handoff: HandoffSession) -> str:
        return describe_seconds(measure_handoff(handoff)[1])
