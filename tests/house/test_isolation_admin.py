"""Every page of the admin, tried by another tenant's owner and supervisor, by agents and by nobody.

FAILS when a model or a page of the admin exists that is not listed here.
"""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import get_resolver, reverse

from chatbots.models import BotVersion
from conversations.models import Message
from tests.cast import Cast
from tests.house.test_isolation import content_of, list_patterns
from tests.house.world import NO_NUMBER, NOBODY, World, make_world, normalise, swap

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db

# Each model -> one of the tenant's rows. Supervisors and owners see their own organisation's, and no others.
TENANTS: dict[str, Callable[[World], Model]] = {
    "organisations.organisation": lambda world: world.acme,
    "organisations.membership": lambda world: world.cast.acme.membership_of(world.cast.acme.agent),
    "organisations.user": lambda world: world.cast.acme.agent,
    "chatbots.chatbot": lambda world: world.cast.acme.bot,
    "chatbots.botversion": lambda world: BotVersion.objects.get(chatbot=world.cast.acme.bot),
    "chatbots.knowledgesource": lambda world: world.source,
    "conversations.conversation": lambda world: world.active,
    "conversations.message": lambda world: Message.objects.filter(conversation=world.active)[0],
    "conversations.turn": lambda world: world.turn,
    "conversations.visitor": lambda world: world.visitor,
    "handoff.handoffsession": lambda world: world.active_handoff,
    "testsessions.testsession": lambda world: world.test_session,
}
# Pages that belong to no model.
PAGES = {"", "jsi18n/", "(?P<url>.*)$"}
STANDARD = (
    "",
    "add/",
    "<path:object_id>/history/",
    "<path:object_id>/delete/",
    "<path:object_id>/change/",
    "<path:object_id>/",
)
OUTSIDERS = ("owner", "supervisor")


@pytest.fixture
def world(db: None, cast: Cast) -> World:
    return make_world(cast)


@pytest.fixture
def rivals(db: None, cast: Cast) -> World:
    """The same things in the other tenant, so that its forms can be opened."""
    return make_world(swap(cast))


def label(model: type[Model]) -> str:
    return model._meta.label_lower


def page(name: str, model: str, *arguments: object) -> str:
    return reverse(f"admin:{model.replace('.', '_')}_{name}", args=[str(argument) for argument in arguments])


def nothing_of(row: Model) -> object:
    return NOBODY if row._meta.pk.get_internal_type() == "UUIDField" else NO_NUMBER


def read(client: Client, address: str) -> tuple[int, bytes]:
    """Where one ends up, and what one is shown there, the address that was asked for left out."""
    response = client.get(address, follow=True)
    return response.status_code, normalise(content_of(response), address)


def test_every_model_of_the_admin_is_listed() -> None:
    existing = {label(model) for model in admin.site._registry}
    assert existing - set(TENANTS) == set(), "Say whose rows these are"
    assert set(TENANTS) - existing == set(), "These are in the admin no longer"


def test_every_page_of_the_admin_is_listed() -> None:
    models = {f"{label(model).replace('.', '/')}/" for model in admin.site._registry}
    expected = PAGES | {model + rest for model in models for rest in STANDARD}
    existing = {
        pattern.removeprefix("admin/")
        for pattern in list_patterns(get_resolver())
        if pattern.startswith("admin/")
    }
    assert {pattern for pattern in existing - expected if "app_label" not in pattern} == set()


@pytest.mark.parametrize("model", TENANTS)
@pytest.mark.parametrize("role", OUTSIDERS)
def test_an_outsider_finds_nothing_in_the_admin(world: World, sign_in: SignIn, model: str, role: str) -> None:
    client, row = sign_in(world.cast.rival.people[role]), TENANTS[model](world)
    before, marks = world.fingerprint(), world.marks()
    for name in ("change", "delete", "history"):
        none = nothing_of(row)
        theirs = read(client, page(name, model, row.pk))
        empty = read(client, page(name, model, none))
        assert theirs == empty, f"{name} of {model}"
        assert [mark for mark in marks if mark.encode() in theirs[1]] == []
        client.post(page(name, model, row.pk), {"post": "yes"})
    client.post(
        page("changelist", model), {"action": "delete_selected", "_selected_action": row.pk, "post": "yes"}
    )
    assert world.fingerprint() == before


@pytest.mark.parametrize("model", TENANTS)
@pytest.mark.parametrize("role", OUTSIDERS)
def test_lists_and_forms_offer_an_outsider_nothing_of_anothers(
    world: World, rivals: World, sign_in: SignIn, model: str, role: str
) -> None:
    client, marks = sign_in(world.cast.rival.people[role]), world.marks()
    own = TENANTS[model](rivals)
    addresses = [page("changelist", model), page("add", model), page("change", model, own.pk)]
    for address in addresses:
        status, body = read(client, address)
        assert status in {200, 403}, f"{address}: {status}"
        assert [mark for mark in marks if mark.encode() in body] == [], address


@pytest.mark.parametrize("model", TENANTS)
def test_searching_for_anothers_words_finds_nothing(world: World, sign_in: SignIn, model: str) -> None:
    client, row = sign_in(world.cast.outsider), TENANTS[model](world)
    for words in world.marks():
        response = client.get(page("changelist", model), {"q": words})
        assert page("change", model, row.pk).encode() not in content_of(response)


@pytest.mark.parametrize("model", TENANTS)
@pytest.mark.parametrize("role", OUTSIDERS)
def test_a_tenants_own_owner_and_supervisor_see_their_rows(
    world: World, sign_in: SignIn, model: str, role: str
) -> None:
    """Or else the tests above would prove nothing."""
    client, row = sign_in(world.cast.acme.people[role]), TENANTS[model](world)
    assert client.get(page("change", model, row.pk)).status_code == 200
    listing = client.get(page("changelist", model))
    assert listing.status_code == 200
    assert page("change", model, row.pk).encode() in listing.content


@pytest.mark.parametrize("model", TENANTS)
@pytest.mark.parametrize("role", [None, "agent"])
def test_agents_and_nobody_are_sent_to_the_sign_in(
    world: World, sign_in: SignIn, model: str, role: str | None
) -> None:
    client = sign_in(world.cast.acme.people[role] if role else None)
    for address in ("/admin/", page("changelist", model), page("add", model), page("change", model, 1)):
        response = client.get(address)
        refused = response.status_code in {403, 404}
        assert refused or (response.status_code == 302 and "login" in response["Location"]), address
