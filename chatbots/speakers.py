"""Who speaks on a chat socket: a visitor, an owner in a test session, or an API client, each at one bot."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from chatbots.access import (
    Brain,
    access_chatbot_of_speaker,
    access_chatbots,
    draft_brain,
    published_brain,
)
from chatbots.arrivals import arrivals, read_sessions
from chatbots.configuration import public_configuration
from chatbots.llm.accounts import list_account_models
from chatbots.llm.choices import check_model
from chatbots.models import Chatbot
from conversations.access import access_visitor, find_or_make_visitor
from conversations.database import run_query
from conversations.models import Channel, Kind, Visitor
from core.errors import Invalid, NotFound, Unauthorised
from core.tokens import Audience, TokenClaims, read_token
from organisations.access import access_memberships, access_row, choose_membership, require_role
from organisations.api_tokens import read_api_token
from organisations.models import Membership, Role

AUDIENCES: tuple[Audience, ...] = ("visitor", "test", "api")
BEARER_GONE = "That token's bearer is gone. Get a new one."


@dataclass(slots=True)
class Speaker:
    """One bearer at one bot. `brain` is what new conversations run on. `account_models` are those of the organisation's
    accounts that a member or a tester may name, as they were when they came.
    """

    visitor: Visitor
    chatbot: Chatbot
    brain: Brain
    kind: str
    channel: str
    expires_at: float
    membership: Membership | None = None
    account_models: tuple[str, ...] = ()

    @property
    def visitor_id(self) -> UUID:
        return self.visitor.pk


def identify_speaker(*, token: str, bot: str, organisation: str) -> Speaker:
    """The speaker for a verified token; `bot` and `organisation` (slugs) matter for API tokens only.

    Raises:
        Unauthorised: bad token, or its bearer is gone. NotFound: no such bot for them. Invalid: no bot named.
    """
    claims = read_token(token, audiences=AUDIENCES)
    if claims.audience == "api":
        return _identify_member(token, claims, bot=bot, organisation=organisation)
    return _identify_visitor(claims)


def _identify_visitor(claims: TokenClaims) -> Speaker:
    try:
        visitor = access_visitor(visitor_id=claims.bearer, public_id=claims.bot)
    except NotFound as error:
        raise Unauthorised(BEARER_GONE) from error
    test = claims.audience == "test"
    if test != visitor.bearer.startswith("test:"):
        raise Unauthorised
    brain = draft_brain(visitor.chatbot) if test else published_brain(visitor.chatbot)
    kind = Kind.TEST if test else Kind.LIVE
    models = tuple(list_account_models(visitor.organisation_id)) if test else ()
    expires_at = float(claims.expires_at)
    return Speaker(visitor, visitor.chatbot, brain, kind, Channel.WIDGET, expires_at, account_models=models)


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
    models = tuple(list_account_models(chatbot.organisation_id))
    expires_at = float(claims.expires_at)
    return Speaker(visitor, chatbot, brain, Kind.LIVE, Channel.API, expires_at, membership, models)


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
    chatbot = access_chatbot_of_speaker(speaker.chatbot.pk)
    draft = speaker.kind == Kind.TEST or (speaker.channel == Channel.API and chatbot.published is None)
    return draft_brain(chatbot) if draft else published_brain(chatbot)


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
    if model not in speaker.account_models:
        check_model(model)


def ready_frame(speaker: Speaker) -> dict[str, Any]:
    """The bot's public configuration and the bearer's sessions, latest first."""
    return {
        "bot": public_configuration(chatbot=speaker.chatbot, configuration=speaker.brain.configuration),
        "fingerprint": speaker.brain.fingerprint,
        "sessions": read_sessions([speaker.visitor_id]).get(speaker.visitor_id, []),
    }


async def welcome_speaker(*, token: str, bot: str, organisation: str) -> tuple[Speaker, dict[str, Any]]:
    """The speaker for a verified token, as `identify_speaker` finds them, and what `ready` tells them.

    Visitors of the widget, who come in crowds, share one hop to the database with all who come at the same time.
    """
    claims = read_token(token, audiences=AUDIENCES)
    if claims.audience == "visitor":
        return await _welcome_visitor(claims)
    speaker = await run_query(identify_speaker, token=token, bot=bot, organisation=organisation)
    return speaker, await run_query(ready_frame, speaker)


async def _welcome_visitor(claims: TokenClaims) -> tuple[Speaker, dict[str, Any]]:
    try:
        arrival = await arrivals.read(UUID(claims.bearer))
    except ValueError as error:
        raise Unauthorised(BEARER_GONE) from error
    if arrival is None or arrival.public_id != claims.bot:
        raise Unauthorised(BEARER_GONE)
    visitor, look = arrival.visitor, arrival.look
    if visitor.bearer.startswith("test:"):
        raise Unauthorised
    if look is None:
        raise NotFound
    brain = look.brain
    visitor.chatbot = brain.chatbot
    speaker = Speaker(visitor, brain.chatbot, brain, Kind.LIVE, Channel.WIDGET, float(claims.expires_at))
    return speaker, {"bot": look.bot, "fingerprint": brain.fingerprint, "sessions": arrival.sessions}
