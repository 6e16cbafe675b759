"""Who calls the REST API: a bearer token, or the dashboard's session cookie."""

from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication, SessionAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from organisations.access import access_memberships, choose_membership
from organisations.api_tokens import read_api_token
from organisations.models import Membership, User


class MemberRequest(Request):
    """A request that passed HasMembership, for annotations: who asks, and under which membership."""

    user: User
    membership: Membership


class BearerAuthentication(BaseAuthentication):
    """`Authorization: Bearer TOKEN` with an API token."""

    def authenticate(self, request: Request) -> tuple[User, str] | None:
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        return read_api_token(token.strip()), token

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class CookieAuthentication(SessionAuthentication):
    """The dashboard's session, with CSRF protection."""

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class HasMembership(BasePermission):
    """Signed in and a member of the organisation that `X-Organisation` names (the first one where none is named)."""

    def has_permission(self, request: Request, view: Any) -> bool:
        if not request.user.is_authenticated:
            return False
        membership = resolve_membership(request)
        request.__dict__["membership"] = membership
        return membership is not None


def resolve_membership(request: Request | HttpRequest) -> Any:
    """The membership under which `request` acts. Raises NotFound for an organisation in which there is none."""
    slug = request.headers.get("X-Organisation", "")
    session = getattr(request, "session", None)
    memberships = access_memberships(request.user)
    if not slug and session is not None:
        remembered = session.get("organisation", "")
        if any(member.organisation.slug == remembered for member in memberships):
            slug = remembered
    return choose_membership(memberships, slug=slug)
