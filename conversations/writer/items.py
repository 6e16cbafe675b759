"""What goes into the writer and what comes out."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from core.errors import Conflict, ParleyError


@dataclass(frozen=True, slots=True)
class OpenConversation:
    """What a conversation that this message opens belongs to. `version_id` None: the draft."""

    id: UUID
    chatbot_id: int
    visitor_id: UUID
    version_id: int | None
    kind: str
    channel: str


@dataclass(frozen=True, slots=True)
class FinishTurn:
    """How a running turn ends, stored together with its reply. `state` and `outcome` as in models.Turn.

    A turn that was cancelled meanwhile ends as "complete" or "failed" no more: the writer refuses it with TurnCancelled.
    `bot_state` is what the conversation's becomes with it, None where it stays.
    """

    turn_id: UUID
    state: str
    outcome: str
    trace: dict[str, Any]
    bot_state: dict[str, Any] | None = None


@dataclass(slots=True, kw_only=True)
class NewMessage:
    """One message to be stored.

    Exactly one of `conversation_id` and `opens` is given. The conditions are checked under the conversation's lock:
    `visitor_id` (whose conversation it must be), `owner_version` (a bot's reply), `agent_id` (who must have it).
    `starts_turn` inserts a turn with the message when the bot has the conversation; a closed one is reopened. `model` is
    the language model that the turn was asked to use, "" for the bot's own choice.

    `choice` is the button that was pressed instead of writing. Its title becomes the text: as the conversation has shown
    it, else the `text` that is given, which is "" where nobody knows one; then the choice is refused.
    """

    organisation_id: int
    sender: str
    text: str
    conversation_id: UUID | None = None
    opens: OpenConversation | None = None
    bearer: str = ""
    client_id: UUID | None = None
    sender_name: str = ""
    turn_id: UUID | None = None
    parts: list[dict[str, Any]] = field(default_factory=list)
    citations: list[dict[str, Any]] = field(default_factory=list)
    state: str = "sent"
    visitor_id: UUID | None = None
    owner_version: int | None = None
    agent_id: int | None = None
    starts_turn: UUID | None = None
    model: str = ""
    choice: str = ""
    finishes: FinishTurn | None = None

    @property
    def target(self) -> UUID:
        """The conversation that the message is for, also when it opens it."""
        if self.conversation_id is not None:
            return self.conversation_id
        if self.opens is None:
            raise ValueError("a message needs a conversation or opens one")
        return self.opens.id


class ConversationRow(msgspec.Struct):
    """A conversation as it stands under the writer's lock."""

    id: UUID
    organisation_id: int
    chatbot_id: int
    visitor_id: UUID
    version_id: int | None
    kind: str
    state: str
    owner_version: int
    agent_id: int | None
    last_seq: int
    bot_state: dict[str, Any] = {}


@dataclass(frozen=True, slots=True)
class Stored:
    """A message that an earlier send of the same `client_id` left."""

    conversation_id: UUID
    seq: int
    organisation_id: int


@dataclass(slots=True)
class Written:
    """A message's place in the log. `duplicate`: it had been there before, and nothing was written.

    `conversation` is the row as it stood right after the message; None for a duplicate in another batch. `reopened`:
    the message opened a closed conversation again.
    """

    conversation_id: UUID
    seq: int
    item: NewMessage
    duplicate: bool = False
    message_id: int = 0
    created_at: datetime | None = None
    conversation: ConversationRow | None = None
    turn_id: UUID | None = None
    reopened: bool = False


@dataclass(slots=True)
class Refused:
    """Nothing was stored, and why. `park`: its row is locked elsewhere; the queue tries again."""

    item: NewMessage
    error: ParleyError
    park: bool = False


class TurnCancelled(Conflict):
    default_detail = "That reply was cancelled."


class TurnEnded(Conflict):
    """Somebody ended a turn between the batch's look at it and its own end; nothing of the batch is stored."""

    default_detail = "That turn has ended already."


Result = Written | Refused
