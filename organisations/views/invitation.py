"""/invitations/<secret>/: the page behind an invitation's link."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from core.errors import Conflict, NotFound
from organisations.actions.invitations import accept_invitation, find_invitation
from organisations.forms.signup import INVITATION_KEY
from organisations.middleware import SESSION_KEY
from organisations.pages import get_user


@never_cache
@require_http_methods(["GET", "POST"])
def answer_invitation(request: HttpRequest, secret: str) -> HttpResponse:
    """GET asks (strangers may sign in or up and come back), POST accepts."""
    try:
        invitation = find_invitation(secret)
        if request.method == "POST" and request.user.is_authenticated:
            return _accept(request, secret)
    except NotFound:
        request.session.pop(INVITATION_KEY, None)
        return render(request, "organisations/invitation_gone.html", status=404)
    if not request.user.is_authenticated:
        request.session[INVITATION_KEY] = secret
    return render(request, "organisations/invitation.html", {"invitation": invitation})


def _accept(request: HttpRequest, secret: str) -> HttpResponse:
    try:
        membership = accept_invitation(secret=secret, user=get_user(request))
    except Conflict as error:
        messages.error(request, error.detail)
        return redirect("invitation", secret)
    request.session.pop(INVITATION_KEY, None)
    request.session[SESSION_KEY] = membership.organisation.slug
    messages.success(request, f"Welcome to {membership.organisation.name}.")
    return redirect("home")
