"""Below /api/v1/."""

from django.urls import path

from embed.api import messages, widget

urlpatterns = [
    path("widget/session/", widget.WidgetSessionView.as_view()),
    path("widget/messages/", messages.WidgetMessagesView.as_view()),
    path("widget/<str:public_id>/bootstrap/", widget.BootstrapView.as_view()),
]
