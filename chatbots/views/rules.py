"""/bots/<slug>/handoff/try/: which rule of the draft fires for a sentence, and why the others do not."""

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_GET

from chatbots.access import access_chatbot
from chatbots.configuration import Configuration, draft_configuration
from chatbots.forms.handoff import HandoffForm
from chatbots.rules.checks import MOST_AFTER
from chatbots.rules.defaults import EVENTS, QUESTION
from chatbots.rules.trying import Trial, try_rules
from chatbots.views.editor import make_tab_context
from organisations.models import Membership
from organisations.pages import is_partial, member_page

MOST_CHARACTERS = 2_000


@require_GET
@member_page()
def show_trial(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    """The trial alone for htmx, or the whole tab with it. Reads the draft as it is saved; changes nothing."""
    bot = access_chatbot(membership, slug)
    configuration = draft_configuration(bot)
    trial = _try(request.GET, configuration)
    context = {"trial": trial, "question": request.GET.get("q", "")[:MOST_CHARACTERS]}
    if is_partial(request):
        return render(request, "chatbots/_rules_tried.html", context)
    form = HandoffForm(initial=HandoffForm.read(configuration))
    if not membership.is_owner:
        for field in form.fields.values():
            field.disabled = True
    return render(request, "chatbots/handoff.html", make_tab_context(request, bot, "handoff", form) | context)


def _try(query: QueryDict, configuration: Configuration) -> Trial | None:
    """None where there is nothing to try."""
    event, question = query.get("event", QUESTION), query.get("q", "")[:MOST_CHARACTERS]
    event = event if event in EVENTS else QUESTION
    if event == QUESTION and not question.strip():
        return None
    times = query.get("times", "1")
    count = min(int(times), MOST_AFTER) if times.isdecimal() and len(times) < 4 else 1
    return try_rules(
        event=event, question=question, count=count, configuration=configuration, now=timezone.now()
    )
