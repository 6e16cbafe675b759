"""The agents' console. The first paint is made here; from then on static/console/ draws what the socket says."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from handoff.lists import describe_console
from organisations.models import Membership
from organisations.pages import member_page

TABS = {"waiting": "Waiting", "mine": "My chats", "all": "All", "history": "History"}
FOR_THOSE_WHO_READ_ALL = {"all"}


@require_GET
@member_page()
def show_console(request: HttpRequest, membership: Membership) -> HttpResponse:
    """GET /console/?tab=waiting|mine|all|history"""
    tabs = {
        key: name
        for key, name in TABS.items()
        if membership.reads_everything or key not in FOR_THOSE_WHO_READ_ALL
    }
    tab = request.GET.get("tab", "")
    console = describe_console(membership)
    context: dict[str, Any] = {
        "section": "console",
        "tabs": [(key, name, _count(console, key)) for key, name in tabs.items()],
        "tab": tab if tab in tabs else "waiting",
        "console": console,
    }
    context["tickets"] = [_describe_ticket(row) for row in console.get(str(context["tab"]), ())]
    return render(request, "console/console.html", context)


def _count(console: dict[str, Any], tab: str) -> int:
    return console["waiting_count"] if tab == "waiting" else len(console.get(tab, ()))


def _describe_ticket(handoff: dict[str, Any]) -> dict[str, Any]:
    """A row's words, as static/console/ticket.js says them."""
    waiting = handoff["state"] == "waiting"
    count = handoff["message_count"]
    messages = f"{count} message{'' if count == 1 else 's'}"
    first = f"Place {handoff['position']}" if waiting else say_clock(handoff["duration_s"] or 0)
    return {
        **handoff,
        "last_message": _quote(handoff),
        "clock": say_clock(handoff["waiting_s"]) if waiting else "",
        "facts": f"{first} · {messages} · {handoff['bot']['name']}",
    }


def _quote(handoff: dict[str, Any]) -> str:
    names = {"bot": handoff["bot"]["name"], "agent": "You"}
    name = names.get(handoff["last_sender"])
    return f"{name}: {handoff['last_message']}" if name else str(handoff["last_message"])


def say_clock(seconds: int) -> str:
    """0:42, 12:05, 1:02:09"""
    minutes, rest = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
