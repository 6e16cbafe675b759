"""The live numbers that the admin begins with: five queries, whatever there is."""

from dataclasses import dataclass
from datetime import datetime, time

from django.db.models import Count, Q
from django.utils import timezone

from chatbots.models import Chatbot
from conversations.models import Conversation, Kind
from handoff.models import HandoffSession, HandoffState
from operations.supervision import SupervisedIds, keep_supervised

LONGEST_WAITS = 10


@dataclass(frozen=True, slots=True)
class Overview:
    """`waits`: who waits longest, oldest first, conversation's visitor and bot loaded. `since`: today's first moment."""

    waiting: int
    with_agent: int
    conversations_today: int
    handed_off_today: int
    bots: int
    published_bots: int
    waits: list[HandoffSession]
    since: datetime


def read_overview(ids: SupervisedIds) -> Overview:
    """The numbers of the organisations `ids`; test sessions count for nothing. Today as in settings.TIME_ZONE."""
    since = timezone.make_aware(datetime.combine(timezone.localdate(), time.min))
    handoffs = keep_supervised(HandoffSession.objects.order_by(), path="organisation", ids=ids)
    conversations = keep_supervised(Conversation.objects.filter(kind=Kind.LIVE), path="organisation", ids=ids)
    bots = keep_supervised(Chatbot.objects.order_by(), path="organisation", ids=ids).aggregate(
        all=Count("id"), published=Count("id", filter=Q(published__isnull=False))
    )
    waiting, active = Q(state=HandoffState.WAITING), Q(state=HandoffState.ACTIVE)
    open_now = handoffs.filter(waiting | active).aggregate(
        waiting=Count("id", filter=waiting), active=Count("id", filter=active)
    )
    waits = handoffs.filter(waiting).select_related("conversation__visitor", "conversation__chatbot")
    return Overview(
        waiting=open_now["waiting"],
        with_agent=open_now["active"],
        conversations_today=conversations.filter(created_at__gte=since).count(),
        handed_off_today=handoffs.filter(started_at__gte=since).count(),
        bots=bots["all"],
        published_bots=bots["published"],
        waits=list(waits.order_by("started_at", "id")[:LONGEST_WAITS]),
        since=since,
    )
