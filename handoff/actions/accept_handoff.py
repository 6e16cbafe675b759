"""Taking a conversation over."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from conversations.actions.post_message import post_messages_in_transaction, system_row
from conversations.models import ConversationState
from core.errors import Conflict
from handoff.access import access_handoff
from handoff.actions.announce import announce_handoff
from handoff.actions.lock import change_owner, lock_conversation
from handoff.models import HandoffSession, HandoffState
from organisations.models import Membership


def accept_handoff(*, membership: Membership, handoff_id: str | UUID) -> HandoffSession:
    """Give the handoff to this member: a conditional update, so of several who press one gets it.

    Locks the conversation; raises its owner version, so that a bot's reply begun before is dropped. Writes the row
    "You are now chatting with NAME"; publishes `state` and `queue`. Accepting one's own again changes nothing.

    Raises:
        NotFound. Conflict: it has ended, or somebody else has it (`agent` names who).
    """
    with transaction.atomic():
        handoff = access_handoff(membership, handoff_id)
        conversation = lock_conversation(handoff.conversation_id)
        handoff = access_handoff(membership, handoff_id)
        if handoff.state == HandoffState.ACTIVE and handoff.agent_id == membership.user_id:
            return handoff
        waiting = HandoffSession.objects.filter(pk=handoff.pk, state=HandoffState.WAITING)
        if not waiting.update(state=HandoffState.ACTIVE, agent=membership.user, accepted_at=timezone.now()):
            raise _explain(handoff)
        change_owner(conversation, state=ConversationState.AGENT, agent_id=membership.user_id)
        row = system_row(
            organisation_id=conversation.organisation_id,
            conversation_id=conversation.pk,
            text=f"You are now chatting with {membership.user.display_name}.",
            event="joined",
            about=membership.user.display_name,
        )
        (written,) = post_messages_in_transaction(row)
        handoff.refresh_from_db()
        handoff.conversation, handoff.agent = conversation, membership.user
        conversation.last_seq = written.seq
        announce_handoff(handoff=handoff, conversation=conversation, change="left")
    return handoff


def _explain(handoff: HandoffSession) -> Conflict:
    if handoff.state == HandoffState.ENDED or handoff.agent is None:
        return Conflict("That conversation has ended already.")
    name = handoff.agent.display_name
    return Conflict(f"{name} has this conversation already.", agent={"id": handoff.agent_id, "name": name})
