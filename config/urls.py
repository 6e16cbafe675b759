"""Every address of the installation."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from operations.views.health import answer_health, answer_readiness
from operations.views.style_guide import show_style_guide

handler404 = "core.api.handle_not_found"
handler500 = "core.api.handle_server_error"
urlpatterns = [
    path("admin/", admin.site.urls),
    path("", include("organisations.urls")),
    path("", include("chatbots.urls")),
    path("ui/", show_style_guide, name="style_guide"),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", include("config.api_urls")),
    path("", include("handoff.urls")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="api_docs"),
    path("", include("embed.urls")),
    path("", include("testsessions.urls")),
    path("health/", answer_health, name="health"),
    path("ready/", answer_readiness, name="ready"),
]
