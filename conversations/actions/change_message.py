"""Changing what stands in the log already: its number stays, and everybody learns of it, also who was away."""

from uuid import UUID

from conversations.delivery import announce_changed_on_commit
from conversations.models import Conversation, Message, MessageState, Sender


def supersede_reply(*, conversation: Conversation, turn_id: UUID) -> bool:
    """Mark what a turn left in the log as superseded; returns whether there was something.

    The caller has locked the conversation in its own `atomic()`. The change is published after its commit.
    """
    rows = Message.objects.filter(conversation=conversation, turn_id=turn_id, sender=Sender.BOT)
    reply = rows.exclude(state__in=(MessageState.SUPERSEDED, MessageState.ERASED)).first()
    if reply is None:
        return False
    conversation.edits += 1
    conversation.save(update_fields=["edits"])
    reply.state, reply.edited = MessageState.SUPERSEDED, conversation.edits
    reply.save(update_fields=["state", "edited"])
    announce_changed_on_commit(reply, edits=conversation.edits)
    return True
