"""The way in: where `/` leads, which organisation one acts in, and making one."""

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from organisations.access import access_memberships
from organisations.actions.organisations import create_organisation
from organisations.forms.team import OrganisationForm
from organisations.middleware import SESSION_KEY
from organisations.models import Role
from organisations.pages import get_membership, get_user


@require_GET
@login_required
def go_home(request: HttpRequest) -> HttpResponse:
    """GET /: agents work in the console, the others begin at their bots."""
    membership = get_membership(request)
    if membership is None:
        return redirect("new_organisation")
    return redirect("/console/" if membership.role == Role.AGENT else "bots")


@require_POST
@login_required
def switch_organisation(request: HttpRequest) -> HttpResponse:
    """POST /organisation/ with `slug`: act in that organisation from now on."""
    slug = request.POST.get("slug", "")
    if slug not in {membership.organisation.slug for membership in access_memberships(request.user)}:
        raise Http404
    request.session[SESSION_KEY] = slug
    return redirect("home")


@require_http_methods(["GET", "POST"])
@login_required
def make_organisation(request: HttpRequest) -> HttpResponse:
    """/organisation/new/: for those who belong to none yet, or want another."""
    form = OrganisationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        organisation = create_organisation(owner=get_user(request), name=form.cleaned_data["name"])
        request.session[SESSION_KEY] = organisation.slug
        return redirect("bots")
    return render(request, "organisations/new.html", {"form": form}, status=400 if form.errors else 200)
