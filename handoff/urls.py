"""The agents' pages."""

from django.urls import path

from handoff.views.console import show_console

urlpatterns = [
    path("console/", show_console, name="console"),
]
