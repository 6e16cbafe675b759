"""When a bot answers and when it does not: the curve of the Behaviour tab, and the questions not to answer."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chatbots.access import access_chatbot, access_chatbot_to_edit
from chatbots.actions.out_of_scope import access_out_of_scope, add_out_of_scope, remove_out_of_scope
from chatbots.evaluation.curves import read_curves
from chatbots.forms.examples import ExamplesForm
from chatbots.models import Chatbot
from chatbots.views.editor import editor_context
from core.errors import Invalid, ParleyError
from organisations.models import Membership
from organisations.pages import member_page, read_page, read_search

ROWS = 50


@require_GET
@member_page()
def show_curve(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    """Asked for once the tab is there: the index may have to be read first."""
    bot = access_chatbot(membership, slug)
    context = {"bot": bot, "curves": read_curves(bot)}
    return render(request, "chatbots/_curve.html", context)


@require_http_methods(["GET", "POST"])
@member_page()
def show_examples(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    """Out-of-scope examples of the draft; owners add one or many."""
    if request.method == "POST":
        return _add(request, access_chatbot_to_edit(membership, slug))
    return _show(request, access_chatbot(membership, slug), ExamplesForm())


@require_POST
@member_page()
def remove_examples(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    """One by its button, or all that are ticked."""
    bot = access_chatbot_to_edit(membership, slug)
    gone = remove_out_of_scope(chatbot=bot, chunk_ids=_read_numbers(request.POST.getlist("chunk")))
    messages.success(request, f"{gone} question{'s are' if gone > 1 else ' is'} gone from the list.")
    return redirect("bot_examples", slug)


def _add(request: HttpRequest, bot: Chatbot) -> HttpResponse:
    form = ExamplesForm(request.POST)
    if form.is_valid():
        try:
            added = add_out_of_scope(chatbot=bot, questions=form.cleaned_data["questions"].splitlines())
        except ParleyError as error:
            form.add_error("questions", error.fields.get("questions", error.detail))
        else:
            messages.success(request, f"{added} added." if added else "All of them were in the list already.")
            return redirect("bot_examples", bot.slug)
    return _show(request, bot, form, status=400)


def _show(request: HttpRequest, bot: Chatbot, form: forms.Form, *, status: int = 200) -> HttpResponse:
    query = read_search(request)
    rows = access_out_of_scope(bot)
    total = rows.count()
    page = read_page(request, rows.filter(title__icontains=query) if query else rows, size=ROWS)
    context: dict[str, Any] = {"form": form, "query": query, "page": page, "total": total}
    context = editor_context(request, bot, tab="behaviour") | context
    return render(request, "chatbots/examples.html", context, status=status)


def _read_numbers(values: list[str]) -> list[int]:
    if not values or not all(one.isascii() and one.isdecimal() and len(one) < 19 for one in values):
        raise Invalid("Choose at least one question.")
    return [int(one) for one in values]
