"""The demo's accounts: made on a loopback address, switched off on any other."""

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from chatbots.models import Chatbot
from operations.demo import load_demo, switch_demo_accounts
from organisations.models import Organisation, User
from tests.cast import issue_token

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def demo(settings) -> None:
    settings.DEMO_PASSWORD = "a password for the demo"
    assert load_demo()


def ask_token(email: str = "owner@demo.test") -> int:
    body = {"email": email, "password": "a password for the demo"}
    return Client().post("/api/v1/token/", body, content_type="application/json").status_code


def test_it_makes_the_people_and_the_published_bots_that_the_protocol_promises(demo) -> None:
    emails = set(User.objects.filter(is_demo=True).values_list("email", flat=True))
    assert emails == {
        "owner@demo.test", "agent@demo.test", "agent2@demo.test", "supervisor@demo.test", "owner@other.test",
    }  # fmt: skip
    bots = Chatbot.objects.filter(published__isnull=False).values_list("organisation__slug", "slug")
    assert set(bots) == {("demo", "shop"), ("other", "other-shop")}
    assert ask_token() == 200


def test_loading_it_again_makes_nothing_and_keeps_what_was_changed(demo, capsys) -> None:
    Chatbot.objects.filter(slug="shop").update(greeting="Changed.")
    call_command("load_demo")
    assert "there already" in capsys.readouterr().out
    assert Chatbot.objects.get(slug="shop").greeting == "Changed."
    assert (Organisation.objects.count(), User.objects.count()) == (2, 5)


def test_a_new_demo_password_replaces_the_old_one(demo, settings) -> None:
    settings.DEMO_PASSWORD = "another password"
    load_demo()
    assert ask_token() == 401


def test_elsewhere_than_on_a_loopback_address_it_is_refused_and_its_accounts_are_switched_off(
    demo, settings
) -> None:
    token = issue_token(User.objects.get(email="owner@demo.test"))
    settings.LOOPBACK = False
    with pytest.raises(CommandError, match="loopback"):
        call_command("load_demo")
    switch_demo_accounts()
    assert ask_token() == 401
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"}).status_code == 401
    settings.LOOPBACK = True
    switch_demo_accounts()
    assert ask_token() == 200


def test_real_accounts_are_never_switched(settings) -> None:
    User.objects.create_user("mia@example.test", "x")
    settings.LOOPBACK = False
    switch_demo_accounts()
    assert User.objects.get().is_active
