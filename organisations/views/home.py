"""The way in: where `/` leads, which organisation one acts in, and making one."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core.errors import ParleyError
from organisations.access import choose_membership
from organisations.actions.organisations import create_organisation
from organisations.forms.team import OrganisationForm
from organisations.middleware import SESSION_KEY
from organisations.models import Role
from organisations.pages import answer_error


@require_GET
@login_required
def go_home(request: HttpRequest) -> HttpResponse:
    """GET /: agents work in the console, the others begin at their bots."""
    if not request.membership:
        return redirect("new_organisation")
    return redirect("/console/" if request.membership.role == Role.AGENT else "bots")


@require_POST
@login_required
def switch_organisation(request: HttpRequest) -> HttpResponse:
    """POST /organisation/ with `slug`: act in that organisation from now on."""
    try:
        membership = choose_membership(request.memberships, slug=request.POST.get("slug", "").strip() or "-")
    except ParleyError as error:
        return answer_error(request, error)
    assert membership is not None
    request.session[SESSION_KEY] = membership.organisation.slug
    return redirect("home")


@require_http_methods(["GET", "POST"])
@login_required
def make_organisation(request: HttpRequest) -> HttpResponse:
    """/organisation/new/: for those who belong to none yet, or want another."""
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        organisation = create_organisation(owner=request.user, name=form.cleaned_data["name"])
        request.session[SESSION_KEY] = organisation.slug
        return redirect("bots")
    return render(request, "organisations/new.html", {"form": form}, status=400 if form.errors else 200)
