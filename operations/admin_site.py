"""The admin: Django's own, for owners and supervisors, each seeing their organisations' rows only."""

from django.contrib import admin
from django.http import HttpRequest

from organisations.access import access_memberships


class ParleyAdminSite(admin.AdminSite):
    site_title = "Parley"
    site_header = "Parley"
    index_title = "Supervision"

    def has_permission(self, request: HttpRequest) -> bool:
        """Installation staff, and whoever reads everything in at least one organisation."""
        user = request.user
        if not user.is_active or not user.is_authenticated:
            return False
        return bool(user.is_staff) or any(member.reads_everything for member in access_memberships(user))
