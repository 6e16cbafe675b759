"""Who speaks on a chat socket: a visitor, an owner in a test session, or an API client, each at one bot."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, OuterRef, Subquery
from django.db.models.functions import Coalesce

from chatbots.access import Brain, access_chatbots, draft_brain, published_brain
from chatbots.configuration import public_configuration
from chatbots.llm.choices import check_model
from chatbots.models import Chatbot
from conversations.access import access_visitor, access_visitor_conversations, find_or_make_visitor
from conversations.models import Channel, Conversation, Kind, Message, Visitor
from core.errors import Invalid, NotFound, Unauthorised
from core.tokens import TokenClaims, read_token
from organisations.access import access_memberships, access_row, choose_membership, require_role
from organisations.api_tokens import read_api_token
from organisations.models import Membership, Role

SESSIONS_SHOWN = 20


@dataclass(slots=True)
class Speaker:
    """One bearer at one bot. `brain` is what new conversations run on."""

    visitor: Visitor
    chatbot: Chatbot
    brain: Brain
    kind: str
    channel: str
    expires_at: float
    membership: Membership | None = None

    @property
    def visitor_id(self) -> UUID:
        return self.visitor.pk


def identify_speaker(*, token: str, bot: str, organisation: str) -> Speaker:
    """The speaker for a verified token; `bot` and `organisation` (slugs) matter for API tokens only.

    Raises:
        Unauthorised: bad token, or its bearer is gone. NotFound: no such bot for them. Invalid: no bot named.
    """
    claims = read_token(token, audiences=("visitor", "test", "api"))
    if claims.audience == "api":
        return _identify_member(token, claims, bot=bot, organisation=organisation)
    return _identify_visitor(claims)


def _identify_visitor(claims: TokenClaims) -> Speaker:
    try:
        visitor = access_visitor(visitor_id=claims.bearer, public_id=claims.bot)
    except NotFound as error:
        raise Unauthorised("That token's bearer is gone. Get a new one.") from error
    test = claims.audience == "test"
    if test != visitor.bearer.startswith("test:"):
        raise Unauthorised
    brain = draft_brain(visitor.chatbot) if test else published_brain(visitor.chatbot)
    kind = Kind.TEST if test else Kind.LIVE
    return Speaker(visitor, visitor.chatbot, brain, kind, Channel.WIDGET, float(claims.expires_at))


def _identify_member(token: str, claims: TokenClaims, *, bot: str, organisation: str) -> Speaker:
    user = read_api_token(token)
    if not bot:
        raise Invalid("Name the bot: /ws/chat/?bot=SLUG.")
    named, _, slug = bot.rpartition("/")
    membership, chatbot = _find_bot(access_memberships(user), slug=slug, organisation=named or organisation)
    # Members other than agents may try a bot that has never been published.
    brain = draft_brain(chatbot) if chatbot.published is None else published_brain(chatbot)
    if chatbot.published is None:
        require_role(membership, Role.OWNER, Role.SUPERVISOR)
    visitor = find_or_make_visitor(chatbot=chatbot, bearer=f"user:{user.pk}", name=user.display_name)
    visitor.chatbot = chatbot
    return Speaker(visitor, chatbot, brain, Kind.LIVE, Channel.API, float(claims.expires_at), membership)


def _find_bot(memberships: list[Membership], *, slug: str, organisation: str) -> tuple[Membership, Chatbot]:
    """The bot in the organisation that is named, else in the first of the user's organisations that has one."""
    if organisation:
        chosen = choose_membership(memberships, slug=organisation)
        memberships = [chosen] if chosen else []
    for membership in memberships:
        try:
            return membership, access_row(access_chatbots(membership), slug=slug)
        except NotFound:
            continue
    raise NotFound


def refresh_brain(speaker: Speaker) -> Brain:
    """What a new conversation runs on now: the newest published version, or the draft. Raises NotFound."""
    speaker.chatbot.refresh_from_db()
    draft = speaker.kind == Kind.TEST or (
        speaker.channel == Channel.API and speaker.chatbot.published is None
    )
    return draft_brain(speaker.chatbot) if draft else published_brain(speaker.chatbot)


def check_message_model(speaker: Speaker, model: str | None) -> None:
    """Whether one message may name this language model; none leaves it to the bot.

    Members and testers may name any that is offered. A visitor may only name the one that the owner chose: to which
    provider the bot's knowledge goes is not for strangers to say. Raises Invalid naming the field.
    """
    if not model or model == speaker.brain.configuration.model:
        return
    if speaker.membership is None and speaker.kind != Kind.TEST:
        sentence = "Visitors get the model that the bot's owner chose. Leave it out."
        raise Invalid(sentence, fields={"model": sentence})
    check_model(model)


def ready_frame(speaker: Speaker) -> dict[str, Any]:
    """The bot's public configuration and the bearer's sessions, latest first."""
    return {
        "bot": public_configuration(chatbot=speaker.chatbot, configuration=speaker.brain.configuration),
        "fingerprint": speaker.brain.fingerprint,
        "sessions": list_sessions(speaker.visitor_id),
    }


def list_sessions(visitor_id: UUID) -> list[dict[str, Any]]:
    """The bearer's latest sessions, each with its last message, head and what is unread; one query."""
    return [_session(row) for row in _sessions_of(visitor_id)]


def _sessions_of(visitor_id: UUID) -> Any:
    messages = Message.objects.filter(conversation=OuterRef("pk"))
    unread = (
        messages.filter(seq__gt=OuterRef("visitor_read_seq"))
        .exclude(sender="visitor")
        .order_by()
        .values("conversation")
        .annotate(number=Count("id"))
        .values("number")
    )
    rows = access_visitor_conversations(visitor_id=visitor_id).annotate(
        last_text=Subquery(messages.order_by("-seq").values("text")[:1]), unread=Coalesce(Subquery(unread), 0)
    )
    return rows.order_by("-last_message_at")[:SESSIONS_SHOWN]


def _session(row: Conversation) -> dict[str, Any]:
    return {
        "session_id": str(row.pk),
        "state": row.state,
        "last_message": (getattr(row, "last_text", "") or "")[:200],
        "last_message_at": row.last_message_at.isoformat(),
        "unread": getattr(row, "unread", 0),
        "head_seq": row.last_seq,
    }
