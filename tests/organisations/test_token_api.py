"""Tokens by REST: who gets one, what it is good for, and when no more."""

from typing import Any

import pytest
import time_machine
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    generate_totp_secret,
    hotp_value,
    yield_hotp_counters_from_time,
)
from django.test import Client

from core.tokens import issue_signed_token, read_token
from tests.cast import PASSWORD, Cast, bearer, issue_token, make_user

pytestmark = pytest.mark.django_db


def post(path: str, body: Any, **headers: str) -> Any:
    return Client().post(f"/api/v1/{path}", body, content_type="application/json", headers=headers)


def ask_token(email: str, password: str = PASSWORD, **rest: Any) -> Any:
    return post("token/", {"email": email, "password": password, **rest})


def ask_me(token: str) -> Any:
    return Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"})


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


def test_the_right_password_gets_a_pair_that_works(cast: Cast) -> None:
    answer = ask_token("Owner@ACME.test")
    assert answer.status_code == 200
    assert answer.json().keys() == {"access", "refresh"}
    me = ask_me(answer.json()["access"]).json()
    assert me["email"] == "owner@acme.test"
    assert [(row["organisation"], row["role"]) for row in me["memberships"]] == [("acme", "owner")]


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(cast: Cast) -> None:
    wrong, unknown = ask_token("owner@acme.test", "wrong"), ask_token("nobody@acme.test")
    assert code_of(wrong) == (401, "unauthorised")
    assert wrong.json() == unknown.json()
    assert wrong.headers["WWW-Authenticate"] == "Bearer"


def test_an_account_that_is_switched_off_gets_no_token_and_its_old_one_is_worthless(cast: Cast) -> None:
    old = issue_token(cast.acme.owner)
    cast.acme.owner.is_active = False
    cast.acme.owner.save()
    assert code_of(ask_token("owner@acme.test")) == (401, "unauthorised")
    assert code_of(ask_me(old)) == (401, "unauthorised")


@pytest.mark.parametrize(
    "body",
    [{}, {"email": "owner@acme.test"}, {"email": "no address", "password": "x"}, {"email": 7, "password": []}, [], None,
     {"email": "owner@acme.test", "password": "\x00"}, {"email": "a\ud800@acme.test", "password": "x"},
     {"email": "owner@acme.test", "password": "x" * 2000}],
)  # fmt: skip
def test_a_body_that_cannot_be_is_refused_field_by_field(cast: Cast, body: Any) -> None:
    answer = post("token/", body)
    assert code_of(answer) == (400, "invalid")
    assert answer.json()["error"]["fields"]


def test_guessing_one_account_is_stopped_and_says_for_how_long(cast: Cast) -> None:
    answers = [ask_token("owner@acme.test", f"guess {number}") for number in range(12)]
    last = answers[-1]
    assert code_of(answers[0]) == (401, "unauthorised")
    assert code_of(last) == (429, "rate_limited")
    assert last.json()["error"]["retry_after_s"] > 0
    assert int(last.headers["Retry-After"]) > 0
    assert code_of(ask_token("owner@acme.test")) == (429, "rate_limited")


def test_guessing_one_account_does_not_lock_the_colleagues_in_the_same_office(cast: Cast) -> None:
    for number in range(12):
        ask_token("owner@acme.test", f"guess {number}")
    assert ask_token("agent@acme.test").status_code == 200
    assert ask_token("supervisor@acme.test").status_code == 200


def test_a_page_of_sign_in_counts_per_account_too(cast: Cast) -> None:
    form = {"login": "owner@acme.test", "password": "wrong"}
    answers = [Client().post("/accounts/login/", form) for _ in range(7)]
    assert "Too many failed login attempts" in answers[-1].content.decode()
    right = Client().post("/accounts/login/", {"login": "agent@acme.test", "password": PASSWORD})
    assert right.status_code == 302


