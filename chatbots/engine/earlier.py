"""What was said before a question, as far as a language model is to know it."""

from uuid import UUID

from chatbots.engine.prompt import EARLIER_MESSAGES, Earlier
from conversations.models import Message, MessageState, Sender, Turn

GONE = (MessageState.ERASED, MessageState.SUPERSEDED)


def load_earlier(*, conversation_id: UUID, turn_id: UUID) -> list[Earlier]:
    """The latest messages before the turn's question, oldest first; neither the system's rows nor what was withdrawn."""
    asked = Turn.objects.filter(pk=turn_id).values("question_seq")[:1]
    rows = Message.objects.filter(conversation_id=conversation_id, seq__lt=asked)
    rows = rows.exclude(sender=Sender.SYSTEM).exclude(state__in=GONE).order_by("-seq")
    latest = rows.values_list("sender", "text")[:EARLIER_MESSAGES]
    return [
        Earlier("user" if sender == Sender.VISITOR else "assistant", text)
        for sender, text in reversed(latest)
    ]
