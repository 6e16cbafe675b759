"""The test page: the widget on the draft, and beside it what happened for each reply."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from chatbots.access import access_chatbot
from chatbots.configuration import draft_configuration, draft_fingerprint
from organisations.models import Membership, Role
from organisations.pages import member_page


@require_safe
@xframe_options_sameorigin
@member_page(Role.OWNER, Role.SUPERVISOR)
def show_test(request: HttpRequest, membership: Membership, slug: str) -> HttpResponse:
    """Shown in a dialog of the dashboard, or alone. The page opens its test session itself, over the API."""
    chatbot = access_chatbot(membership, slug)
    config = {
        "chatbot": chatbot.slug,
        "organisation": membership.organisation.slug,
        "frame_url": f"/embed/frame/{chatbot.public_id}/?test=1",
        "sessions_url": "/api/v1/test-sessions/",
        "insights_url": f"/bots/{chatbot.slug}/insights/",
    }
    context = {
        "bot": chatbot,
        "config": config,
        "threshold": draft_configuration(chatbot).threshold,
        "fingerprint": draft_fingerprint(chatbot),
    }
    response = render(request, "testsessions/modal.html", context)
    # The dashboard's dialog holds this page in a frame.
    response._csp_replace = {"frame-ancestors": ["'self'"]}  # type: ignore[attr-defined]
    return response
