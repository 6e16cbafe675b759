"""Fill an installation with old conversations: `python -m bench.fill MESSAGES`, in the environment of its server.

Each has a hundred messages and belongs to one of a thousand visitors; one in ten was handed to a person and ended.
Rows are made in bulk, beside the writer, as they would stand there after a year of use; numbers have no gap.
"""

import os
import sys
import uuid
from datetime import timedelta
from typing import Any

import django

LENGTH = 100
VISITORS = 1_000
AT_ONCE = 20
ENDED_EVERY = 10
TEXTS = (
    "When will the parcel that I ordered last week arrive?",
    "Orders leave our warehouse within two working days.",
)


def fill(*, messages: int) -> None:
    from chatbots.models import Chatbot
    from organisations.models import User

    bot = Chatbot.objects.get(slug="bench")
    agent = User.objects.order_by("pk").first()
    visitors = make_visitors(bot)
    for start in range(0, messages // LENGTH, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, messages // LENGTH))
        make_conversations(bot, agent, [visitors[number % VISITORS] for number in numbers])
    refresh_statistics()


def make_visitors(bot: Any) -> list[Any]:
    from conversations.models import Visitor

    ids = [uuid.uuid4() for _ in range(VISITORS)]
    return Visitor.objects.bulk_create(
        Visitor(id=pk, organisation_id=bot.organisation_id, chatbot=bot, bearer=f"visitor:{pk}") for pk in ids
    )


def make_conversations(bot: Any, agent: Any, visitors: list[Any]) -> None:
    from django.db import transaction
    from django.utils import timezone

    from conversations.models import Conversation, Message
    from handoff.models import HandoffSession

    long_ago = timezone.now() - timedelta(days=30)
    own = {"organisation_id": bot.organisation_id}
    conversations = [
        Conversation(
            **own, chatbot=bot, visitor=visitor, version_id=bot.published_id, last_seq=LENGTH,
            last_message_at=long_ago, created_at=long_ago,
        )
        for visitor in visitors
    ]  # fmt: skip
    with transaction.atomic():
        Conversation.objects.bulk_create(conversations)
        Message.objects.bulk_create(
            Message(
                **own, conversation_id=conversation.pk, seq=seq, sender="visitor" if seq % 2 else "bot",
                bearer=f"visitor:{conversation.visitor_id}" if seq % 2 else "",
                client_id=uuid.uuid4() if seq % 2 else None, text=TEXTS[(seq + 1) % 2], created_at=long_ago,
            )
            for conversation in conversations
            for seq in range(1, LENGTH + 1)
        )  # fmt: skip
        HandoffSession.objects.bulk_create(
            HandoffSession(
                **own, conversation=conversation, state="ended", agent=agent, reason="The bot had no answer.",
                started_at=long_ago, accepted_at=long_ago, ended_at=long_ago, expires_at=long_ago, ended_by="agent",
            )
            for conversation in conversations[::ENDED_EVERY]
        )  # fmt: skip


def refresh_statistics() -> None:
    """What autovacuum and `PRAGMA optimize` would have done in the meantime."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE" if connection.vendor == "postgresql" else "ANALYZE")


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    fill(messages=int(sys.argv[1]))
