"""Pages know under which membership they act: `request.membership` (None for strangers) and `request.memberships`."""

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from organisations.access import access_memberships, choose_membership
from organisations.models import Membership

SESSION_KEY = "organisation"


class MembershipMiddleware:
    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        memberships: Any = SimpleLazyObject(lambda: access_memberships(request.user))
        membership: Any = SimpleLazyObject(lambda: find_membership(request, memberships))
        request.__dict__.update(memberships=memberships, membership=membership)
        return self.get_response(request)


def find_membership(request: HttpRequest, memberships: list[Membership]) -> Membership | None:
    """The membership chosen in the switcher, as long as it holds, else the first."""
    remembered = request.session.get(SESSION_KEY, "")
    known = {membership.organisation.slug for membership in memberships}
    return choose_membership(memberships, slug=remembered if remembered in known else "")
