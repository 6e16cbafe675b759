"""How a widget gets to talk: a visitor known, renewed or new, and a token for the socket."""

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from chatbots.access import Brain, access_published_chatbot, published_brain
from chatbots.configuration import public_configuration
from conversations.access import access_visitor, find_or_make_visitor
from conversations.models import Visitor
from core.errors import Forbidden, NotFound, Unauthorised
from core.tokens import issue_signed_token, read_token
from embed.domains import is_page_allowed

PAGE_REFUSED = "This chat is not allowed on that page. Its owner can add the page's domain under Embed."


@dataclass(frozen=True, slots=True)
class Arrival:
    """Who comes from where. `page`: the host page's address or origin, "" where the caller did not say."""

    visitor_token: str = ""
    page: str = ""
    locale: str = ""


def bootstrap_widget(*, public_id: str, arrival: Arrival, own_origin: str) -> dict[str, Any]:
    """Renew or make a visitor and answer with all that the widget needs.

    Raises:
        NotFound: no published bot of that id. Forbidden: a page that is not allowed to show it.
    """
    chatbot = access_published_chatbot(public_id)
    brain = published_brain(chatbot)
    allowed = brain.configuration.allowed_domains
    if arrival.page and not is_page_allowed(page=arrival.page, entries=allowed, own_origin=own_origin):
        raise Forbidden(PAGE_REFUSED)
    visitor = recognise_visitor(public_id=public_id, token=arrival.visitor_token)
    if visitor is None:
        visitor = make_visitor(brain=brain, arrival=arrival)
    else:
        note_visit(visitor=visitor, arrival=arrival)
    return {
        **issue_visitor_tokens(visitor=visitor, public_id=public_id),
        "bot": public_configuration(chatbot=chatbot, configuration=brain.configuration),
        "fingerprint": brain.fingerprint,
    }


def recognise_visitor(*, public_id: str, token: str) -> Visitor | None:
    """The visitor of an earlier token for this bot; None for a bad or foreign one, who starts afresh."""
    if not token:
        return None
    try:
        claims = read_token(token, audiences=("visitor", "renewal"))
        if claims.bot != public_id:
            return None
        visitor = access_visitor(visitor_id=claims.bearer, public_id=public_id)
    except (Unauthorised, NotFound):
        return None
    return visitor if visitor.bearer.startswith("visitor:") else None


def make_visitor(*, brain: Brain, arrival: Arrival) -> Visitor:
    """A visitor whom nobody knows yet."""
    pk = uuid.uuid4()
    with transaction.atomic():
        return find_or_make_visitor(
            chatbot=brain.chatbot, bearer=f"visitor:{pk}", id=pk, page=arrival.page, locale=arrival.locale
        )


def note_visit(*, visitor: Visitor, arrival: Arrival) -> None:
    """Remember that, and from which page, a visitor came back."""
    visitor.last_seen_at = timezone.now()
    visitor.page = arrival.page or visitor.page
    visitor.locale = arrival.locale or visitor.locale
    visitor.save(update_fields=["last_seen_at", "page", "locale"])


def issue_visitor_tokens(*, visitor: Visitor, public_id: str) -> dict[str, str]:
    """`token` for sockets; `visitor_token` to be known again by, good for bootstrap and nothing else."""
    bearer, seconds = str(visitor.pk), settings.VISITOR_TOKEN_SECONDS
    remembered = int(timedelta(days=settings.VISITOR_RENEWAL_DAYS).total_seconds())
    return {
        "token": issue_signed_token(audience="visitor", bearer=bearer, bot=public_id, seconds=seconds),
        "expires_at": (timezone.now() + timedelta(seconds=seconds)).isoformat(),
        "visitor_token": issue_signed_token(
            audience="renewal", bearer=bearer, bot=public_id, seconds=remembered
        ),
    }


def check_widget_session(*, token: str) -> dict[str, str]:
    """Say whether a visitor's or a test's token would be let in: a browser cannot see why a socket was refused.

    Raises:
        Unauthorised: bad, expired, or its bearer or published bot is gone.
    """
    claims = read_token(token, audiences=("visitor", "test"))
    try:
        visitor = access_visitor(visitor_id=claims.bearer, public_id=claims.bot)
        if claims.audience == "visitor":
            published_brain(visitor.chatbot)
    except NotFound as error:
        raise Unauthorised("That token's bearer is gone. Get a new one.") from error
    expires_at = datetime.fromtimestamp(claims.expires_at, tz=UTC)
    return {"visitor_id": str(visitor.pk), "audience": claims.audience, "expires_at": expires_at.isoformat()}
