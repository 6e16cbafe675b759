"""What a visitor thinks of one of the bot's replies."""

from dataclasses import dataclass

from conversations.delivery import announce_changed_on_commit
from conversations.models import Conversation, Message, MessageState, Sender
from core.errors import NotFound

GONE = (MessageState.SUPERSEDED, MessageState.ERASED)


@dataclass(frozen=True, slots=True)
class Rated:
    """The reply as it stands now, and what was thought of it before: 1, -1, or 0. `changed`: anything is new."""

    message: Message
    before: int
    changed: bool


def rate_message(*, conversation: Conversation, seq: int, value: int, text: str) -> Rated:
    """Keep what the visitor thinks of the bot's reply `seq` (`value` 1 or -1, `text` says why); the last word holds.

    The caller has locked the conversation in its own `atomic()`. Said twice, it changes nothing. The changed row is
    published after the commit.

    Raises:
        NotFound: no such number, not the bot's, or withdrawn.
    """
    rows = Message.objects.filter(conversation=conversation, seq=seq, sender=Sender.BOT)
    message = rows.exclude(state__in=GONE).first()
    if message is None:
        raise NotFound("The bot said nothing under that number.")
    before = message.feedback
    if (before, message.feedback_text) == (value, text):
        return Rated(message, before, changed=False)
    conversation.edits += 1
    conversation.save(update_fields=["edits"])
    message.feedback, message.feedback_text, message.edited = value, text, conversation.edits
    message.save(update_fields=["feedback", "feedback_text", "edited"])
    announce_changed_on_commit(message, edits=conversation.edits)
    return Rated(message, before, changed=True)
