"""Who a dashboard's session cookie stands for, read outside a request (sockets)."""

from collections.abc import Iterable
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from core.errors import Unauthorised
from organisations.access import access_user_by_bearer
from organisations.middleware import SESSION_KEY as ORGANISATION_KEY
from organisations.models import User


@dataclass(frozen=True, slots=True)
class DashboardSession:
    """A signed-in browser: `organisation` is the one chosen in the switcher ("" for none), `key` names the session."""

    user: User
    organisation: str
    key: str


def read_dashboard_session(cookie_header: str) -> DashboardSession:
    """The session that a request's cookies stand for.

    Raises:
        Unauthorised: no session, an ended one, or one from before a change of password.
    """
    try:
        cookies = SimpleCookie(cookie_header)
    except CookieError as error:
        raise Unauthorised from error
    morsel = cookies.get(settings.SESSION_COOKIE_NAME)
    store = import_module(settings.SESSION_ENGINE).SessionStore(morsel.value if morsel else None)
    if SESSION_KEY not in store or store.get(BACKEND_SESSION_KEY) not in settings.AUTHENTICATION_BACKENDS:
        raise Unauthorised
    user = access_user_by_bearer(str(store[SESSION_KEY]))
    if not constant_time_compare(store.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash()):
        raise Unauthorised
    return DashboardSession(user, str(store.get(ORGANISATION_KEY, "")), str(store.session_key))


def read_live_sessions(keys: Iterable[str]) -> set[str]:
    """Those of the session keys that have neither been signed out nor expired."""
    rows = Session.objects.filter(session_key__in=list(keys), expire_date__gt=timezone.now())
    return set(rows.values_list("session_key", flat=True))
