"""/bots/<slug>/mend/: what a trace or an evaluation offers to do about a reply, one click each."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from chatbots.access import access_chatbot_to_edit
from chatbots.actions.edit_bot import edit_bot
from chatbots.actions.mend_knowledge import add_variant
from chatbots.actions.out_of_scope import add_out_of_scope
from chatbots.knowledge.entries import add_faq_entry
from chatbots.models import Chatbot
from core.errors import Invalid
from organisations.models import Membership
from organisations.pages import is_partial, member_page


@require_POST
@member_page()
def mend(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    """`kind` says what is done to the draft; answers with a sentence, or goes back to where one came from."""
    bot = access_chatbot_to_edit(membership, slug)
    act = ACTS.get(request.POST.get("kind", ""))
    if act is None:
        raise Invalid("There is no such thing to do.")
    words = act(bot, request.POST)
    if is_partial(request):
        return render(request, "chatbots/_mended.html", {"words": words})
    messages.success(request, words)
    return redirect(_find_way_back(request) or f"/bots/{slug}/")


def _add_variant(bot: Chatbot, data: Any) -> str:
    number = data.get("chunk_id", "")
    if not (number.isascii() and number.isdecimal() and len(number) < 19):
        raise Invalid(fields={"chunk_id": "A number."})
    chunk = add_variant(chatbot=bot, chunk_id=int(number), question=data.get("question", ""))
    return f"“{chunk.title}” answers this question in the draft now."


def _set_threshold(bot: Chatbot, data: Any) -> str:
    edit_bot(chatbot=bot, changes={"threshold": data.get("to", "")})
    return f"The draft answers from {round(bot.threshold * 100)} % on now."


def _keep_out(bot: Chatbot, data: Any) -> str:
    added = add_out_of_scope(chatbot=bot, questions=[data.get("question", "")])
    return "It is among the questions not to answer now." if added else "It was among them already."


def _add_entry(bot: Chatbot, data: Any) -> str:
    chunk = add_faq_entry(
        chatbot=bot,
        title=data.get("title", ""),
        questions=[data.get("question", "")],
        answer=data.get("answer", ""),
    )
    return f"The draft knows “{chunk.title}” now."


ACTS: dict[str, Callable[[Chatbot, Any], str]] = {
    "add_variant": _add_variant,
    "raise_threshold": _set_threshold,
    "lower_threshold": _set_threshold,
    "out_of_scope": _keep_out,
    "add_knowledge": _add_entry,
}


def _find_way_back(request: HttpRequest) -> str:
    """The page of ours on which the button stood."""
    address = request.META.get("HTTP_REFERER", "")
    own = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if own else ""
