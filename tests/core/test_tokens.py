"""Signed tokens: what is refused, and that one audience's is no good for another."""

import base64
import json

import jwt
import pytest
import time_machine
from django.conf import settings

from core import tokens
from core.errors import Unauthorised
from core.tokens import MAX_TOKEN_BYTES, issue_signed_token, read_token, signing_key

AUDIENCES = ("visitor", "test", "api", "refresh", "renewal")


def encode_part(data: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(data).encode()).rstrip(b"=").decode()


def sign(key: bytes | str = "", **claims: object) -> str:
    body = {"aud": "api", "sub": "7", "exp": 4_000_000_000, **claims}
    return jwt.encode({name: value for name, value in body.items() if value is not None}, key or real_key())


def real_key() -> bytes:
    return signing_key(settings.SECRET_KEY)


def test_a_token_says_whose_it_is_for_what_and_until_when() -> None:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False):
        token = issue_signed_token(audience="visitor", bearer="abc", bot="b0t", seconds=60, page="home")
        claims = read_token(token, audiences=("visitor",))
    assert (claims.audience, claims.bearer, claims.bot) == ("visitor", "abc", "b0t")
    assert claims.expires_at == 1_772_366_460
    assert claims.extra["page"] == "home"


def test_a_token_may_stand_in_a_subprotocol() -> None:
    token = issue_signed_token(audience="api", bearer="7", seconds=60)
    assert set(token) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._~-")
    assert len(token) < 500


@pytest.mark.parametrize("wanted", AUDIENCES)
@pytest.mark.parametrize("issued", AUDIENCES)
def test_a_token_is_good_for_its_own_audience_only(issued, wanted) -> None:
    token = issue_signed_token(audience=issued, bearer="7", seconds=60)
    if issued == wanted:
        assert read_token(token, audiences=(wanted,)).audience == wanted
    else:
        with pytest.raises(Unauthorised):
            read_token(token, audiences=(wanted,))


def test_an_expired_token_is_told_from_a_bad_one() -> None:
    with pytest.raises(Unauthorised, match="expired"):
        read_token(issue_signed_token(audience="api", bearer="7", seconds=-1), audiences=("api",))
    with pytest.raises(Unauthorised, match="not valid"):
        read_token(sign("another key, as long as the real one is"), audiences=("api",))


def make_bad_tokens() -> dict[str, str]:
    head, body, signature = issue_signed_token(audience="api", bearer="7", seconds=60).split(".")
    other = encode_part({"aud": "api", "sub": "1", "exp": 4_000_000_000})
    none = encode_part({"alg": "none", "typ": "JWT"})
    return {
        "empty": "",
        "no token": "hello",
        "altered body": f"{head}.{other}.{signature}",
        "altered signature": f"{head}.{body}.{signature[:-4]}AAAA",
        "no signature": f"{head}.{body}.",
        "alg none": f"{none}.{other}.",
        "alg None": f"{encode_part({'alg': 'None'})}.{other}.",
        "alg none, signed": f"{none}.{other}.{signature}",
        "another algorithm": jwt.encode(
            {"aud": "api", "sub": "7", "exp": 4e9}, real_key(), algorithm="HS384"
        ),
        "SECRET_KEY itself as the key": sign(settings.SECRET_KEY),
        "without an end": sign(exp=None),
        "without a bearer": sign(sub=None),
        "without an audience": sign(aud=None),
        "bearer that is no text": sign(sub=7),
        "end that is no number": sign(exp="tomorrow"),
        "not yet good": sign(nbf=4_000_000_000),
        "NUL": f"{head}.{body}\x00.{signature}",
        "not ASCII": f"{head}.{body}é.{signature}",
        "half a character": f"{head}.{body}\ud800.{signature}",
        "deep": f"{head}.{base64.urlsafe_b64encode(b'[' * 2_500).decode()}.{signature}",
    }


@pytest.mark.parametrize("fault", make_bad_tokens())
def test_a_bad_token_is_refused_and_breaks_nothing(fault: str) -> None:
    with pytest.raises(Unauthorised):
        read_token(make_bad_tokens()[fault], audiences=("api",))


def test_a_token_longer_than_4_kb_is_refused_even_when_signed() -> None:
    long = issue_signed_token(audience="api", bearer="7", seconds=60, extra="x" * MAX_TOKEN_BYTES)
    with pytest.raises(Unauthorised, match="too long"):
        read_token(long, audiences=("api",))


def test_a_token_of_a_process_whose_clock_is_ahead_is_good_here_too() -> None:
    with time_machine.travel("2030-01-01 12:05:00+00:00", tick=False):
        token = issue_signed_token(audience="visitor", bearer="7", seconds=3600)
    with time_machine.travel("2030-01-01 12:00:00+00:00", tick=False):
        assert read_token(token, audiences=("visitor",)).bearer == "7"


QUICK_OR_NOT = {
    "our own": lambda: issue_signed_token(audience="api", bearer="7", seconds=60, extra="x"),
    "expired": lambda: issue_signed_token(audience="api", bearer="7", seconds=-60),
    "from the future": lambda: sign(iat=4_000_000_000),
    "another audience": lambda: issue_signed_token(audience="refresh", bearer="7", seconds=60),
    "without expiry": lambda: sign(exp=None),
    "expiry is no number": lambda: sign(exp="soon"),
    "nobody's": lambda: sign(sub=None),
    "of a number": lambda: sign(sub=7),
    "another key": lambda: sign("x" * 40),
    "another order of fields": lambda: jwt.encode(
        {"exp": 4_000_000_000, "sub": "7", "aud": "api"}, real_key(), headers={"kid": "1"}
    ),
    "no algorithm": lambda: jwt.encode(
        {"aud": "api", "sub": "7", "exp": 4_000_000_000}, "", algorithm="none"
    ),
    "a longer hash": lambda: jwt.encode(
        {"aud": "api", "sub": "7", "exp": 4_000_000_000}, real_key() * 2, algorithm="HS512"
    ),
    "a part too many": lambda: issue_signed_token(audience="api", bearer="7", seconds=60) + ".x",
    "half a character": lambda: "\ud800" + sign(),
    "padded": lambda: sign() + "=",
    "cut": lambda: sign()[:-1],
}


@pytest.mark.parametrize("kind", QUICK_OR_NOT)
def test_the_quick_way_lets_in_nothing_that_the_library_refuses(kind: str) -> None:
    token = QUICK_OR_NOT[kind]()
    quick = tokens._read_own(token, audiences=("api",))
    try:
        slow = tokens._read_any(token, audiences=("api",))
    except (Unauthorised, UnicodeEncodeError):
        slow = None
    assert quick in (None, slow)
    assert (quick is not None) == (kind == "our own")


def test_a_token_altered_anywhere_is_refused() -> None:
    token = issue_signed_token(audience="api", bearer="7", seconds=60)
    for place in range(len(token)):
        altered = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        assert tokens._read_own(altered, audiences=("api",)) is None
