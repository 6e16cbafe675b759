"""Signed tokens: JSON Web Tokens (RFC 7519, HS256) that name audience, bearer and, where it matters, the bot.

Three audiences: `visitor` (the widget), `test` (an owner's test session), `api` (people and programs); `refresh` is
good for a new `api` token and nothing else. A token for one audience is refused for another.
"""

import hashlib
import hmac
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import jwt
from django.conf import settings

from core.errors import Unauthorised

Audience = Literal["visitor", "test", "api", "refresh", "renewal"]
MAX_TOKEN_BYTES = 4096
ALGORITHM = "HS256"


@dataclass(frozen=True, slots=True)
class TokenClaims:
    """What a verified token says. `expires_at` is in Unix seconds; `extra` holds claims of the audience's own."""

    audience: str
    bearer: str
    expires_at: int
    bot: str
    extra: dict[str, Any]


@cache
def signing_key(secret: str) -> bytes:
    """A key of its own for tokens, so that no other use of SECRET_KEY can make one."""
    return hmac.new(secret.encode(), b"parley.tokens.v1", hashlib.sha256).digest()


@cache
def own_header() -> str:
    """The first part of every token issued here, as the library writes it."""
    return jwt.encode({}, "x" * 32, algorithm=ALGORITHM).partition(".")[0]


def issue_signed_token(*, audience: Audience, bearer: str, seconds: int, bot: str = "", **extra: Any) -> str:
    """Return a signed token for `bearer` (a visitor's, user's or test session's id), good for `seconds`."""
    now = int(time.time())
    claims: dict[str, Any] = {"aud": audience, "sub": bearer, "iat": now, "exp": now + seconds, **extra}
    if bot:
        claims["bot"] = bot
    return jwt.encode(claims, signing_key(settings.SECRET_KEY), algorithm=ALGORITHM)


def read_token(token: str, *, audiences: tuple[Audience, ...]) -> TokenClaims:
    """Verify signature, expiry and audience.

    Raises:
        Unauthorised: whatever is wrong; the sentence tells an expired token from a bad one.
    """
    if not token or len(token) > MAX_TOKEN_BYTES:
        raise Unauthorised("That token is missing or too long. Get a new one.")
    claims = _read_own(token, audiences=audiences) or _read_any(token, audiences=audiences)
    return TokenClaims(
        audience=str(claims.pop("aud")),
        bearer=str(claims.pop("sub")),
        expires_at=int(claims.pop("exp")),
        bot=str(claims.pop("bot", "")),
        extra=claims,
    )


def _read_own(token: str, *, audiences: tuple[Audience, ...]) -> dict[str, Any] | None:
    """The claims of a good token exactly as `issue_signed_token` makes them, at a tenth of the library's time.

    None for whatever else: the library is asked, and says what is wrong with it.
    """
    key = signing_key(settings.SECRET_KEY)
    signed, _, signature = token.rpartition(".")
    header, _, payload = signed.partition(".")
    try:
        expected = urlsafe_b64encode(hmac.digest(key, signed.encode(), "sha256")).rstrip(b"=")
        if header != own_header() or not hmac.compare_digest(expected, signature.encode()):
            return None
        claims: dict[str, Any] = json.loads(urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return None
    now = time.time()
    in_time = type(claims.get("exp")) is int and claims["exp"] > now >= claims.get("iat", now + 1)
    return claims if in_time and claims.get("aud") in audiences and type(claims.get("sub")) is str else None


def _read_any(token: str, *, audiences: tuple[Audience, ...]) -> dict[str, Any]:
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            signing_key(settings.SECRET_KEY),
            algorithms=[ALGORITHM],
            audience=list(audiences),
            # Processes' clocks differ: one that is behind would refuse what another has just issued.
            options={"require": ["exp", "aud", "sub"], "verify_iat": False},
        )
    except jwt.ExpiredSignatureError as error:
        raise Unauthorised("That token has expired. Get a new one.") from error
    except (jwt.PyJWTError, ValueError, RecursionError) as error:
        raise Unauthorised("That token is not valid here. Get a new one.") from error
    return claims
