"""/bots/<slug>/: the editor's tabs that are forms over the draft, publishing, and deleting."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from chatbots.access import access_chatbot, access_chatbot_to_edit, access_knowledge_sources
from chatbots.actions.edit_bot import delete_bot
from chatbots.actions.publish_bot import publish_bot
from chatbots.configuration import Configuration, draft_configuration, public_configuration
from chatbots.drafts import describe_publish_state, save_draft_form
from chatbots.forms.bot import AppearanceForm, BehaviourForm, DraftForm, EmbedForm
from chatbots.forms.handoff import HandoffForm
from chatbots.forms.menu import MenuForm
from chatbots.models import Chatbot
from chatbots.rules.hours import look_at_hours
from chatbots.rules.hours_words import word_state
from organisations.models import Membership
from organisations.pages import get_membership, is_partial, member_page, send_toast

FORMS: dict[str, type[DraftForm]] = {
    "behaviour": BehaviourForm,
    "appearance": AppearanceForm,
    "menu": MenuForm,
    "handoff": HandoffForm,
    "embed": EmbedForm,
}


@require_http_methods(["GET", "POST"])
@member_page()
def show_tab(request: HttpRequest, membership: Membership, slug: str, tab: str) -> HttpResponse:
    """GET shows a tab (supervisors read only); POST saves it as the owner types, and answers with parts to swap in."""
    if request.method == "POST":
        return _save_tab(request, access_chatbot_to_edit(membership, slug), tab)
    bot = access_chatbot(membership, slug)
    form = FORMS[tab](initial=FORMS[tab].read(draft_configuration(bot)))
    if not membership.is_owner:
        for field in form.fields.values():
            field.disabled = True
    return render(request, f"chatbots/{tab}.html", make_tab_context(request, bot, tab, form))


def _save_tab(request: HttpRequest, bot: Chatbot, tab: str) -> HttpResponse:
    form = FORMS[tab](request.POST)
    saved = save_draft_form(chatbot=bot, form=form)
    context = make_tab_context(request, bot, tab, form) | {"saved": saved}
    if is_partial(request):
        return render(request, "chatbots/_saved.html", context)
    if saved:
        messages.success(request, "Saved.")
        return redirect(request.path)
    return render(request, f"chatbots/{tab}.html", context, status=400)


def make_tab_context(request: HttpRequest, bot: Chatbot, tab: str, form: DraftForm) -> dict[str, Any]:
    form.offer(bot)
    context = editor_context(request, bot, tab=tab) | {"form": form}
    configuration: Configuration = context["configuration"]
    if isinstance(form, MenuForm):
        context["menu"] = form.describe(configuration)
    if isinstance(form, HandoffForm):
        context |= form.describe(configuration) | {
            "hours_now": look_at_hours(configuration.opening_hours, timezone.now())
        }
        context["hours_words"] = word_state(context["hours_now"])
    return context


@require_POST
@member_page()
def publish(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    bot = access_chatbot_to_edit(membership, slug)
    version = publish_bot(chatbot=bot, author=membership.user)
    words = f"Version {version.number} is live. New visitors get it within seconds."
    if not is_partial(request):
        messages.success(request, words)
        return redirect("bot", slug)
    bot = access_chatbot_to_edit(membership, slug)
    return send_toast(render(request, "chatbots/_publish.html", editor_context(request, bot)), words)


@require_POST
@member_page()
def delete(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    bot = access_chatbot_to_edit(membership, slug)
    name = bot.name
    delete_bot(chatbot=bot)
    messages.success(request, f"{name} is deleted.")
    return redirect("bots")


def may_edit(request: HttpRequest) -> bool:
    membership = get_membership(request)
    return membership is not None and membership.is_owner


def editor_context(request: HttpRequest, bot: Chatbot, *, tab: str = "") -> dict[str, Any]:
    """What the editor's frame shows around every tab."""
    configuration = draft_configuration(bot)
    return {
        "section": "bots",
        "bot": bot,
        "tab": tab,
        "configuration": configuration,
        "public": public_configuration(chatbot=bot, configuration=configuration),
        "publish": describe_publish_state(bot),
        "may_edit": may_edit(request),
        "source_count": access_knowledge_sources(bot).count(),
        "snippet": f'<script async src="{settings.BASE_URL}/embed/loader.js" data-bot="{bot.public_id}"></script>',
        "any_site": "*" in configuration.allowed_domains,
    }
