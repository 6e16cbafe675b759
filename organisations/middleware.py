"""Pages know under which membership they act: `request.membership` (None for strangers) and `request.memberships`."""

from collections.abc import Callable

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
        request.memberships = SimpleLazyObject(lambda: access_memberships(request.user))
        request.membership = SimpleLazyObject(lambda: find_membership(request))
        return self.get_response(request)


def find_membership(request: HttpRequest) -> Membership | None:
    """The membership chosen in the switcher, as long as it holds, else the first."""
    memberships = list(request.memberships)
    remembered = request.session.get(SESSION_KEY, "")
    known = {membership.organisation.slug for membership in memberships}
    return choose_membership(memberships, slug=remembered if remembered in known else "")
