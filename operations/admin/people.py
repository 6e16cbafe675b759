"""Organisations, and who belongs to them."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html_join

from operations.admin.base import SupervisedAdmin, time_column
from operations.admin.filters import ScopedRelatedFilter
from operations.supervision import access_memberships_of, access_users_of, list_supervised_ids
from organisations.models import Membership, Organisation, User


@admin.register(Organisation)
class OrganisationAdmin(SupervisedAdmin):
    organisation_path = "pk"
    list_display = ("name", "slug", time_column("created_at", "Since"))
    search_fields = ("name", "slug")
    ordering = ("name",)
    fields = ("name", "slug", "created_at")


@admin.register(Membership)
class MembershipAdmin(SupervisedAdmin):
    related = ("organisation", "user")
    list_display = ("user", "person", "role", "organisation", time_column("created_at", "Since"))
    list_filter = ("role", ("organisation", ScopedRelatedFilter))
    search_fields = ("user__email", "user__name")
    ordering = ("organisation__name", "user__email")
    fields = ("user", "person", "role", "organisation", "created_at")

    @admin.display(description="name", ordering="user__name")
    def person(self, membership: Membership) -> str:
        return membership.user.display_name


@admin.register(User)
class UserAdmin(SupervisedAdmin):
    """Of a person's memberships only those that the reader supervises; never anything of the password."""

    list_display = (
        "email",
        "name",
        "is_active",
        time_column("date_joined", "Joined"),
        time_column("last_login", "Last signed in"),
    )
    list_filter = ("is_active",)
    search_fields = ("email", "name")
    ordering = ("email",)
    fields = ("email", "name", "is_active", "roles", "date_joined", "last_login")

    def keep_own(self, rows: QuerySet[Any], request: HttpRequest) -> QuerySet[Any]:
        ids = list_supervised_ids(request)
        return rows if ids is None else rows.filter(pk__in=access_users_of(ids))

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> User | None:
        user = super().get_object(request, object_id, from_field)
        if user is not None:
            user.__dict__["shown_memberships"] = access_memberships_of(user, ids=list_supervised_ids(request))
        return user

    @admin.display(description="roles")
    def roles(self, user: User) -> str:
        shown: list[Membership] = user.__dict__.get("shown_memberships", [])
        pairs = ((member.organisation, member.get_role_display()) for member in shown)
        return format_html_join(", ", "{}: {}", pairs)
