"""/bots/: the list, and making one."""

import secrets
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify
from django.views.decorators.http import require_GET, require_http_methods

from chatbots.access import access_chatbots
from chatbots.actions.edit_bot import create_bot
from chatbots.configuration import draft_configuration
from chatbots.drafts import describe_publish_state
from chatbots.forms.bot import NewBotForm
from chatbots.knowledge.meaning import describe_embedder
from chatbots.models import Chatbot
from core.errors import Conflict, Invalid
from organisations.models import Membership, Role
from organisations.pages import member_page, read_page, read_search

CARDS = 24


@require_GET
@member_page()
def show_bots(request: HttpRequest, membership: Membership) -> HttpResponse:
    """Agents see names only."""
    query = read_search(request)
    bots = access_chatbots(membership)
    total = bots.count()
    page = read_page(request, bots.filter(name__icontains=query) if query else bots, size=CARDS)
    cards = [_make_card(bot, inside=membership.reads_everything) for bot in page]
    context = {"section": "bots", "query": query, "total": total, "page": page, "cards": cards}
    if membership.reads_everything and cards:
        context["meaning"] = describe_embedder()
    return render(request, "chatbots/list.html", context)


@require_http_methods(["GET", "POST"])
@member_page(Role.OWNER)
def make_bot(request: HttpRequest, membership: Membership) -> HttpResponse:
    """A name is enough; the next screen asks for knowledge."""
    form = NewBotForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            bot = _create(membership, form.cleaned_data["name"])
        except (Conflict, Invalid) as error:
            form.add_error("name", error.fields.get("name", error.detail))
        else:
            return redirect("bot_knowledge", bot.slug)
    return render(
        request, "chatbots/new.html", {"section": "bots", "form": form}, status=400 if form.errors else 200
    )


def _make_card(bot: Chatbot, *, inside: bool) -> dict[str, Any]:
    """What a card shows; of its state only to those who may look inside."""
    return {
        "bot": bot,
        "appearance": draft_configuration(bot).appearance,
        "publish": describe_publish_state(bot) if inside else None,
    }


def _create(membership: Membership, name: str) -> Chatbot:
    """Under a short name of its own. Raises Conflict where a bot of the very same name exists."""
    if access_chatbots(membership).filter(name__iexact=name.strip()).exists():
        raise Conflict("You have a bot of that name already. Choose another.")
    slug = slugify(name)[:50]
    try:
        return create_bot(organisation=membership.organisation, name=name, slug=slug)
    except Conflict:
        fresh = f"{slug or 'bot'}-{secrets.token_hex(2)}"
        return create_bot(organisation=membership.organisation, name=name, slug=fresh)
