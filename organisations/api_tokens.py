"""API tokens of people: issued, refreshed and read here only."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.crypto import constant_time_compare

from core.errors import Unauthorised
from core.tokens import Audience, issue_signed_token, read_token
from organisations.access import access_user_by_bearer
from organisations.models import User


@dataclass(frozen=True, slots=True)
class TokenPair:
    access: str
    refresh: str


def issue_api_token(*, user: User) -> str:
    """An API token for `user`, good for settings.API_TOKEN_SECONDS or until the password changes."""
    return _issue(user=user, audience="api", seconds=settings.API_TOKEN_SECONDS)


def issue_token_pair(*, user: User) -> TokenPair:
    """An API token, and a refresh token that is good for a new pair and nothing else."""
    refresh = _issue(user=user, audience="refresh", seconds=settings.REFRESH_TOKEN_SECONDS)
    return TokenPair(access=issue_api_token(user=user), refresh=refresh)


def refresh_token_pair(*, refresh: str) -> TokenPair:
    """Raises Unauthorised for anything but a refresh token still good."""
    return issue_token_pair(user=_read(refresh, audience="refresh"))


def read_api_token(token: str) -> User:
    """The user of an API token. Raises Unauthorised: expired, altered, other audience, password changed since."""
    return _read(token, audience="api")


def _issue(*, user: User, audience: Audience, seconds: int) -> str:
    return issue_signed_token(
        audience=audience, bearer=str(user.pk), seconds=seconds, pwd=_password_mark(user)
    )


def _read(token: str, *, audience: Audience) -> User:
    claims = read_token(token, audiences=(audience,))
    user = access_user_by_bearer(claims.bearer)
    if not constant_time_compare(str(claims.extra.get("pwd", "")), _password_mark(user)):
        raise Unauthorised("The password was changed since that token was issued. Get a new one.")
    return user


def _password_mark(user: User) -> str:
    return user.get_session_auth_hash()[:16]
