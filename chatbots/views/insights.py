"""/bots/<slug>/insights/: what the bot did with what it was asked, turn by turn."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from chatbots.access import access_chatbot
from chatbots.traces.access import (
    KINDS,
    SHOWS,
    access_turn,
    access_turn_of_message,
    access_turns,
    get_question,
    read_replies,
)
from chatbots.traces.describing import tell_story
from chatbots.views.editor import editor_context, may_edit
from conversations.models import Turn
from organisations.models import Membership
from organisations.pages import member_page

PAGE_ROWS = 30
MOST_PAGES = 1_000
WORDS = {
    "": "All",
    "answered": "Answered",
    "unsure": "Answered, hardly sure",
    "clarified": "Asked back",
    "abstained": "Did not know",
    "handed_off": "Fetched a person",
    "disliked": "Thumbs down",
    "errors": "With errors",
}


@require_GET
@member_page()
def show_turns(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    """Newest conversations first, a page at a time; not counted, so that it costs the same at any size."""
    bot = access_chatbot(membership, slug)
    show, kind = _choose(request, "show", SHOWS), _choose(request, "kind", KINDS)
    number = _read_number(request)
    start = (number - 1) * PAGE_ROWS
    turns = list(access_turns(bot, show=show, kind=kind)[start : start + PAGE_ROWS + 1])
    context = {
        "rows": [_describe(turn) for turn in turns[:PAGE_ROWS]],
        "number": number,
        "more": len(turns) > PAGE_ROWS,
        "show": show,
        "kind": kind,
        "shows": WORDS,
        "kinds": {"": "Live and test", "live": "Live", "test": "Test"},
    }
    return render(request, "chatbots/insights.html", editor_context(request, bot, tab="insights") | context)


@require_GET
@member_page()
def show_turn(request: HttpRequest, membership: Membership, slug: str, turn_id: str) -> HttpResponse:
    bot = access_chatbot(membership, slug)
    turn = access_turn(bot, turn_id)
    context = {"turn": turn, "replies": read_replies(turn), "story": _tell(turn)}
    return render(request, "chatbots/turn.html", editor_context(request, bot, tab="insights") | context)


@require_GET
@member_page()
def show_trace(request: HttpRequest, membership: Membership, slug: str, turn_id: str) -> HttpResponse:
    """The trace alone, for the test window."""
    bot = access_chatbot(membership, slug)
    turn = access_turn(bot, turn_id)
    context = {"bot": bot, "story": _tell(turn), "may_edit": may_edit(request)}
    return render(request, "chatbots/_trace.html", context)


@require_GET
@member_page()
def find_turn(request: HttpRequest, membership: Membership, message_id: int) -> HttpResponse:
    """From a reply, wherever it is shown, to why it was given."""
    turn = access_turn_of_message(membership, message_id)
    return redirect("bot_turn", turn.conversation.chatbot.slug, turn.pk)


def _describe(turn: Turn) -> dict[str, Any]:
    story = _tell(turn)
    return {"turn": turn, "story": story, "best": story.hits[0] if story.hits else None}


def _tell(turn: Turn) -> Any:
    return tell_story(turn.trace, question=get_question(turn), outcome=turn.outcome)


def _choose(request: HttpRequest, name: str, known: Any) -> str:
    wanted = request.GET.get(name, "")
    return wanted if wanted in known else ""


def _read_number(request: HttpRequest) -> int:
    wanted = request.GET.get("page", "1")
    valid = wanted.isascii() and wanted.isdecimal() and len(wanted) < 6
    return min(MOST_PAGES, max(1, int(wanted))) if valid else 1
