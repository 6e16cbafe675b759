"""What every page of the dashboard shares: who may open it, and how errors become pages or toasts."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from core.errors import Forbidden, NotFound, ParleyError, Unauthorised
from organisations.access import require_role
from organisations.models import Membership, User

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]
MemberView = Callable[Concatenate[HttpRequest, Membership, P], HttpResponse]
PAGE_ROWS = 50


def member_page(*roles: str) -> Callable[[MemberView[P]], View[P]]:
    """A page for members with one of `roles` (any where none is named): the view gets their membership.

    Strangers are asked to sign in, those without an organisation to make one; errors are answered by `answer_error`.
    """

    def decorate(view: MemberView[P]) -> View[P]:
        @wraps(view)
        def show_page(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return ask_to_sign_in(request)
            membership = get_membership(request)
            if membership is None:
                return redirect("new_organisation")
            try:
                return view(request, require_role(membership, *roles), *args, **kwargs)
            except ParleyError as error:
                return answer_error(request, error)

        return show_page

    return decorate


def get_membership(request: HttpRequest) -> Membership | None:
    """The membership one acts under (organisations/middleware.py), unwrapped; None for strangers."""
    return getattr(request, "membership", None) or None


def get_user(request: HttpRequest) -> User:
    """Who is signed in. Raises Unauthorised for strangers."""
    if not isinstance(request.user, User):
        raise Unauthorised
    return request.user


def ask_to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, and back; for htmx a toast, so that what was typed stays where it is."""
    if is_partial(request):
        words = (
            "You are signed out. Sign in again in another tab, then go on here: your words are still here."
        )
        return send_toast(HttpResponse(status=401), words, tone="danger")
    return redirect_to_login(request.get_full_path())


def answer_error(request: HttpRequest, error: ParleyError) -> HttpResponse:
    """The page for an error; for htmx a toast, with nothing swapped. Foreign and missing are the same 404."""
    if is_partial(request):
        return send_toast(HttpResponse(status=error.status), error.detail, tone="danger")
    if isinstance(error, NotFound):
        raise Http404 from error
    if isinstance(error, Forbidden):
        raise PermissionDenied from error
    context = {"title": "That did not work", "detail": error.detail}
    return render(request, "error.html", context, status=error.status)


def is_partial(request: HttpRequest) -> bool:
    """Whether htmx asked, and wants a part of the page."""
    return bool(getattr(request, "htmx", False))


def send_toast(response: HttpResponse, text: str, *, tone: str = "success") -> HttpResponse:
    """Let static/ui/toast.js show a sentence with an htmx answer."""
    response["HX-Trigger"] = json.dumps({"toast": {"text": text, "tone": tone}})
    return response


def read_search(request: HttpRequest) -> str:
    """What was typed into a search box (`?q=`), at most 200 characters, without NULs."""
    return request.GET.get("q", "").replace("\x00", "").strip()[:200]


def read_page(request: HttpRequest, rows: QuerySet[Any], *, size: int = PAGE_ROWS) -> Page[Any]:
    """The page that `?page=` names; the nearest that exists where it names none."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
