"""The door to a bot's turns, for those who may read what its visitors said."""

from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from chatbots.access import access_chatbot
from chatbots.models import Chatbot
from conversations.models import Kind, Message, Turn
from core.errors import Invalid, NotFound
from organisations.access import access_row, access_rows, parse_uuid, require_role
from organisations.models import Membership, Role

# Answered, but by less than this: worth a look.
UNSURE = 0.7
DISLIKED = Exists(
    Message.objects.filter(conversation=OuterRef("conversation"), turn_id=OuterRef("pk"), feedback=-1)
)
SHOWS: dict[str, Q] = {
    "answered": Q(outcome="answered"),
    "clarified": Q(outcome="clarified"),
    "abstained": Q(outcome="abstained"),
    "handed_off": Q(outcome="handed_off"),
    "unsure": Q(outcome="answered", trace__candidates__0__confidence__lt=UNSURE),
    "disliked": Q(DISLIKED),
    "errors": Q(outcome="failed") | Q(trace__errors__0__detail__isnull=False),
}
KINDS = {"live": Kind.LIVE, "test": Kind.TEST}


def access_turns(chatbot: Chatbot, *, show: str = "", kind: str = "") -> QuerySet[Turn]:
    """Turns of a bot that the caller has access to, those of the newest conversations first, with their `question`.

    The order is one that an index gives at any size. Raises Invalid: no such `show` (SHOWS) or `kind` (KINDS).
    """
    if (show and show not in SHOWS) or (kind and kind not in KINDS):
        raise Invalid("There is no such filter.")
    rows = Turn.objects.filter(
        conversation__organisation=chatbot.organisation_id, conversation__chatbot=chatbot
    )
    if kind:
        rows = rows.filter(conversation__kind=KINDS[kind])
    if show:
        rows = rows.filter(SHOWS[show])
    rows = rows.select_related("conversation").annotate(question=_question())
    return rows.order_by("-conversation__created_at", "conversation", "-question_seq", "-created_at")


def access_turn(chatbot: Chatbot, turn_id: UUID | str) -> Turn:
    """One of them. Raises NotFound."""
    return access_row(access_turns(chatbot), pk=parse_uuid(turn_id))


def access_turn_of_message(membership: Membership, message_id: int) -> Turn:
    """The turn that made a message of the bot's, for owners and supervisors. Raises NotFound, Forbidden."""
    messages = access_rows(Message, organisation=membership.organisation)
    message = access_row(messages, pk=message_id)
    require_role(membership, Role.OWNER, Role.SUPERVISOR)
    if message.turn_id is None:
        raise NotFound
    rows = Turn.objects.select_related("conversation__chatbot")
    turn = access_row(rows, pk=message.turn_id, conversation=message.conversation_id)
    access_chatbot(membership, turn.conversation.chatbot.slug)
    return turn


def read_replies(turn: Turn) -> list[Message]:
    """What the bot said in this turn."""
    return list(Message.objects.filter(conversation=turn.conversation_id, turn_id=turn.pk).order_by("seq"))


def get_question(turn: Turn) -> str:
    """What the visitor wrote, as `access_turns` read it; "" where it was erased."""
    return str(getattr(turn, "question", "") or "")


def _question() -> Any:
    asked = Message.objects.filter(conversation=OuterRef("conversation"), seq=OuterRef("question_seq"))
    return Subquery(asked.values("text")[:1])
