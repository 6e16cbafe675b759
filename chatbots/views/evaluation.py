"""/bots/<slug>/evaluation/: asking a bot questions whose right outcome is known, and what came of it."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from chatbots.access import access_chatbot, access_chatbot_to_edit
from chatbots.evaluation.access import SHOWS, access_bot_run, access_bot_runs, access_result, access_results
from chatbots.evaluation.asking import find_unknown_titles
from chatbots.evaluation.brains import choose_brain
from chatbots.evaluation.comparing import compare_runs
from chatbots.evaluation.runs import OPEN, cancel_run, delete_run, repeat_run, start_run
from chatbots.forms.evaluation import CasesForm
from chatbots.models import Chatbot, EvaluationRun
from chatbots.traces.describing import tell_story
from chatbots.views.editor import editor_context, may_edit
from chatbots.views.evaluation_words import describe_run, describe_unknown
from core.errors import NotFound, ParleyError
from organisations.models import Membership
from organisations.pages import member_page, read_page, read_search

RESULTS = 25
RUNS = 20


@require_http_methods(["GET", "POST"])
@member_page()
def show_runs(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    """All runs of the bot; owners start one."""
    if request.method == "POST":
        return _start(request, access_chatbot_to_edit(membership, slug), membership)
    bot = access_chatbot(membership, slug)
    return _show_runs(request, bot, _make_form(bot))


def _start(request: HttpRequest, bot: Chatbot, membership: Membership) -> HttpResponse:
    form = _make_form(bot, request.POST, request.FILES)
    if form.is_valid():
        try:
            brain = choose_brain(chatbot=bot, version=form.cleaned_data["version"])
            run = start_run(brain=brain, cases=form.cases, name=form.title, author=membership.user)
        except ParleyError as error:
            form.add_error(None, error.detail)
        else:
            if unknown := find_unknown_titles(brain=brain, cases=form.cases):
                messages.warning(request, describe_unknown(unknown))
            return redirect("bot_evaluation_run", bot.slug, run.pk)
    return _show_runs(request, bot, form, status=400)


def _make_form(bot: Chatbot, *data: Any) -> CasesForm:
    return CasesForm(*data, published=bot.published.number if bot.published else 0)


def _show_runs(request: HttpRequest, bot: Chatbot, form: CasesForm, *, status: int = 200) -> HttpResponse:
    page = read_page(request, access_bot_runs(bot), size=RUNS)
    context = {"page": page, "runs": [describe_run(run) for run in page], "form": form}
    context = editor_context(request, bot, tab="evaluation") | context
    return render(request, "chatbots/evaluation.html", context, status=status)


@require_GET
@member_page()
def show_run(request: HttpRequest, membership: Membership, slug: str, run_id: int) -> HttpResponse:
    bot = access_chatbot(membership, slug)
    run = access_bot_run(bot, run_id)
    show, query = request.GET.get("show", "failures"), read_search(request)
    show = show if show in SHOWS else ""
    results = access_results(run, show=show, query=query).defer("trace")
    others = [other for other in access_bot_runs(bot)[:RUNS] if other.pk != run.pk and other.state == "done"]
    context = describe_run(run) | {
        "show": show,
        "query": query,
        "page": read_page(request, results, size=RESULTS),
        "others": others,
    }
    return render(
        request, "chatbots/evaluation_run.html", editor_context(request, bot, tab="evaluation") | context
    )


@require_GET
@member_page()
def show_progress(request: HttpRequest, membership: Membership, slug: str, run_id: int) -> HttpResponse:
    """Asked for every second while it runs; once it has ended, the page is loaded anew."""
    bot = access_chatbot(membership, slug)
    run = access_bot_run(bot, run_id)
    context = {"bot": bot, "may_edit": may_edit(request)} | describe_run(run)
    response = render(request, "chatbots/_evaluation_progress.html", context)
    if run.state not in OPEN:
        response["HX-Refresh"] = "true"
    return response


@require_GET
@member_page()
def show_result(
    request: HttpRequest, membership: Membership, slug: str, run_id: int, result_id: int
) -> HttpResponse:
    """One case's trace with what can be done about it."""
    bot = access_chatbot(membership, slug)
    result = access_result(access_bot_run(bot, run_id), result_id)
    story = tell_story(result.trace, question=result.question, outcome=result.outcome)
    context = {"bot": bot, "result": result, "story": story, "may_edit": may_edit(request)}
    return render(request, "chatbots/_evaluation_result.html", context)


@require_POST
@member_page()
def repeat(request: HttpRequest, membership: Membership, slug: str, run_id: int) -> HttpResponse:
    """The same cases of the draft as it is now."""
    bot = access_chatbot_to_edit(membership, slug)
    run = access_bot_run(bot, run_id)
    version = request.POST.get("version", "draft")
    again = repeat_run(run=run, brain=choose_brain(chatbot=bot, version=version), author=membership.user)
    return redirect("bot_evaluation_run", slug, again.pk)


@require_POST
@member_page()
def cancel(request: HttpRequest, membership: Membership, slug: str, run_id: int) -> HttpResponse:
    run = access_bot_run(access_chatbot_to_edit(membership, slug), run_id)
    cancel_run(run=run)
    messages.success(request, "Cancelled. What was asked so far stays.")
    return redirect("bot_evaluation_run", slug, run_id)


@require_POST
@member_page()
def delete(request: HttpRequest, membership: Membership, slug: str, run_id: int) -> HttpResponse:
    delete_run(run=access_bot_run(access_chatbot_to_edit(membership, slug), run_id))
    messages.success(request, "The evaluation is deleted.")
    return redirect("bot_evaluation", slug)


@require_GET
@member_page()
def compare(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    """?before=RUN&after=RUN: which answers changed."""
    bot = access_chatbot(membership, slug)
    before, after = (_read_run(bot, request.GET.get(name, "")) for name in ("before", "after"))
    comparison = compare_runs(before, after)
    context = {"comparison": comparison, "changes": comparison.changes[: 4 * RESULTS]}
    return render(
        request, "chatbots/evaluation_compare.html", editor_context(request, bot, tab="evaluation") | context
    )


def _read_run(bot: Chatbot, number: str) -> EvaluationRun:
    if not (number.isascii() and number.isdecimal()):
        raise NotFound
    return access_bot_run(bot, number)
