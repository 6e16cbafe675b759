"""Below /api/v1/."""

from django.urls import path

from embed.api import widget

urlpatterns = [
    path("widget/session/", widget.WidgetSessionView.as_view()),
    path("widget/<str:public_id>/bootstrap/", widget.BootstrapView.as_view()),
]
