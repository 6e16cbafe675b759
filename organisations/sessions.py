"""Who a dashboard's session cookie stands for, read outside a request (sockets)."""

from http.cookies import CookieError, SimpleCookie
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.utils.crypto import constant_time_compare

from core.errors import Unauthorised
from organisations.access import access_user_by_bearer
from organisations.middleware import SESSION_KEY as ORGANISATION_KEY
from organisations.models import User


def read_session_user(cookie_header: str) -> tuple[User, str]:
    """The signed-in user, and the organisation chosen in the switcher ("" for none).

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
    return user, str(store.get(ORGANISATION_KEY, ""))