# The second factor ---------------------------------------------------------------------------------------------------
def make_code(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


def test_someone_with_a_second_factor_is_asked_for_it_and_gets_in_with_the_code(cast: Cast) -> None:
    secret = generate_totp_secret()
    TOTP.activate(cast.acme.owner, secret)
    without = ask_token("owner@acme.test")
    assert code_of(without) == (401, "unauthorised")
    assert without.json()["error"]["mfa_required"] is True
    wrong = ask_token("owner@acme.test", code="000000" if make_code(secret) != "000000" else "111111")
    assert code_of(wrong) == (401, "unauthorised")
    assert wrong.json()["error"]["mfa_required"] is True
    assert ask_token("owner@acme.test", code=make_code(secret)).status_code == 200


def test_a_code_is_good_once(cast: Cast) -> None:
    secret = generate_totp_secret()
    TOTP.activate(cast.acme.owner, secret)
    with time_machine.travel("2026-03-01T12:00:05Z", tick=False):
        code = make_code(secret)
        assert ask_token("owner@acme.test", code=code).status_code == 200
        assert code_of(ask_token("owner@acme.test", code=code)) == (401, "unauthorised")


def test_a_recovery_code_gets_in_once(cast: Cast) -> None:
    TOTP.activate(cast.acme.owner, generate_totp_secret())
    (code, *_) = RecoveryCodes.activate(cast.acme.owner).get_unused_codes()
    assert ask_token("owner@acme.test", code=code).status_code == 200
    assert code_of(ask_token("owner@acme.test", code=code)) == (401, "unauthorised")


def test_whether_there_is_a_second_factor_is_told_to_nobody_without_the_password(cast: Cast) -> None:
    TOTP.activate(cast.acme.owner, generate_totp_secret())
    assert "mfa_required" not in ask_token("owner@acme.test", "wrong").json()["error"]


# Refreshing ----------------------------------------------------------------------------------------------------------
def test_a_refresh_token_gets_a_new_pair(cast: Cast) -> None:
    pair = ask_token("owner@acme.test").json()
    fresh = post("token/refresh/", {"refresh": pair["refresh"]})
    assert fresh.status_code == 200
    assert ask_me(fresh.json()["access"]).status_code == 200


def test_access_and_refresh_tokens_are_not_each_other(cast: Cast) -> None:
    pair = ask_token("owner@acme.test").json()
    assert code_of(post("token/refresh/", {"refresh": pair["access"]})) == (401, "unauthorised")
    assert code_of(ask_me(pair["refresh"])) == (401, "unauthorised")


def test_a_new_password_makes_earlier_tokens_worthless(cast: Cast) -> None:
    pair = ask_token("owner@acme.test").json()
    cast.acme.owner.set_password("quite another one")
    cast.acme.owner.save()
    assert code_of(post("token/refresh/", {"refresh": pair["refresh"]})) == (401, "unauthorised")
    answer = ask_me(pair["access"])
    assert code_of(answer) == (401, "unauthorised")
    assert "password" in answer.json()["error"]["detail"]


def test_tokens_expire(cast: Cast, settings) -> None:
    pair = ask_token("owner@acme.test").json()
    with time_machine.travel(read_token(pair["access"], audiences=("api",)).expires_at + 1, tick=False):
        assert code_of(ask_me(pair["access"])) == (401, "unauthorised")
        assert post("token/refresh/", {"refresh": pair["refresh"]}).status_code == 200
    with time_machine.travel(read_token(pair["refresh"], audiences=("refresh",)).expires_at + 1, tick=False):
        assert code_of(post("token/refresh/", {"refresh": pair["refresh"]})) == (401, "unauthorised")


def make_bad_tokens(cast: Cast) -> dict[str, str]:
    head, body, signature = issue_token(cast.acme.owner).split(".")
    pk = str(cast.acme.owner.pk)
    return {
        "altered": f"{head}.{body[:-2]}AA.{signature}",
        "unsigned": f"eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{body}.",
        "a visitor's": issue_signed_token(
            audience="visitor", bearer=pk, bot=cast.acme.bot.public_id, seconds=60
        ),
        "a test's": issue_signed_token(audience="test", bearer=pk, bot=cast.acme.bot.public_id, seconds=60),
        "without the password's mark": issue_signed_token(audience="api", bearer=pk, seconds=60),
        "of nobody": issue_signed_token(audience="api", bearer="999999999", seconds=60),
        "of no number": issue_signed_token(audience="api", bearer="abc", seconds=60),
        "of a huge number": issue_signed_token(audience="api", bearer="9" * 30, seconds=60),
        "long": "x" * 5_000,
        "empty": "",
    }


BAD = ("altered", "unsigned", "a visitor's", "a test's", "without the password's mark", "of nobody", "of no number",
       "of a huge number", "long", "empty")  # fmt: skip


@pytest.mark.parametrize("fault", BAD)
def test_a_bad_token_opens_nothing(cast: Cast, fault: str) -> None:
    assert code_of(ask_me(make_bad_tokens(cast)[fault])) == (401, "unauthorised")


def test_no_credential_is_unauthorised_everywhere(cast: Cast) -> None:
    for path in ("me/", "organisations/", "members/", "invitations/", "chatbots/", "test-sessions/"):
        answer = Client().get(f"/api/v1/{path}")
        assert code_of(answer) == (401, "unauthorised"), path
        assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_the_dashboards_session_works_too_and_writes_need_its_csrf_token(cast: Cast, sign_in) -> None:
    client = sign_in(cast.acme.owner)
    assert client.get("/api/v1/me/").status_code == 200
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(cast.acme.owner, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = strict.post("/api/v1/organisations/", {"name": "New"}, content_type="application/json")
    assert code_of(answer) == (403, "forbidden")
    by_token = strict.post(
        "/api/v1/organisations/",
        {"name": "New"},
        content_type="application/json",
        headers=bearer(cast.acme.owner),
    )
    assert by_token.status_code == 201


def test_someone_without_an_organisation_may_ask_who_they_are_and_nothing_else() -> None:
    alone = bearer(make_user("alone@example.test"))
    assert Client().get("/api/v1/me/", headers=alone).json()["memberships"] == []
    assert code_of(Client().get("/api/v1/chatbots/", headers=alone)) == (403, "forbidden")
