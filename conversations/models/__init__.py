from conversations.models.conversation import Channel, Conversation, ConversationState, Kind
from conversations.models.message import Message, MessageState, Sender
from conversations.models.turn import Turn, TurnOutcome, TurnState
from conversations.models.visitor import Visitor

__all__ = [
    "Channel",
    "Conversation",
    "ConversationState",
    "Kind",
    "Message",
    "MessageState",
    "Sender",
    "Turn",
    "TurnOutcome",
    "TurnState",
    "Visitor",
]
