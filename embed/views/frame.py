"""The widget's frame page and what the loader needs before it."""

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import cache_control, never_cache
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from chatbots.access import Brain, access_published_chatbot, draft_brain, published_brain
from chatbots.configuration import public_configuration
from core.errors import NotFound
from embed.access import access_chatbot_to_test
from embed.domains import list_ancestors
from embed.modules import list_modules
from embed.origins import socket_origin

SELF, NONE = "'self'", "'none'"
JAVASCRIPT = "text/javascript; charset=utf-8"
SHEETS = [f"ui/{name}.css" for name in ("tokens", "base", "button", "avatar", "badge", "menu", "bubble")]
MODULES = list_modules(settings.BASE_DIR / "static", "widget/frame.js")


@require_safe
@never_cache
@xframe_options_exempt
def show_frame(request: HttpRequest, public_id: str) -> HttpResponse:
    """The widget itself. With `?test=1` the draft, for members who may look inside, and within our own pages only."""
    test = request.GET.get("test") == "1"
    try:
        brain = draft_brain(access_chatbot_to_test(request, public_id)) if test else _published(public_id)
    except NotFound as error:
        raise Http404 from error
    ancestors = [SELF] if test else list_ancestors(brain.configuration.allowed_domains)
    response = render(request, "embed/frame.html", _describe(brain, test=test))
    response._csp_replace = _make_policy(request, ancestors)  # type: ignore[attr-defined]
    # The one page that is meant to be shown by others.
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Cross-Origin-Opener-Policy"] = "unsafe-none"
    response["Referrer-Policy"] = "strict-origin-when-cross-origin"
    return response


def _published(public_id: str) -> Brain:
    return published_brain(access_published_chatbot(public_id))


def _describe(brain: Brain, *, test: bool) -> dict[str, Any]:
    bot = public_configuration(chatbot=brain.chatbot, configuration=brain.configuration)
    theme = bot["appearance"].get("theme")
    config = {
        "bot": bot,
        "fingerprint": brain.fingerprint,
        "test": test,
        "bootstrap_url": f"/api/v1/widget/{brain.chatbot.public_id}/bootstrap/",
        "session_url": "/api/v1/widget/session/",
        "messages_url": "/api/v1/widget/messages/",
        "socket_path": "/ws/chat/",
    }
    chosen = theme if theme in ("light", "dark") else "auto"
    return {"config": config, "theme": chosen, "sheets": [*SHEETS, "widget/frame.css"], "modules": MODULES}


def _make_policy(request: HttpRequest, ancestors: list[str]) -> dict[str, list[str]]:
    """Nothing inline, nothing of others; the avatar is the one picture that may come from elsewhere, over https."""
    return {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "https:"],
        "connect-src": [SELF, socket_origin(request)],
        "font-src": [NONE],
        "frame-src": [NONE],
        "worker-src": [SELF],
        "form-action": [NONE],
        "frame-ancestors": ancestors,
    }


@require_safe
@cache_control(public=True, max_age=300)
def serve_loader(request: HttpRequest) -> HttpResponse:
    """The one script line. Short-lived, so that it never has to be pasted again."""
    code = (settings.BASE_DIR / "static" / "embed" / "loader.js").read_bytes()
    response = HttpResponse(code, content_type=JAVASCRIPT)
    _open_to_all(response)
    return response


@require_safe
@cache_control(public=True, max_age=60)
def serve_look(request: HttpRequest, public_id: str) -> HttpResponse:
    """What the launcher looks like, as a module: the host's `script-src` is all that loading it needs."""
    try:
        brain = _published(public_id)
    except NotFound as error:
        raise Http404 from error
    bot = public_configuration(chatbot=brain.chatbot, configuration=brain.configuration)
    body = JsonResponse({"name": bot["name"], "appearance": bot["appearance"]}).content.decode()
    response = HttpResponse(f"export default {body};\n", content_type=JAVASCRIPT)
    _open_to_all(response)
    return response


def _open_to_all(response: HttpResponse) -> None:
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
