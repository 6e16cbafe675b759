"""The end of a turn that cannot help: the bot's words and the handoff, in one transaction."""

from django.db import transaction

from conversations.actions.post_message import post_messages_in_transaction, system_row
from conversations.models import Kind
from conversations.writer.items import NewMessage
from core.errors import Conflict
from handoff.access import find_open_handoff
from handoff.actions.lock import lock_conversation
from handoff.actions.request_handoff import TEST_NOTE, open_handoff


def hand_over_with_reply(*, item: NewMessage, reason: str) -> None:
    """Store the bot's last words, finish its turn, and put the conversation into the queue.

    Locks the conversation. In a test conversation a system row says what would happen, and the bot goes on.

    Raises:
        Conflict: somebody else answers by now. NotFound: the conversation is gone.
    """
    with transaction.atomic():
        conversation = lock_conversation(item.target)
        if find_open_handoff(conversation.pk) is not None:
            raise Conflict("This conversation has a person already.")
        (written,) = post_messages_in_transaction(item)
        conversation.last_seq = written.seq
        if conversation.kind == Kind.TEST:
            row = system_row(
                organisation_id=conversation.organisation_id,
                conversation_id=conversation.pk,
                text=TEST_NOTE,
                event="requested",
            )
            post_messages_in_transaction(row)
        else:
            open_handoff(conversation=conversation, reason=reason)
