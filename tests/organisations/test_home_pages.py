"""The way in: where `/` leads, switching and making organisations."""

from collections.abc import Callable

import pytest
from django.test import Client

from organisations.actions.organisations import add_member
from organisations.models import Organisation, Role
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def test_a_stranger_is_asked_to_sign_in(sign_in: SignIn) -> None:
    assert sign_in().get("/")["Location"] == "/accounts/login/?next=/"


def test_owners_begin_at_their_bots_and_agents_in_the_console(cast: Cast, sign_in: SignIn) -> None:
    assert sign_in(cast.acme.owner).get("/")["Location"] == "/bots/"
    assert sign_in(cast.acme.supervisor).get("/")["Location"] == "/bots/"
    assert sign_in(cast.acme.agent).get("/")["Location"] == "/console/"


def test_who_belongs_nowhere_makes_an_organisation_and_owns_it(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.newcomer)
    assert client.get("/")["Location"] == "/organisation/new/"
    assert client.get("/bots/")["Location"] == "/organisation/new/"
    assert client.post("/organisation/new/", {"name": "Fresh Bread"})["Location"] == "/bots/"
    made = Organisation.objects.get(name="Fresh Bread")
    assert made.memberships.get().role == Role.OWNER


def test_an_organisation_needs_a_name(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.newcomer).post("/organisation/new/", {"name": "  "})
    assert answer.status_code == 400
    assert "required" in answer.content.decode()


def test_who_is_in_two_organisations_switches_between_them(cast: Cast, sign_in: SignIn) -> None:
    add_member(organisation=cast.rival.organisation, user=cast.acme.owner, role=Role.AGENT)
    client = sign_in(cast.acme.owner)
    client.post("/organisation/", {"slug": "rival"})
    assert cast.rival.bot.name in client.get("/bots/").content.decode()
    client.post("/organisation/", {"slug": "acme"})
    page = client.get("/bots/").content.decode()
    assert cast.acme.bot.name in page
    assert cast.rival.bot.name not in page


@pytest.mark.parametrize("slug", ["rival", "none", ""])
def test_nobody_switches_to_where_they_do_not_belong(cast: Cast, sign_in: SignIn, slug: str) -> None:
    client = sign_in(cast.acme.owner)
    assert client.post("/organisation/", {"slug": slug}).status_code == 404
    assert cast.acme.bot.name in client.get("/bots/").content.decode()
