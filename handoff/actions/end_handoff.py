"""Giving a conversation back to the bot."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations.actions.post_message import post_messages_in_transaction, system_row
from conversations.models import Conversation, ConversationState
from core.errors import Conflict, Forbidden
from handoff.access import access_handoff, find_open_handoff
from handoff.actions.announce import announce_handoff, announce_state
from handoff.actions.lock import change_owner, lock_conversation
from handoff.models import HandoffSession, HandoffState
from organisations.models import Membership

END_WORDS = frozenset({"end chat", "end", "quit", "exit"})


def asks_to_end(text: str) -> bool:
    """Whether a visitor's words end the chat with a human."""
    return text.strip().strip(".!").casefold() in END_WORDS


def end_handoff(*, membership: Membership, handoff_id: str | UUID) -> HandoffSession:
    """End by a member: an agent their own, supervisors and owners any.

    Raises:
        NotFound. Forbidden: another agent's. Conflict: it has ended already.
    """
    with transaction.atomic():
        handoff = access_handoff(membership, handoff_id)
        if handoff.agent_id != membership.user_id and not membership.reads_everything:
            raise Forbidden("Only the agent who has this conversation, or a supervisor, can end it.")
        conversation = lock_conversation(handoff.conversation_id)
        open_now = find_open_handoff(conversation.pk)
        if open_now is None or open_now.pk != handoff.pk:
            raise Conflict("That conversation has ended already.")
        by = "agent" if handoff.agent_id == membership.user_id else "supervisor"
        return _end(conversation=conversation, handoff=open_now, ended_by=by)


def end_by_visitor(*, conversation_id: UUID) -> None:
    """The visitor ends the chat: the handoff where one is open, else the session is closed.

    Locks the conversation; writes a system row; publishes `state`, and `queue` where a handoff ended.
    """
    with transaction.atomic():
        conversation = lock_conversation(conversation_id)
        handoff = find_open_handoff(conversation.pk)
        if handoff is not None:
            _end(conversation=conversation, handoff=handoff, ended_by="visitor")
        elif conversation.state != ConversationState.CLOSED:
            _close(conversation)


def _end(*, conversation: Conversation, handoff: HandoffSession, ended_by: str) -> HandoffSession:
    now = timezone.now()
    ended = HandoffSession.objects.filter(pk=handoff.pk).exclude(state=HandoffState.ENDED)
    if not ended.update(state=HandoffState.ENDED, ended_at=now, ended_by=ended_by):
        raise Conflict("That conversation has ended already.")
    name = handoff.agent.display_name if handoff.agent else ""
    left = f"The chat with {name} has ended." if name else "You left the queue."
    change_owner(conversation, state=ConversationState.BOT, agent_id=None)
    _write_row(conversation, text=f"{left} {conversation.chatbot.name} is here again.")
    handoff.state, handoff.ended_at, handoff.ended_by = HandoffState.ENDED, now, ended_by
    handoff.conversation = conversation
    announce_handoff(handoff=handoff, conversation=conversation, change="left")
    return handoff


def _close(conversation: Conversation) -> None:
    change_owner(conversation, state=ConversationState.CLOSED, agent_id=None)
    _write_row(conversation, text="This conversation is closed. Write again to reopen it.")
    announce_state(conversation)


def _write_row(conversation: Conversation, *, text: str) -> None:
    row = system_row(
        organisation_id=conversation.organisation_id,
        conversation_id=conversation.pk,
        text=text,
        event="ended",
    )
    (written,) = post_messages_in_transaction(row)
    conversation.last_seq = written.seq
