"""The door to conversations: visitors reach their own, members their organisation's by role."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from conversations.messages import WireMessage, wire_message
from conversations.models import Conversation, Kind, Message, Sender, Turn, TurnState, Visitor
from organisations.access import access_row, access_rows
from organisations.models import Membership

PAGE_MESSAGES = 200


@dataclass(frozen=True, slots=True)
class Head:
    """How far a conversation is: its last number, who answers under which owner version, how many rows were changed."""

    seq: int
    state: str
    owner_version: int
    edits: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of the log. `more`: there is more after it. `changed`: rows before it that were changed later."""

    conversation: Conversation
    messages: list[WireMessage]
    more: bool
    changed: list[WireMessage] = field(default_factory=list)


def access_visitor_conversations(*, visitor_id: UUID) -> QuerySet[Conversation]:
    """All conversations of one visitor."""
    return Conversation.objects.filter(visitor_id=visitor_id)


def access_visitor_conversation(*, visitor_id: UUID, session_id: str | UUID) -> Conversation:
    """Raises NotFound for another's and for none alike."""
    return access_row(access_visitor_conversations(visitor_id=visitor_id), pk=session_id)


def access_organisation_conversations(membership: Membership) -> QuerySet[Conversation]:
    """All live conversations of the organisation; for those who read everything (see handoff.access for agents)."""
    return access_rows(Conversation, organisation=membership.organisation).filter(kind=Kind.LIVE)


def access_turns(conversation: Conversation) -> QuerySet[Turn]:
    """The bot's turns of a conversation that the caller already has access to."""
    return conversation.turns.order_by("question_seq", "created_at")


def access_visitor_turn(*, visitor_id: UUID, session_id: UUID, turn_id: UUID) -> Turn:
    """A turn of one visitor's conversation, loaded with it. Raises NotFound for another's and for none alike."""
    rows = Turn.objects.select_related("conversation").filter(conversation__visitor_id=visitor_id)
    return access_row(rows, pk=turn_id, conversation_id=session_id)


def find_running_turns(conversation: Conversation) -> list[Turn]:
    """What the bot works on in a conversation that the caller already has access to."""
    return list(conversation.turns.filter(state=TurnState.RUNNING).order_by("question_seq", "created_at"))


def count_complaints(conversation: Conversation) -> int:
    """How many of the bot's replies the visitor found bad, in a conversation that the caller already has access to."""
    return conversation.messages.filter(sender=Sender.BOT, feedback__lt=0).count()


def read_page(
    conversation: Conversation, *, after_seq: int, after_edit: int = 0, limit: int = PAGE_MESSAGES
) -> Page:
    """Messages after `after_seq`, in order, as many as fit into one outgoing frame.

    With them come the rows up to there that were changed after the conversation's change number `after_edit`: whoever
    was away may have seen them as they were.
    """
    changed = _read_changed(conversation, after_seq=after_seq, after_edit=after_edit)
    page = _read_stretch(conversation, after_seq=after_seq, limit=limit)
    return replace(page, changed=changed) if changed else page


def _read_changed(conversation: Conversation, *, after_seq: int, after_edit: int) -> list[WireMessage]:
    """No query for a conversation in which nothing was changed, which is nearly every one."""
    if conversation.edits <= after_edit or not after_seq:
        return []
    rows = Message.objects.filter(conversation=conversation, seq__lte=after_seq, edited__gt=after_edit)
    return [wire_message(row) for row in rows.order_by("edited")]


def _read_stretch(conversation: Conversation, *, after_seq: int, limit: int) -> Page:
    rows = list(
        Message.objects.filter(conversation=conversation, seq__gt=after_seq).order_by("seq")[: limit + 1]
    )
    more = len(rows) > limit
    messages: list[WireMessage] = []
    room = settings.FRAME_MAX_BYTES_OUT - 8 * 1024
    for row in rows[:limit]:
        message = wire_message(row)
        # Six bytes a character at most once escaped; a page always holds one message, however long.
        room -= 600 + 4 * (len(message["text"]) + len(message["html"])) + 4 * len(str(message["citations"]))
        if room < 0 and messages:
            return Page(conversation, messages, more=True)
        messages.append(message)
    return Page(conversation, messages, more)


def read_heads(session_ids: Iterable[UUID]) -> dict[UUID, Head]:
    """The heads of many conversations in one query; for sockets that had access when they joined."""
    rows = Conversation.objects.filter(pk__in=list(session_ids)).values_list(
        "pk", "last_seq", "state", "owner_version", "edits"
    )
    return {pk: Head(seq, state, version, edits) for pk, seq, state, version, edits in rows}


def read_roles(membership_ids: Iterable[int]) -> dict[int, str]:
    """The present roles of memberships; withdrawn ones, and those of people switched off, are missing."""
    rows = Membership.objects.filter(pk__in=list(membership_ids), user__is_active=True)
    return dict(rows.values_list("pk", "role"))


def access_visitor(*, visitor_id: str, public_id: str) -> Visitor:
    """A visitor as a verified token names it, bot and published version loaded. Raises NotFound."""
    rows = Visitor.objects.select_related("chatbot", "chatbot__published", "organisation")
    return access_row(rows, pk=visitor_id, chatbot__public_id=public_id)


def find_or_make_visitor(*, chatbot: Any, bearer: str, **fields: Any) -> Visitor:
    """The visitor for whom `bearer` speaks at this bot, made when there is none."""
    visitor, _ = Visitor.objects.get_or_create(
        chatbot=chatbot, bearer=bearer, defaults={"organisation_id": chatbot.organisation_id, **fields}
    )
    return visitor


def read_stored_messages(*, last: int, session_id: str = "") -> list[Message]:
    """The last messages of the installation or of one conversation, oldest first; for commands. Raises NotFound."""
    rows = Message.objects.order_by("-id")
    if session_id:
        conversation = access_row(Conversation.objects.all(), pk=session_id)
        rows = rows.filter(conversation=conversation)
    return list(reversed(rows[: max(1, last)]))
