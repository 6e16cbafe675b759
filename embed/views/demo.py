"""The demo site: a shop of somebody else's, with the widget in it by the one script line."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.errors import NotFound
from embed.access import access_demo_bot

PAGES = {
    "": "Home",
    "coffee": "Coffee",
    "equipment": "Equipment",
    "delivery": "Delivery and returns",
    "about": "About us",
}


@require_safe
def show_demo(request: HttpRequest, page: str = "") -> HttpResponse:
    """A page of the shop; not found where the demo was never loaded."""
    if page not in PAGES:
        raise Http404
    try:
        bot = access_demo_bot()
    except NotFound as error:
        raise Http404 from error
    context = {"public_id": bot.public_id, "page": page, "pages": PAGES}
    return render(request, f"demo/{page or 'home'}.html", context)
