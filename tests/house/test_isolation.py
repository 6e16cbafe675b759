"""Every address, tried by another tenant's owner, by nobody, and by the wrong role.

FAILS when a route exists that is not listed in tests/house/routes.py. The sockets and the admin have files of their own.
"""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from organisations.models import User
from tests.cast import Cast, bearer
from tests.house.named_rows import BODIES, QUERIES
from tests.house.routes import EVERYBODY, ROUTES, Route
from tests.house.world import World, make_world, normalise

REACHED = {200, 201, 204, 302, 400}  # 400: it was let in, and then told what to enter
METHODS = ("get", "post", "put", "patch", "delete")
SignIn = Callable[..., Client]

pytestmark = pytest.mark.django_db

OPEN = [pattern for pattern, route in ROUTES.items() if route.kind == "open"]
OWN = [pattern for pattern, route in ROUTES.items() if route.kind == "own"]
QUERY = [pattern for pattern, route in ROUTES.items() if route.kind == "query"]
THEIRS = [pattern for pattern, route in ROUTES.items() if route.kind == "theirs"]


@pytest.fixture
def world(db: None, cast: Cast) -> World:
    return make_world(cast)


def list_patterns(resolver: URLResolver, prefix: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from list_patterns(pattern, route)
        elif isinstance(pattern, URLPattern):
            yield route


def is_api(address: str) -> bool:
    return address.startswith("/api/v1/")


def call(
    client: Client,
    method: str,
    address: str,
    *,
    user: User | None,
    body: dict[str, Any] | None = None,
    **headers: str,
) -> HttpResponse:
    """A request as the given person: by token to the API, by session to pages."""
    if user and is_api(address):
        headers |= bearer(user)
    options: dict[str, Any] = {"headers": headers}
    if method != "get" and is_api(address):
        options |= {"data": body or {}, "content_type": "application/json"}
    elif method == "post":
        options["data"] = body or {}
    response: HttpResponse = getattr(client, method)(address, **options)
    return response


def content_of(response: Any) -> bytes:
    return b"".join(response) if getattr(response, "streaming", False) else response.content


def names(arguments: dict[str, object]) -> list[object]:
    """What an answer may repeat of what was asked for; numbers are too short to look for."""
    return [value for value in arguments.values() if not isinstance(value, int)]


def is_refused_to_anonymous(response: HttpResponse) -> bool:
    if response.status_code == 302:
        return response["Location"].startswith("/accounts/")
    return response.status_code in {401, 403, 405}


def test_every_route_is_listed() -> None:
    existing = {pattern for pattern in list_patterns(get_resolver()) if not pattern.startswith("admin/")}
    assert existing - set(ROUTES) == set(), "Say in tests/house/routes.py what a stranger could name in these"
    assert set(ROUTES) - existing == set(), "These exist no longer: take them out of tests/house/routes.py"


@pytest.mark.parametrize("pattern", THEIRS)
def test_an_outsider_finds_nothing_the_same_to_the_letter(
    world: World, sign_in: SignIn, pattern: str
) -> None:
    route, outsider = ROUTES[pattern], world.cast.outsider
    client, before = sign_in(outsider), world.fingerprint()
    arguments = route.arguments(world)
    theirs, none = route.address(pattern, arguments), route.address(pattern, route.nothing)
    reached = set()
    for method in METHODS:
        body = route.body(world)
        answer = call(client, method, theirs, user=outsider, body=body)
        empty = call(client, method, none, user=outsider, body=body)
        reached.add(answer.status_code)
        assert answer.status_code in {404, 405}, f"{method} {theirs}: {answer.status_code}"
        assert answer.status_code == empty.status_code
        assert normalise(content_of(answer), theirs, *names(arguments)) == normalise(
            content_of(empty), none, *names(route.nothing)
        )
        assert dict(answer.headers).keys() == dict(empty.headers).keys()
    assert 404 in reached
    assert world.fingerprint() == before


@pytest.mark.parametrize("pattern", THEIRS)
@pytest.mark.parametrize("role", EVERYBODY)
def test_a_tenants_own_people_reach_it_by_role(
    world: World, sign_in: SignIn, pattern: str, role: str
) -> None:
    """The other half of the proof: the address is right, and it is the tenant or the role that decides."""
    route, user = ROUTES[pattern], world.cast.acme.people[role]
    address = route.address(pattern, route.arguments(world))
    status = call(sign_in(user), route.method, address, user=user, body=route.body(world)).status_code
    if role in route.roles:
        assert status in REACHED, f"{role}: {route.method} {address}: {status}"
    else:
        assert status in {403, 404}, f"{role}: {route.method} {address}: {status}"


@pytest.mark.parametrize("pattern", [*THEIRS, *OWN, *QUERY])
def test_nobody_gets_in_without_signing_in(world: World, pattern: str) -> None:
    route, client, before = ROUTES[pattern], Client(), world.fingerprint()
    address = route.address(pattern, route.arguments(world))
    for method in METHODS:
        response = call(client, method, address, user=None, body=route.body(world))
        assert is_refused_to_anonymous(response), f"{method} {address}: {response.status_code}"
    assert call(client, route.method, address, user=None).status_code != 405
    assert world.fingerprint() == before


@pytest.mark.parametrize(("theirs", "nothing"), QUERIES)
def test_rows_named_in_a_query_are_not_found_either(
    world: World, sign_in: SignIn, theirs: Callable[[World], str], nothing: str
) -> None:
    outsider, address = world.cast.outsider, theirs(world)
    answer = call(sign_in(outsider), "get", address, user=outsider)
    empty = call(sign_in(outsider), "get", nothing, user=outsider)
    assert answer.status_code == empty.status_code == 404
    assert normalise(content_of(answer), address) == normalise(content_of(empty), nothing)
    assert call(Client(), "get", address, user=None).status_code in {302, 401, 404}
    for role, status in {"owner": 200, "supervisor": 200, "agent": 403}.items():
        user = world.cast.acme.people[role]
        found = call(sign_in(user), "get", address, user=user).status_code
        assert found == status or (status == 403 and found == 404), f"{role}: {address}: {found}"


@pytest.mark.parametrize("pattern", OWN)
def test_lists_and_pages_show_an_outsider_nothing_of_anothers(
    world: World, sign_in: SignIn, pattern: str
) -> None:
    outsider = world.cast.outsider
    address = ROUTES[pattern].address(pattern, {})
    body = content_of(call(sign_in(outsider), "get", address, user=outsider)).decode(errors="replace")
    assert [mark for mark in world.marks() if mark in body] == []


@pytest.mark.parametrize("pattern", OPEN)
def test_open_addresses_show_no_secrets(world: World, pattern: str) -> None:
    route = ROUTES[pattern]
    address = route.address(pattern, route.arguments(world))
    response = call(Client(), "get", address, user=None)
    assert response.status_code in {200, 301, 302, 401, 404, 405}, f"{address}: {response.status_code}"
    allowed = [str(getattr(world.cast.acme.bot, name)) for name in route.shows]
    body = content_of(response).decode(errors="replace")
    assert [mark for mark in world.marks() if mark in body and mark not in allowed] == []


@pytest.mark.parametrize("pattern", [pattern for pattern in [*THEIRS, *OWN, *QUERY] if is_api("/" + pattern)])
def test_naming_anothers_organisation_is_naming_nothing(world: World, pattern: str) -> None:
    """`X-Organisation` chooses among one's own; the answer says nothing about whether others exist."""
    route, outsider = ROUTES[pattern], world.cast.outsider
    address = route.address(pattern, route.arguments(world))
    answers = [
        call(
            Client(), route.method, address, user=outsider, body=route.body(world), **{"X-Organisation": slug}
        )
        for slug in (world.acme.slug, "no-such-organisation")
    ]
    assert answers[0].status_code == answers[1].status_code
    assert answers[0].content == answers[1].content
    if answers[0].status_code == 200:  # about the person, not about an organisation
        assert [mark for mark in world.marks() if mark in answers[0].content.decode()] == []
    else:
        assert answers[0].status_code == 404


@pytest.mark.parametrize(("method", "address", "body", "nothing"), BODIES)
def test_rows_named_in_a_body_are_not_found_either(
    world: World, method: str, address: str, body: Callable[[World], dict[str, Any]], nothing: dict[str, Any]
) -> None:
    outsider, before = world.cast.outsider, world.fingerprint()
    answer = call(Client(), method, address, user=outsider, body=body(world))
    empty = call(Client(), method, address, user=outsider, body=nothing)
    assert answer.status_code == empty.status_code == 404
    assert answer.content == empty.content
    assert world.fingerprint() == before
    owner = world.cast.acme.owner
    assert call(Client(), method, address, user=owner, body=body(world)).status_code in {200, 201}


def test_the_list_of_routes_uses_every_kind() -> None:
    assert {route.kind for route in ROUTES.values()} == {"open", "own", "query", "theirs"}
    assert all(isinstance(route, Route) for route in ROUTES.values())
