"""Who reads what in the admin: owners and supervisors their organisations, installation staff everything."""

from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest

from organisations.access import access_memberships
from organisations.models import Membership, User

Row = TypeVar("Row", bound=Model)
SupervisedIds = frozenset[int] | None


def is_supervisor(request: HttpRequest) -> bool:
    """Whether there is anything for this user to read."""
    user = request.user
    if not isinstance(user, User) or not user.is_active:
        return False
    return sees_all(user) or bool(list_supervised_ids(request))


def sees_all(user: Any) -> bool:
    """Installation staff."""
    return bool(user.is_active and (user.is_staff or user.is_superuser))


def list_supervised_ids(request: HttpRequest) -> SupervisedIds:
    """The organisations in which the user reads everything; None for all of the installation."""
    if sees_all(request.user):
        return None
    memberships = getattr(request, "memberships", None)
    members = access_memberships(request.user) if memberships is None else memberships
    return frozenset(member.organisation_id for member in members if member.reads_everything)


def keep_supervised(rows: QuerySet[Row], *, path: str, ids: SupervisedIds) -> QuerySet[Row]:
    """The rows whose organisation, at `path`, is supervised."""
    return rows if ids is None else rows.filter(**{f"{path}__in": ids})


def access_users_of(ids: frozenset[int]) -> QuerySet[Membership, int]:
    """Ids of the users who belong to one of the organisations."""
    return Membership.objects.filter(organisation_id__in=ids).values_list("user_id", flat=True)


def access_memberships_of(user: User, *, ids: SupervisedIds) -> list[Membership]:
    """A user's memberships as far as the reader supervises them; the others are none of their business."""
    rows = Membership.objects.filter(user=user).select_related("organisation")
    return list(keep_supervised(rows, path="organisation", ids=ids))
