"""Asking a question again whose reply failed or broke off."""

import uuid
from uuid import UUID

from django.db import transaction

from chatbots.turns.job import TurnJob, make_job
from chatbots.turns.leases import lease_from_now
from conversations.access import access_turns, access_visitor_turn
from conversations.actions.change_message import supersede_reply
from conversations.models import Conversation, ConversationState, Turn, TurnState
from core.errors import Conflict
from handoff.actions.lock import lock_conversation

AGAIN = (TurnState.FAILED, TurnState.INTERRUPTED)


def retry_turn(*, visitor_id: UUID, session_id: UUID, turn_id: UUID) -> TurnJob:
    """Make a new turn on the same question, and return its job, which the caller runs.

    Locks the conversation, so that of two who ask, one gets it. What the old turn left in the log is superseded, and
    published as such after the commit.

    Raises:
        NotFound: no such turn in a conversation of this visitor's.
        Conflict: it neither failed nor broke off, or it is not the latest any more, or the bot does not answer here now.
    """
    access_visitor_turn(visitor_id=visitor_id, session_id=session_id, turn_id=turn_id)
    with transaction.atomic():
        conversation = lock_conversation(session_id)
        turn = access_visitor_turn(visitor_id=visitor_id, session_id=session_id, turn_id=turn_id)
        _check(turn, conversation)
        supersede_reply(conversation=conversation, turn_id=turn.pk)
        return make_job(_insert(turn, conversation))


def _check(turn: Turn, conversation: Conversation) -> None:
    latest = access_turns(conversation).reverse()[:1].get()
    if latest.pk != turn.pk:
        raise Conflict("The conversation has gone on since then. Ask again by writing.")
    if turn.state not in AGAIN:
        raise Conflict("That reply neither failed nor broke off.")
    if conversation.state != ConversationState.BOT:
        raise Conflict("Somebody else answers in this conversation now.")


def _insert(turn: Turn, conversation: Conversation) -> Turn:
    return Turn.objects.create(
        id=uuid.uuid4(),
        organisation_id=turn.organisation_id,
        conversation=conversation,
        question_seq=turn.question_seq,
        owner_version=conversation.owner_version,
        model=turn.model,
        attempt=turn.attempt + 1,
        lease_until=lease_from_now(),
    )
