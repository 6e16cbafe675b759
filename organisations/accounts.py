"""How allauth makes accounts here."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from axes.helpers import get_cool_off
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.api import answer_error
from core.errors import RateLimited


class AccountAdapter(DefaultAccountAdapter):
    """No user names; addresses in lower case, so that one person has one account."""

    def clean_email(self, email: str) -> str:
        return str(super().clean_email(email)).lower()

    def populate_username(self, request: HttpRequest, user: Any) -> None:
        return None


def name_account(request: HttpRequest, credentials: dict[str, Any] | None = None) -> str:
    """Whose failed sign-ins are counted (together with the address they came from): an e-mail address, lower case."""
    given = credentials or request.POST
    found = given.get("email") or given.get("username") or given.get("login") or ""
    return str(found).strip().lower()[:254]


def answer_lockout(request: HttpRequest, *_: Any) -> HttpResponse:
    """After too many failed sign-ins: in the API's own shape for programs, a page for people."""
    cool_off = get_cool_off(request)
    error = RateLimited(
        "Too many failed sign-ins. Wait a while and try again.",
        retry_after_s=cool_off.total_seconds() if cool_off else None,
    )
    if request.path.startswith("/api/"):
        return answer_error(error)
    context = {"title": "Too many failed sign-ins", "detail": error.detail}
    return render(request, "error.html", context, status=error.status)
