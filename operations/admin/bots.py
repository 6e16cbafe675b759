"""Bots, what was published of them, and what they know."""

from django.contrib import admin

from chatbots.models import BotVersion, Chatbot, KnowledgeSource
from operations.admin.base import SupervisedAdmin, time_column
from operations.admin.filters import ScopedRelatedFilter


@admin.register(Chatbot)
class ChatbotAdmin(SupervisedAdmin):
    related = ("organisation", "published__chatbot")
    list_display = (
        "name",
        "slug",
        "organisation",
        "published_number",
        "threshold",
        time_column("updated_at", "Changed"),
    )
    list_filter = (("organisation", ScopedRelatedFilter),)
    search_fields = ("name", "slug", "public_id")
    ordering = ("name", "id")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    "name",
                    "slug",
                    "public_id",
                    "organisation",
                    "published",
                    "created_at",
                    "updated_at",
                )
            },
        ),
        (
            "Behaviour",
            {"fields": ("greeting", "instructions", "suggested_questions", "threshold", "handoff")},
        ),
        ("Appearance and embedding", {"fields": ("appearance", "languages", "allowed_domains")}),
        ("Knowledge", {"fields": ("knowledge_revision",)}),
    )

    @admin.display(description="published")
    def published_number(self, chatbot: Chatbot) -> str:
        return f"v{chatbot.published.number}" if chatbot.published else "—"


@admin.register(BotVersion)
class BotVersionAdmin(SupervisedAdmin):
    related = ("chatbot", "organisation", "author")
    list_display = (
        "number",
        "chatbot",
        "note",
        "author",
        "short_fingerprint",
        time_column("created_at", "Published"),
    )
    list_filter = (("chatbot", ScopedRelatedFilter), ("organisation", ScopedRelatedFilter))
    search_fields = ("chatbot__name", "note", "fingerprint")
    ordering = ("-created_at", "-id")
    fields = (
        "chatbot", "number", "organisation", "note", "author", "knowledge_revision", "fingerprint", "configuration",
        "created_at",
    )  # fmt: skip

    @admin.display(description="fingerprint", ordering="fingerprint")
    def short_fingerprint(self, version: BotVersion) -> str:
        return version.fingerprint[:12]


@admin.register(KnowledgeSource)
class KnowledgeSourceAdmin(SupervisedAdmin):
    related = ("chatbot", "organisation")
    list_display = (
        "title",
        "chatbot",
        "kind",
        "state",
        "chunk_count",
        time_column("updated_at", "Changed"),
        time_column("removed_at", "Removed"),
    )
    list_filter = ("state", "kind", ("chatbot", ScopedRelatedFilter), ("organisation", ScopedRelatedFilter))
    search_fields = ("title",)
    ordering = ("chatbot", "title", "id")
    fields = (
        "title", "chatbot", "organisation", "kind", "state", "progress", "chunk_count", "error", "hint", "warnings",
        "created_at", "updated_at", "removed_at",
    )  # fmt: skip
