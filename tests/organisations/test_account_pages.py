"""allauth's pages, all in our look."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]
ENTRANCE = ["login/", "signup/", "password/reset/", "password/reset/done/", "confirm-email/", "inactive/"]
INSIDE = ["logout/", "email/", "password/change/", "2fa/", "reauthenticate/"]


@pytest.mark.parametrize("page", ENTRANCE)
def test_every_page_at_the_entrance_is_in_our_look(sign_in: SignIn, page: str) -> None:
    answer = sign_in().get(f"/accounts/{page}")
    assert answer.status_code == 200
    assert 'class="plain' in answer.content.decode()


@pytest.mark.parametrize("page", INSIDE)
def test_every_page_of_ones_account_is_in_our_look(cast: Cast, sign_in: SignIn, page: str) -> None:
    answer = sign_in(cast.acme.owner).get(f"/accounts/{page}")
    assert answer.status_code == 200
    assert "ui/ui.css" in answer.content.decode()


def test_no_account_page_needs_what_our_policy_forbids(cast: Cast, sign_in: SignIn) -> None:
    for client, pages in ((sign_in(), ENTRANCE), (sign_in(cast.acme.owner), INSIDE)):
        for page in pages:
            html = client.get(f"/accounts/{page}").content.decode()
            assert " style=" not in html, page
            assert " onclick=" not in html, page


def test_signing_in_leads_to_the_bots(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in().post(
        "/accounts/login/", {"login": cast.acme.owner.email, "password": PASSWORD}, follow=True
    )
    assert answer.redirect_chain[-1][0] == "/bots/"


def test_a_wrong_password_is_explained_and_tied_to_the_form(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in().post("/accounts/login/", {"login": cast.acme.owner.email, "password": "wrong"})
    assert 'role="alert"' in answer.content.decode()


def test_a_field_with_an_error_names_it_for_screen_readers(sign_in: SignIn) -> None:
    page = sign_in().post("/accounts/signup/", {"email": "no address"}).content.decode()
    assert 'aria-describedby="id_email_error"' in page
    assert 'id="id_email_error"' in page
    assert 'aria-invalid="true"' in page
