"""/team/: who belongs to the organisation, as what, and who is invited."""

from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from core.errors import Conflict, Invalid, ParleyError, RateLimited
from organisations.access import access_invitations, access_members
from organisations.actions.invitations import invite_member, withdraw_invitation
from organisations.actions.organisations import change_role, withdraw_member
from organisations.forms.team import InvitationForm
from organisations.models import Membership, Role
from organisations.pages import member_page, read_page, read_search


@require_GET
@member_page()
def show_team(request: HttpRequest, membership: Membership) -> HttpResponse:
    return render(request, "organisations/team.html", _team_context(request, membership, InvitationForm()))


@require_POST
@member_page(Role.OWNER)
def invite(request: HttpRequest, membership: Membership) -> HttpResponse:
    form = InvitationForm(request.POST)
    if form.is_valid():
        try:
            invitation = invite_member(actor=membership, **form.cleaned_data)
        except (Invalid, Conflict, RateLimited) as error:
            form.add_error(None if error.fields.keys() - form.fields.keys() else "email", error.detail)
        else:
            messages.success(request, f"We sent an invitation to {invitation.email}.")
            return redirect("team")
    return render(request, "organisations/team.html", _team_context(request, membership, form), status=400)


@require_POST
@member_page(Role.OWNER)
def give_role(request: HttpRequest, membership: Membership, member_id: int) -> HttpResponse:
    try:
        member = change_role(actor=membership, member_id=member_id, role=request.POST.get("role", ""))
    except (Conflict, Invalid) as error:
        return _explain(request, error)
    messages.success(request, f"{member.user.display_name} is {member.get_role_display().lower()} now.")
    return redirect("team")


@require_POST
@member_page(Role.OWNER)
def remove_member(request: HttpRequest, membership: Membership, member_id: int) -> HttpResponse:
    try:
        withdraw_member(actor=membership, member_id=member_id)
    except Conflict as error:
        return _explain(request, error)
    messages.success(request, "They have no access any more.")
    return redirect("home" if member_id == membership.pk else "team")


@require_POST
@member_page(Role.OWNER)
def cancel_invitation(request: HttpRequest, membership: Membership, invitation_id: int) -> HttpResponse:
    withdraw_invitation(actor=membership, invitation_id=invitation_id)
    messages.success(request, "The invitation is withdrawn. Its link does not work any more.")
    return redirect("team")


def _team_context(request: HttpRequest, membership: Membership, form: InvitationForm) -> dict[str, Any]:
    query = read_search(request)
    members = access_members(membership)
    total = members.count()
    if query:
        members = members.filter(Q(user__name__icontains=query) | Q(user__email__icontains=query))
    return {
        "section": "team",
        "query": query,
        "total": total,
        "page": read_page(request, members),
        "roles": Role.choices,
        "invitations": access_invitations(membership) if membership.is_owner else [],
        "now": timezone.now(),
        "form": form,
    }


def _explain(request: HttpRequest, error: ParleyError) -> HttpResponse:
    messages.error(request, error.detail)
    return redirect("team")
