"""A thumb up or down under one of the bot's replies, and what the owner's rule makes of it."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from chatbots.access import load_brain
from chatbots.actions.hand_over import hand_over_with_reply
from chatbots.engine.refusing import follow_rule, weigh
from chatbots.engine.shapes import Asked
from conversations.access import access_visitor_conversation, count_complaints
from conversations.actions.post_message import post_messages_in_transaction
from conversations.actions.rate_message import Rated, rate_message
from conversations.models import Conversation, ConversationState
from conversations.writer.items import NewMessage
from handoff.actions.lock import lock_conversation

REASON = "The visitor was not helped by an answer."


def take_feedback(*, visitor_id: UUID, session_id: UUID, seq: int, value: int, text: str) -> Rated:
    """Keep what the visitor thinks of the bot's reply `seq`: `value` 1 or -1, and why.

    Locks the conversation. A thumb that goes down asks the owner's rule, while the bot has the conversation: it says
    something, offers a person or fetches one, in the same transaction.

    Raises:
        NotFound: not this visitor's conversation, or nothing of the bot's under that number.
    """
    access_visitor_conversation(visitor_id=visitor_id, session_id=session_id)
    with transaction.atomic():
        conversation = lock_conversation(session_id)
        rated = rate_message(conversation=conversation, seq=seq, value=value, text=text)
        if value < 0 <= rated.before and conversation.state == ConversationState.BOT:
            _ask_rule(conversation)
    return rated


def _ask_rule(conversation: Conversation) -> None:
    brain = load_brain(chatbot_id=conversation.chatbot_id, version_id=conversation.version_id)
    state = {**conversation.bot_state, "thumbs_down": count_complaints(conversation)}
    asked = Asked("", "", state, brain.configuration, timezone.now())
    rule = weigh(asked, "thumbs_down", state).rule
    if rule is None:
        return
    reply = follow_rule(asked, rule, state, reason=REASON)
    item = NewMessage(
        organisation_id=conversation.organisation_id,
        conversation_id=conversation.pk,
        sender="bot",
        sender_name=brain.configuration.name,
        text=reply.text,
        parts=reply.parts,
        owner_version=conversation.owner_version,
    )
    if reply.outcome == "handed_off":
        hand_over_with_reply(item=item, reason=reply.reason)
    else:
        post_messages_in_transaction(item)
