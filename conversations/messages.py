"""A message as the wire shows it."""

from typing import Any
from uuid import UUID

from conversations.models import Message
from conversations.writer.items import Written
from core.rendering import render_markdown, render_plain

WireMessage = dict[str, Any]


def render_text(*, sender: str, text: str) -> str:
    """HTML for a message: what visitors type is shown as typed, bots and agents may use Markdown."""
    return render_plain(text) if sender in ("visitor", "system") else render_markdown(text)


def wire_written(written: Written) -> WireMessage:
    """The wire's form of a message that was just committed, to be encoded: its ids are UUIDs still."""
    item = written.item
    return {
        "id": str(written.message_id),
        "seq": written.seq,
        "client_id": item.client_id,
        "sender": item.sender,
        "sender_name": item.sender_name,
        "text": item.text,
        "html": render_text(sender=item.sender, text=item.text),
        "parts": item.parts,
        "citations": item.citations,
        "state": item.state,
        "feedback": 0,
        "feedback_text": "",
        "created_at": written.created_at.isoformat() if written.created_at else None,
        "turn_id": item.turn_id,
    }


def wire_message(message: Message) -> WireMessage:
    """The wire's form of a stored message; an erased one keeps its number and nothing else."""
    erased = message.state == "erased"
    text = "" if erased else message.text
    return {
        "id": str(message.pk),
        "seq": message.seq,
        "client_id": str(message.client_id) if message.client_id else None,
        "sender": message.sender,
        "sender_name": message.sender_name,
        "text": text,
        "html": render_text(sender=message.sender, text=text),
        "parts": [] if erased else message.parts,
        "citations": [] if erased else message.citations,
        "state": message.state,
        "feedback": message.feedback,
        "feedback_text": "" if erased else message.feedback_text,
        "created_at": message.created_at.isoformat(),
        "turn_id": str(message.turn_id) if message.turn_id else None,
    }


def frame_type_of(message: WireMessage) -> str:
    """A bot's reply is `saved`; everything else that joins the log is a `message`."""
    return "saved" if message["sender"] == "bot" and message["turn_id"] else "message"


def group_of_conversation(conversation_id: UUID) -> str:
    """The channel layer's group that hints of one conversation go to."""
    return f"conversation.{conversation_id.hex}"


def group_of_queue(organisation_id: int) -> str:
    """The group of all consoles of an organisation."""
    return f"queue.{organisation_id}"


def group_of_agent(*, organisation_id: int, user_id: int) -> str:
    """The group of one agent's consoles in an organisation."""
    return f"agent.{organisation_id}.{user_id}"
