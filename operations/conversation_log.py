"""A conversation as a supervisor reads it: the log in its order, each of the bot's replies with its turn's trace."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import Q
from django.utils import timezone
from django.utils.safestring import SafeString

from chatbots.traces.describing import Story, tell_story
from conversations.messages import render_text
from conversations.models import Conversation, Message, MessageState, Turn
from core.rendering import mark_rendered
from handoff.models import HandoffSession

PAGE_ROWS = 100
REMARKS: dict[str, str] = {
    MessageState.STOPPED: "The visitor stopped it here.",
    MessageState.INTERRUPTED: "It broke off here. The visitor may ask for it again.",
    MessageState.SUPERSEDED: "It was made again below. The visitor does not see this one any more.",
}


@dataclass(frozen=True, slots=True)
class Trace:
    """A turn's trace as a story, whatever of it is there; `total_ms` is all stages' time."""

    turn: Turn
    story: Story
    total_ms: float


@dataclass(frozen=True, slots=True)
class Entry:
    """One row of the log. `traces`: of the reply itself, or of turns that left no reply to this question.

    `remark` says in a sentence what became of a row that is not simply "sent".
    """

    message: Message
    html: SafeString
    buttons: list[str]
    remark: str = ""
    traces: list[Trace] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class LogPage:
    """`number` of `count` pages, and how long each handoff waited and lasted."""

    entries: list[Entry]
    number: int
    count: int
    handoffs: list[HandoffSession]


def read_log_page(conversation: Conversation, *, page: int) -> LogPage:
    """Messages `(page-1)*100+1 … page*100` of a conversation that the caller may read; three queries at any length."""
    count = max(1, -(-conversation.last_seq // PAGE_ROWS))
    number = min(max(1, page), count)
    first, last = (number - 1) * PAGE_ROWS + 1, number * PAGE_ROWS
    messages = list(conversation.messages.filter(seq__range=(first, last)).order_by("seq"))
    replies = {message.turn_id for message in messages if message.turn_id}
    turns = conversation.turns.filter(Q(question_seq__range=(first, last)) | Q(pk__in=replies)).order_by(
        "created_at"
    )
    places = _place_traces(list(turns), messages)
    handoffs = list(HandoffSession.objects.filter(conversation=conversation).select_related("agent"))
    entries = [_make_entry(message, places.get(message.seq, [])) for message in messages]
    return LogPage(entries, number, count, handoffs)


def _place_traces(turns: list[Turn], messages: list[Message]) -> dict[int, list[Trace]]:
    """Number of the message under which each trace is shown: the reply, else the question; a reply elsewhere has its own."""
    replies = {message.turn_id: message.seq for message in messages if message.turn_id}
    last = messages[-1].seq if messages else 0
    places: dict[int, list[Trace]] = {}
    for turn in turns:
        answered_elsewhere = (turn.state == "complete" or bool(turn.text)) and turn.question_seq == last
        if turn.pk in replies or not answered_elsewhere:
            places.setdefault(replies.get(turn.pk, turn.question_seq), []).append(describe_trace(turn))
    return places


def _make_entry(message: Message, traces: list[Trace]) -> Entry:
    text = "" if message.state == MessageState.ERASED else message.text
    parts = [part for part in message.parts if isinstance(part, dict)]
    buttons = [str(button.get("title", "")) for part in parts for button in part.get("buttons", ())]
    html = mark_rendered(render_text(sender=message.sender, text=text))
    return Entry(message, html, buttons, REMARKS.get(message.state, ""), traces)


def describe_trace(turn: Turn) -> Trace:
    """What a turn's trace says, ready to be shown; a turn that failed early has only part of it."""
    story = tell_story(turn.trace, question="", outcome=turn.outcome or turn.state)
    return Trace(turn=turn, story=story, total_ms=story.total_ms)


def measure_handoff(handoff: HandoffSession, *, now: datetime | None = None) -> tuple[int, int | None]:
    """Seconds that the visitor waited, and that the agent had the conversation (None: nobody took it)."""
    now = now or timezone.now()
    waited = (handoff.accepted_at or handoff.ended_at or now) - handoff.started_at
    if handoff.accepted_at is None:
        return round(waited.total_seconds()), None
    lasted = (handoff.ended_at or now) - handoff.accepted_at
    return round(waited.total_seconds()), round(lasted.total_seconds())


def describe_seconds(seconds: int | None) -> str:
    """Such as 1 h 02 min, 3 min 05 s, 12 s; nothing for None."""
    if seconds is None:
        return ""
    hours, rest = divmod(max(0, seconds), 3600)
    minutes, left = divmod(rest, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {left:02} s" if minutes else f"{left} s"
