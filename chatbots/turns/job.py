"""What a turn needs to know to run."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from conversations.models import Message, Turn
from conversations.writer.items import Written


@dataclass(frozen=True, slots=True)
class TurnJob:
    """`model` is the language model that the message asked for, "" for the bot's own choice.

    `choice` is the id of the button that was pressed, "" where the visitor wrote, and `state` the conversation's bot_state
    as the turn before this one left it. `claim` is the turn's count of claims when it was taken up: who runs it may write
    only while the row says the same.
    """

    turn_id: UUID
    organisation_id: int
    conversation_id: UUID
    chatbot_id: int
    version_id: int | None
    kind: str
    owner_version: int
    question: str
    model: str = ""
    claim: int = 0
    choice: str = ""
    state: dict[str, Any] = field(default_factory=dict)


def find_choice(parts: Sequence[dict[str, Any]]) -> str:
    """The button that a visitor's message stands for, "" where it was written."""
    return next((str(part.get("id", "")) for part in parts if part.get("type") == "choice"), "")


def make_new_job(written: Written) -> TurnJob | None:
    """The job of a message that was just committed; None where it started no turn."""
    row = written.conversation
    if row is None or written.turn_id is None:
        return None
    return TurnJob(
        turn_id=written.turn_id,
        organisation_id=row.organisation_id,
        conversation_id=row.id,
        chatbot_id=row.chatbot_id,
        version_id=row.version_id,
        kind=row.kind,
        owner_version=row.owner_version,
        question=written.item.text,
        model=written.item.model,
        choice=written.item.choice,
        state=row.bot_state,
    )


def make_job(turn: Turn) -> TurnJob:
    """The job of a stored turn, whose conversation is loaded."""
    conversation = turn.conversation
    question = Message.objects.get(conversation=conversation, seq=turn.question_seq)
    return TurnJob(
        turn_id=turn.pk,
        organisation_id=conversation.organisation_id,
        conversation_id=conversation.pk,
        chatbot_id=conversation.chatbot_id,
        version_id=conversation.version_id,
        kind=conversation.kind,
        owner_version=turn.owner_version,
        question=question.text,
        model=turn.model,
        claim=turn.claims,
        choice=find_choice(question.parts),
        state=conversation.bot_state,
    )
