"""/bots/ and /bots/new/: the list, and making a bot."""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from chatbots.models import Chatbot
from tests.cast import Cast, make_bot

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def read(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_a_stranger_is_asked_to_sign_in(sign_in: SignIn) -> None:
    assert sign_in().get("/bots/")["Location"] == "/accounts/login/?next=/bots/"
    assert sign_in().get("/bots/new/")["Location"] == "/accounts/login/?next=/bots/new/"


def test_an_owner_sees_test_and_edit_on_every_card(cast: Cast, sign_in: SignIn) -> None:
    page = read(sign_in(cast.acme.owner), "/bots/")
    assert 'data-test-bot="acme-shop"' in page
    assert 'href="/bots/acme-shop/"' in page
    assert "New bot" in page


def test_a_supervisor_may_test_and_look_but_is_offered_no_edit(cast: Cast, sign_in: SignIn) -> None:
    page = read(sign_in(cast.acme.supervisor), "/bots/")
    assert 'data-test-bot="acme-shop"' in page
    assert "New bot" not in page
    assert ">Edit<" not in page


def test_an_agent_sees_names_only(cast: Cast, sign_in: SignIn) -> None:
    page = read(sign_in(cast.acme.agent), "/bots/")
    assert cast.acme.bot.name in page
    assert "data-test-bot=" not in page
    assert 'href="/bots/acme-shop/"' not in page
    assert "Draft" not in page


def test_nobody_sees_another_organisations_bots(cast: Cast, sign_in: SignIn) -> None:
    assert cast.acme.bot.name not in read(sign_in(cast.outsider), "/bots/")
    assert cast.acme.bot.name not in read(sign_in(cast.outsider), "/bots/?q=acme")


def test_an_empty_list_says_what_to_do_first(cast: Cast, sign_in: SignIn) -> None:
    cast.acme.bot.delete()
    assert 'href="/bots/new/"' in read(sign_in(cast.acme.owner), "/bots/")
    assert 'href="/bots/new/"' not in read(sign_in(cast.acme.agent), "/bots/")


def test_a_long_list_is_searched_and_paged(cast: Cast, sign_in: SignIn) -> None:
    for number in range(30):
        make_bot(organisation=cast.acme.organisation, slug=f"helper-{number:02}")
    client = sign_in(cast.acme.owner)
    assert "Helper 29" not in read(client, "/bots/")
    assert "Helper 29" in read(client, "/bots/?page=2")
    assert "Helper 29" in read(client, "/bots/?page=no-number&q=helper+29")
    assert "No bot by that name" in read(client, "/bots/?q=%00nothing<script>")


def test_a_long_list_asks_the_database_no_more_than_a_short_one(
    cast: Cast, sign_in: SignIn, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_bot(organisation=cast.acme.organisation, slug=f"helper-{number:02}")
    client = sign_in(cast.acme.owner)
    with django_assert_max_num_queries(8):
        client.get("/bots/")


def test_a_name_is_enough_to_make_a_bot(cast: Cast, sign_in: SignIn) -> None:
    answer = sign_in(cast.acme.owner).post("/bots/new/", {"name": "Returns desk"})
    assert answer["Location"] == "/bots/returns-desk/knowledge/"
    assert Chatbot.objects.get(slug="returns-desk").organisation == cast.acme.organisation


@pytest.mark.parametrize("name", ["客服", "🙂", "New", "Acme  Shop!"])
def test_any_name_gets_an_address_that_works(cast: Cast, sign_in: SignIn, name: str) -> None:
    client = sign_in(cast.acme.owner)
    for _ in range(2):
        answer = client.post("/bots/new/", {"name": name})
        assert answer.status_code == 302, answer.content.decode()
        assert client.get(answer["Location"]).status_code == 200
        assert answer["Location"] != "/bots/new/knowledge/"
        name += " 二"


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "required"),
        ("   ", "required"),
        ("x" * 81, "at most 80"),
        ("acme shop", "already"),
        ("a\x00b", "Null characters"),
    ],
)
def test_a_wrong_name_is_explained_at_its_field(
    cast: Cast, sign_in: SignIn, name: str, sentence: str
) -> None:
    answer = sign_in(cast.acme.owner).post("/bots/new/", {"name": name})
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert 'aria-invalid="true"' in answer.content.decode()


@pytest.mark.parametrize("role", ["supervisor", "agent"])
def test_only_owners_make_bots(cast: Cast, sign_in: SignIn, role: str) -> None:
    client = sign_in(cast.acme.people[role])
    assert client.get("/bots/new/").status_code == 403
    assert client.post("/bots/new/", {"name": "Mine"}).status_code == 403
    assert not Chatbot.objects.filter(name="Mine").exists()
