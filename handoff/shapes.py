"""Handoffs and states as the wire and the REST API show them."""

import re
import statistics
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from conversations.models import Conversation, Message
from handoff.access import find_open_handoff
from handoff.models import HandoffSession, HandoffState

RECENT_WAITS = 20
PREVIEW_CHARACTERS = 200
MARKDOWN_SIGNS = re.compile(r"[*`#>]+|(?<!\w)_+|_+(?!\w)")


def with_counts(rows: QuerySet[HandoffSession]) -> QuerySet[HandoffSession]:
    """Adds what lists show and are ordered by: last message, unread by agents, all in the one query."""
    of_conversation = Message.objects.filter(conversation_id=OuterRef("conversation_id"))
    last = of_conversation.exclude(sender="system").order_by("-seq")
    unread = (
        of_conversation.filter(sender="visitor", seq__gt=OuterRef("conversation__agent_read_seq"))
        .order_by()
        .values("conversation_id")
        .annotate(number=Count("id"))
        .values("number")
    )
    return rows.annotate(
        last_text=Subquery(last.values("text")[:1]),
        last_sender=Subquery(last.values("sender")[:1]),
        unread=Coalesce(Subquery(unread), 0),
        newest_at=F("conversation__last_message_at"),
    )


def queue_positions(organisation_id: int) -> dict[UUID, int]:
    """Place in the waiting line, from 1, of each waiting handoff."""
    rows = HandoffSession.objects.filter(organisation_id=organisation_id, state=HandoffState.WAITING)
    ids = rows.order_by("started_at", "id").values_list("id", flat=True)
    return {pk: place for place, pk in enumerate(ids, start=1)}


def expected_wait_s(organisation_id: int, *, position: int) -> int | None:
    """Median wait in seconds of the last 20 accepted handoffs, times the place in line; None before the first."""
    rows = HandoffSession.objects.filter(organisation_id=organisation_id, accepted_at__isnull=False)
    waits = [
        (accepted - started).total_seconds()
        for accepted, started in rows.order_by("-accepted_at").values_list("accepted_at", "started_at")[
            :RECENT_WAITS
        ]
        if accepted is not None
    ]
    return round(statistics.median(waits) * position) if waits else None


def state_frame(conversation: Conversation) -> dict[str, Any]:
    """The `state` frame: who answers, and for a waiting visitor the place in line."""
    frame: dict[str, Any] = {
        "type": "state",
        "session_id": str(conversation.pk),
        "state": conversation.state,
        "agent": None,
        "position": None,
        "wait_s": None,
        "reason": "",
    }
    if conversation.state not in ("waiting", "agent"):
        return frame
    handoff = find_open_handoff(conversation.pk)
    if handoff is None:
        return frame
    frame["reason"] = handoff.reason
    if handoff.agent is not None:
        frame["agent"] = {"name": handoff.agent.display_name, "avatar": None}
    if handoff.state == HandoffState.WAITING:
        frame["position"] = _position_of(handoff)
        frame["wait_s"] = expected_wait_s(handoff.organisation_id, position=frame["position"])
    return frame


def _position_of(handoff: HandoffSession) -> int:
    before = Q(started_at__lt=handoff.started_at) | Q(started_at=handoff.started_at, id__lt=handoff.id)
    rows = HandoffSession.objects.filter(organisation_id=handoff.organisation_id, state=HandoffState.WAITING)
    return rows.filter(before).count() + 1


def wire_handoff(handoff: HandoffSession, *, position: int | None = None) -> dict[str, Any]:
    """A handoff as protocol.md describes it; rows from `with_counts(access_handoffs(…))` cost no further query."""
    conversation, visitor = handoff.conversation, handoff.conversation.visitor
    agent = handoff.agent
    return {
        "id": str(handoff.pk),
        "session_id": str(conversation.pk),
        "state": handoff.state,
        "reason": handoff.reason,
        "bot": {"name": conversation.chatbot.name, "slug": conversation.chatbot.slug},
        "visitor": {
            "id": str(visitor.pk),
            "name": str(visitor),
            "phone": visitor.phone,
            "locale": visitor.locale,
            "page": visitor.page,
        },
        "agent": {"id": agent.pk, "name": agent.display_name} if agent else None,
        "team": None,
        "position": position,
        "started_at": handoff.started_at.isoformat(),
        "accepted_at": _iso(handoff.accepted_at),
        "ended_at": _iso(handoff.ended_at),
        "ended_by": handoff.ended_by,
        "expires_at": handoff.expires_at.isoformat(),
        "last_message_at": conversation.last_message_at.isoformat(),
        **_last_message(handoff),
        "unread_count": getattr(handoff, "unread", 0),
        "message_count": conversation.last_seq,
        "waiting_s": _waiting_s(handoff),
        "duration_s": _duration_s(handoff),
    }


def _last_message(handoff: HandoffSession) -> dict[str, str]:
    """The last words for a list: what bots and agents write without its Markdown signs."""
    text, sender = getattr(handoff, "last_text", "") or "", getattr(handoff, "last_sender", "") or ""
    if sender != "visitor":
        text = MARKDOWN_SIGNS.sub("", text)
    return {"last_message": text[:PREVIEW_CHARACTERS], "last_sender": sender}


def _waiting_s(handoff: HandoffSession) -> int:
    until = handoff.accepted_at or handoff.ended_at or timezone.now()
    return round((until - handoff.started_at).total_seconds())


def _duration_s(handoff: HandoffSession) -> int | None:
    if handoff.accepted_at is None:
        return None
    return round(((handoff.ended_at or timezone.now()) - handoff.accepted_at).total_seconds())


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
