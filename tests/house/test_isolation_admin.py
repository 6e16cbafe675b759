"""Every page of the admin, tried by another tenant's owner and supervisor, by agents and by nobody.

FAILS when a model or a page of the admin exists that is not listed here.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib import admin
from django.db.models import Model
from django.test import Client
from django.urls import get_resolver, reverse

from tests.cast import Cast
from tests.house.test_isolation import content_of, list_patterns
from tests.house.world import NO_NUMBER, NOBODY, World, make_world, normalise, swap

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db

# Models of tenants -> one of the tenant's rows. Supervisors and owners see their own organisation's, and no others.
TENANTS: dict[str, Callable[[World], Model]] = {}
# Models of the installation: for installation staff only.
STAFF_ONLY = {
    "account.emailaddress", "auth.group", "axes.accessattempt", "axes.accessfailurelog", "axes.accesslog",
    "mfa.authenticator",
}  # fmt: skip
# Pages that belong to no model.
PAGES = {
    "", "login/", "logout/", "password_change/", "password_change/done/", "autocomplete/", "jsi18n/",
    "r/<path:content_type_id>/<path:object_id>/", "(?P<url>.*)$",
}  # fmt: skip
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


def read(client: Client, address: str, *names: object) -> tuple[int, bytes]:
    """Where one ends up, and what one is shown there."""
    response = client.get(address, follow=True)
    return response.status_code, normalise(content_of(response), *names)


def test_every_model_of_the_admin_is_listed() -> None:
    existing = {label(model) for model in admin.site._registry}
    assert existing - set(TENANTS) - STAFF_ONLY == set(), "Say whose rows these are"
    assert (set(TENANTS) | STAFF_ONLY) - existing == set(), "These are in the admin no longer"


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
        theirs = read(client, page(name, model, row.pk), row.pk)
        empty = read(client, page(name, model, none), none)
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


@pytest.mark.parametrize("model", [*TENANTS, *STAFF_ONLY])
@pytest.mark.parametrize("role", [None, "agent"])
def test_agents_and_nobody_are_sent_to_the_sign_in(
    world: World, sign_in: SignIn, model: str, role: str | None
) -> None:
    client = sign_in(world.cast.acme.people[role] if role else None)
    for address in ("/admin/", page("changelist", model), page("add", model), page("change", model, 1)):
        response = client.get(address)
        refused = response.status_code in {403, 404}
        assert refused or (response.status_code == 302 and "login" in response["Location"]), address


@pytest.mark.parametrize("model", sorted(STAFF_ONLY))
@pytest.mark.parametrize("role", OUTSIDERS)
def test_the_installations_own_models_are_for_its_staff(
    world: World, sign_in: SignIn, model: str, role: str
) -> None:
    client = sign_in(world.cast.acme.people[role])
    for address in (page("changelist", model), page("add", model)):
        assert client.get(address).status_code in {403, 404}, address


@pytest.mark.parametrize("role", OUTSIDERS)
def test_choices_by_completion_hold_ones_own_rows_only(world: World, sign_in: SignIn, role: str) -> None:
    client = sign_in(world.cast.rival.people[role])
    for model, options in admin.site._registry.items():
        for name in options.autocomplete_fields:
            query: dict[str, Any] = {"app_label": model._meta.app_label, "model_name": model._meta.model_name}
            response = client.get("/admin/autocomplete/", {**query, "field_name": name, "term": ""})
            assert response.status_code in {200, 403}
            assert [mark for mark in world.marks() if mark in response.content.decode()] == []
