"""The visitor's button for a person, by the owner's opening hours."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chatbots.access import load_brain
from chatbots.actions.hand_over import hand_over_with_reply
from chatbots.rules.matching import find_closed_rule
from conversations.actions.post_message import post_messages_in_transaction
from conversations.models import ConversationState
from conversations.writer.items import NewMessage
from handoff.actions.lock import lock_conversation
from handoff.actions.request_handoff import request_handoff


def request_person(*, conversation_id: UUID, reason: str) -> None:
    """Put the conversation into the queue, as `request_handoff` does; while nobody is there, the bot says so.

    Where the owner lets no requests wait, that is all that happens. Locks the conversation.

    Raises:
        NotFound: no such conversation. Invalid: it has no message yet.
    """
    with transaction.atomic():
        conversation = lock_conversation(conversation_id)
        brain = load_brain(chatbot_id=conversation.chatbot_id, version_id=conversation.version_id)
        closed = find_closed_rule(
            configuration=brain.configuration, now=timezone.now(), cause="asked_for_person"
        )
        answers = conversation.state in (ConversationState.BOT, ConversationState.CLOSED)
        if closed is None or not answers or conversation.last_seq == 0:
            request_handoff(conversation_id=conversation_id, reason=reason)
            return
        item = NewMessage(
            organisation_id=conversation.organisation_id,
            conversation_id=conversation.pk,
            sender="bot",
            sender_name=brain.configuration.name,
            text=closed.text,
            owner_version=conversation.owner_version,
        )
        if closed.outcome == "hand_off":
            hand_over_with_reply(item=item, reason=reason)
        else:
            post_messages_in_transaction(item)
