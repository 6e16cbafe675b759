"""The one order of locks: the conversation first, as the writer takes it, then everything else."""

from uuid import UUID

from conversations.bot_state import reset_bot_state
from conversations.models import Conversation
from core.errors import NotFound


def lock_conversation(conversation_id: UUID) -> Conversation:
    """Lock and return the conversation (`FOR NO KEY UPDATE`; SQLite: the transaction is immediate). Raises NotFound."""
    rows = Conversation.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "chatbot", "visitor"
    )
    try:
        return rows.get(pk=conversation_id)
    except Conversation.DoesNotExist as error:
        raise NotFound from error


def change_owner(conversation: Conversation, *, state: str, agent_id: int | None) -> None:
    """Let somebody else answer, under the lock: whatever was begun under the old owner version is refused from now on.

    The bot begins anew when it comes back: what it remembered is gone, but for the buttons that stand in the log.
    """
    conversation.state = state
    conversation.agent_id = agent_id
    conversation.owner_version += 1
    conversation.bot_state = reset_bot_state(conversation.bot_state)
    conversation.save(update_fields=["state", "agent_id", "owner_version", "bot_state"])
