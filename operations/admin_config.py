"""Makes Parley's admin site the default one; apart from the site, since apps are not loaded yet when this is read."""

from django.contrib.admin.apps import AdminConfig


class ParleyAdminConfig(AdminConfig):
    default_site = "operations.admin_site.ParleyAdminSite"
