"""The admin: Django's own, for owners and supervisors, each seeing their organisations' rows only."""

from functools import update_wrapper
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.urls import URLPattern, URLResolver
from django.views.decorators.csrf import csrf_protect

from operations.overview import read_overview
from operations.supervision import is_supervisor, list_supervised_ids

GROUPS = {
    "Conversations": ("Conversation", "Message", "Turn", "HandoffSession", "Visitor", "TestSession"),
    "Bots": ("Chatbot", "BotVersion", "KnowledgeSource"),
    "People": ("Organisation", "Membership", "User"),
}
# Signing in and passwords belong to the ordinary pages; the rest are doors that nothing here opens.
LEFT_OUT = {"login", "logout", "password_change", "password_change_done", "view_on_site", "autocomplete"}


class ParleyAdminSite(admin.AdminSite):
    site_title = "Parley"
    site_header = "Parley"
    index_title = "Overview"
    site_url = "/"
    enable_nav_sidebar = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Takes the pages of operations/admin only: those that libraries bring can write, or show secrets."""
        if getattr(admin_class, "is_supervised", False):
            super().register(model_or_iterable, admin_class, **options)

    def has_permission(self, request: HttpRequest) -> bool:
        """Installation staff, and whoever reads everything in at least one organisation."""
        return is_supervisor(request)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        urls: list[URLResolver | URLPattern] = super().get_urls()
        return [url for url in urls if getattr(url, "name", None) not in LEFT_OUT]

    def admin_view(self, view: Any, cacheable: bool = False) -> Any:
        """Strangers sign in on the ordinary page; members without the role are told so, whatever they asked for."""
        inner = super().admin_view(csrf_protect(view), cacheable)

        def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
            if not self.has_permission(request):
                raise PermissionDenied
            response: HttpResponseBase = inner(request, *args, **kwargs)
            return response

        return update_wrapper(guarded, view)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return redirect(settings.LOGIN_URL)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The live numbers of the user's organisations, then what there is to read."""
        overview = read_overview(list_supervised_ids(request))
        return super().index(request, {"overview": overview, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[Any]:
        """By subject rather than by app."""
        apps = super().get_app_list(request, app_label)
        if app_label is not None:
            return apps
        found = {model["object_name"]: model for app in apps for model in app["models"]}
        groups = [
            (name, [found[model] for model in models if model in found]) for name, models in GROUPS.items()
        ]
        return [
            {"name": name, "app_label": name.lower(), "app_url": "", "models": models}
            for name, models in groups
        ]
