"""The only door to a tenant's rows: every `access_*` function names the organisation, and fetches with permission or raises.

What belongs to somebody else raises the same NotFound as what does not exist.
"""

from collections.abc import Iterable
from typing import Any, TypeVar
from uuid import UUID

from django.core.exceptions import ObjectDoesNotExist, ValidationError
from django.db.models import Model, QuerySet
from django.db.utils import DataError

from core.errors import Forbidden, NotFound, Unauthorised
from organisations.models import Invitation, Membership, Organisation, Role, User

Row = TypeVar("Row", bound=Model)


def access_rows(model: type[Row], *, organisation: Organisation) -> QuerySet[Row]:
    """All rows of `model` that the organisation owns; `model` has a foreign key `organisation`."""
    return model._default_manager.filter(organisation=organisation)


def access_row(rows: QuerySet[Row], **lookup: Any) -> Row:
    """The one row of `rows` that `lookup` names. Raises NotFound; a malformed id or name is nothing either."""
    try:
        return rows.get(**lookup)
    except (ObjectDoesNotExist, ValueError, ValidationError, OverflowError, DataError) as error:
        raise NotFound from error


def access_memberships(user: Any) -> list[Membership]:
    """The user's memberships, organisation loaded, by organisation's name; none for an anonymous."""
    if not getattr(user, "is_authenticated", False):
        return []
    return list(Membership.objects.filter(user=user).select_related("organisation"))


def choose_membership(memberships: Iterable[Membership], *, slug: str = "") -> Membership | None:
    """The membership in the organisation named `slug`, or the first where none is named.

    Raises:
        NotFound: an organisation is named in which there is no membership.
    """
    members = list(memberships)
    if not slug:
        return members[0] if members else None
    for membership in members:
        if membership.organisation.slug == slug:
            return membership
    raise NotFound


def require_role(membership: Membership | None, *roles: str) -> Membership:
    """Return the membership when its role is one of `roles` (any where none is named).

    Raises:
        Unauthorised: no membership at all. Forbidden: another role.
    """
    if membership is None:
        raise Unauthorised("Join or make an organisation first.")
    if roles and membership.role not in roles:
        raise Forbidden
    return membership


def access_members(membership: Membership) -> QuerySet[Membership]:
    """The organisation's members, user loaded."""
    return (
        access_rows(Membership, organisation=membership.organisation)
        .select_related("user")
        .order_by("user__email")
    )


def access_invitations(membership: Membership) -> QuerySet[Invitation]:
    """The organisation's invitations that are not yet accepted; for owners."""
    require_role(membership, Role.OWNER)
    return access_rows(Invitation, organisation=membership.organisation).filter(accepted_at__isnull=True)


def access_user_by_bearer(bearer: str) -> User:
    """The active user whom a verified API token names. Raises Unauthorised."""
    try:
        return User.objects.get(pk=int(bearer), is_active=True)
    except (User.DoesNotExist, ValueError) as error:
        raise Unauthorised("That token's account is gone or switched off.") from error


def access_user_by_email(email: str) -> User:
    """For commands. Raises NotFound."""
    try:
        return User.objects.get(email__iexact=email.strip(), is_active=True)
    except User.DoesNotExist as error:
        raise NotFound(f"There is no active account {email}.") from error


def access_demo_users() -> QuerySet[User]:
    """The accounts that the demo made; for the server's start."""
    return User.objects.filter(is_demo=True)


def access_organisation_by_slug(slug: str) -> Organisation:
    """For commands, which an administrator of the machine runs. Raises NotFound."""
    try:
        return access_row(Organisation.objects.all(), slug=slug)
    except NotFound as error:
        raise NotFound(f"There is no organisation {slug!r}.") from error


def parse_uuid(value: object) -> UUID:
    """Raises NotFound for what is no UUID: nothing can have that id."""
    try:
        return UUID(str(value))
    except ValueError as error:
        raise NotFound from error
