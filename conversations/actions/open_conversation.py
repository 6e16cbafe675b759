"""Opening a conversation before its first message (test sessions have their id from the start)."""

from conversations.models import Conversation, Visitor


def open_empty_conversation(*, visitor: Visitor, kind: str, channel: str) -> Conversation:
    """An empty conversation on the draft, for `visitor`."""
    return Conversation.objects.create(
        organisation_id=visitor.organisation_id,
        chatbot_id=visitor.chatbot_id,
        visitor=visitor,
        kind=kind,
        channel=channel,
    )
