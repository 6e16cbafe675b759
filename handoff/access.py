"""The door to handoffs, and to conversations for agents.

An agent sees the queue, and conversations that they took or were given; supervisors and owners see all.
"""

from uuid import UUID

from django.db.models import Q, QuerySet

from conversations.access import access_organisation_conversations
from conversations.models import Conversation
from handoff.models import HandoffSession, HandoffState
from organisations.access import access_row, access_rows
from organisations.models import Membership, Role

OPEN_STATES = (HandoffState.WAITING, HandoffState.ACTIVE)


def access_handoffs(membership: Membership) -> QuerySet[HandoffSession]:
    """Handoffs that this member may see, conversation, visitor, bot and agent loaded."""
    rows = access_rows(HandoffSession, organisation=membership.organisation).select_related(
        "conversation", "conversation__visitor", "conversation__chatbot", "agent"
    )
    if membership.role == Role.AGENT:
        rows = rows.filter(Q(state=HandoffState.WAITING) | Q(agent_id=membership.user_id))
    return rows


def access_handoff(membership: Membership, handoff_id: str | UUID) -> HandoffSession:
    """Any handoff of the organisation, by id: who was too late must be told who has it. Raises NotFound."""
    rows = access_rows(HandoffSession, organisation=membership.organisation).select_related("agent")
    return access_row(rows, pk=handoff_id)


def access_conversations(membership: Membership) -> QuerySet[Conversation]:
    """Conversations that this member may read."""
    rows = access_organisation_conversations(membership)
    if membership.role == Role.AGENT:
        rows = rows.filter(
            Q(agent_id=membership.user_id)
            | Q(handoffs__agent_id=membership.user_id)
            | Q(handoffs__state=HandoffState.WAITING)
        ).distinct()
    return rows


def access_conversation(membership: Membership, session_id: str | UUID) -> Conversation:
    """Raises NotFound for another tenant's, another agent's and none alike."""
    return access_row(
        access_conversations(membership).select_related("chatbot", "visitor", "agent"), pk=session_id
    )


def find_open_handoff(conversation_id: UUID) -> HandoffSession | None:
    """The conversation's waiting or active handoff, agent loaded; for callers that have access to the conversation."""
    rows = HandoffSession.objects.filter(conversation_id=conversation_id, state__in=OPEN_STATES)
    return rows.select_related("agent").first()
