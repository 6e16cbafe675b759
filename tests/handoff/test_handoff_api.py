"""Handoffs by REST: the console's lists and acts, with the same permissions."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils.timezone import now

from conversations.models import Conversation, Message
from handoff.actions.end_handoff import end_handoff
from handoff.models import HandoffSession
from organisations.models import User
from tests.cast import Cast, bearer, make_conversation, make_visitor
from tests.house.world import NOBODY

pytestmark = pytest.mark.django_db
LISTS = ["waiting", "mine", "all", "history"]


@pytest.fixture
def ask(client: Client) -> Callable[..., Any]:
    """`ask(user, path, **fields)`: GET, or POST where fields are given; returns status and JSON."""

    def ask(user: User, path: str, **fields: Any) -> tuple[int, Any]:
        address = path if path.startswith("http") else f"/api/v1/handoffs/{path}"
        if fields:
            answer = client.post(
                address, fields.get("body", {}), content_type="application/json", headers=bearer(user)
            )
        else:
            answer = client.get(address, headers=bearer(user))
        return answer.status_code, answer.json()

    return ask


def make_each_kind(cast: Cast) -> dict[str, HandoffSession]:
    """A waiting one, one of `agent`, one of `agent2`, one that `agent` has ended, and one of the other tenant."""
    acme = cast.acme
    found: dict[str, HandoffSession] = {}
    kinds: dict[str, dict[str, Any]] = {
        "waiting": {"handoff": True},
        "agent's": {"agent": acme.agent},
        "agent2's": {"agent": acme.agent2},
        "ended": {"agent": acme.agent},
    }
    for name, options in kinds.items():
        conversation = make_conversation(make_visitor(acme.bot, name=name.title()), name, **options)
        found[name] = HandoffSession.objects.get(conversation=conversation)
    end_handoff(membership=acme.membership_of(acme.agent), handoff_id=found["ended"].pk)
    make_conversation(make_visitor(cast.rival.bot), "Rival's", handoff=True)
    return found


def names(rows: list[dict[str, Any]], kinds: dict[str, HandoffSession]) -> list[str]:
    by_id = {str(handoff.pk): name for name, handoff in kinds.items()}
    return [by_id[row["id"]] for row in rows]


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("agent", {"waiting": ["waiting"], "mine": ["agent's"], "history": ["ended"]}),
        ("agent2", {"waiting": ["waiting"], "mine": ["agent2's"], "history": []}),
        ("supervisor", {"waiting": ["waiting"], "mine": [], "history": ["ended"]}),
        ("owner", {"waiting": ["waiting"], "mine": [], "history": ["ended"]}),
    ],
)
def test_each_role_sees_its_own_in_each_list(
    cast: Cast, ask: Callable[..., Any], person: str, expected: dict[str, list[str]]
) -> None:
    kinds = make_each_kind(cast)
    user = cast.acme.people[person]
    for kind, rows in expected.items():
        status, body = ask(user, f"{kind}/")
        assert (status, names(body["results"], kinds)) == (200, rows), kind


@pytest.mark.parametrize(
    ("person", "expected"),
    [
        ("agent", {"waiting", "agent's"}),
        ("agent2", {"waiting", "agent2's"}),
        ("supervisor", {"waiting", "agent's", "agent2's"}),
    ],
)
def test_all_are_the_open_ones_that_one_may_see(
    cast: Cast, ask: Callable[..., Any], person: str, expected: set[str]
) -> None:
    kinds = make_each_kind(cast)
    _, body = ask(cast.acme.people[person], "all/")
    assert set(names(body["results"], kinds)) == expected


def test_waiting_is_oldest_first_and_the_others_newest_message_first(
    cast: Cast, ask: Callable[..., Any]
) -> None:
    waiting = [make_conversation(make_visitor(cast.acme.bot), handoff=True) for _ in range(3)]
    Conversation.objects.filter(pk=waiting[0].pk).update(last_message_at=now())
    _, queue = ask(cast.acme.owner, "waiting/")
    assert [row["session_id"] for row in queue["results"]] == [str(each.pk) for each in waiting]
    assert [row["position"] for row in queue["results"]] == [1, 2, 3]
    _, everything = ask(cast.acme.owner, "all/")
    assert everything["results"][0]["session_id"] == str(waiting[0].pk)
    assert [row["session_id"] for row in everything["results"][1:]] == [
        str(waiting[2].pk),
        str(waiting[1].pk),
    ]


@pytest.mark.parametrize("kind", ["waiting", "all"])
def test_pages_follow_one_another_without_gap_or_repeat(
    cast: Cast, ask: Callable[..., Any], kind: str
) -> None:
    made = [make_conversation(make_visitor(cast.acme.bot), handoff=True) for _ in range(5)]
    seen: list[str] = []
    path = f"{kind}/?limit=2"
    sizes = []
    while path:
        _, body = ask(cast.acme.owner, path)
        seen += [row["session_id"] for row in body["results"]]
        sizes.append(len(body["results"]))
        path = body["next"]
    assert sizes == [2, 2, 1]
    assert sorted(seen) == sorted(str(each.pk) for each in made)


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_costs_the_same_queries_at_any_length(
    cast: Cast, ask: Callable[..., Any], kind: str, django_assert_max_num_queries: Any
) -> None:
    for _ in range(4):
        make_each_kind(cast)
    with django_assert_max_num_queries(6):
        status, _ = ask(cast.acme.owner, f"{kind}/")
    assert status == 200


def test_a_row_says_all_that_the_console_shows(cast: Cast, ask: Callable[..., Any]) -> None:
    visitor = make_visitor(cast.acme.bot, name="Vera")
    conversation = make_conversation(visitor, "One", "Two", agent=cast.acme.agent)
    _, body = ask(cast.acme.agent, "mine/")
    (row,) = body["results"]
    assert row["session_id"] == str(conversation.pk)
    assert (row["last_message"], row["last_sender"], row["unread_count"]) == ("Two", "visitor", 2)
    assert row["message_count"] == Message.objects.filter(conversation=conversation).count()
    assert row["agent"] == {"id": cast.acme.agent.pk, "name": "Agent"}
    assert (row["bot"]["slug"], row["visitor"]["name"]) == ("acme-shop", "Vera")
    assert row["duration_s"] == 0
    assert row["ended_at"] is None


def test_accepting_answers_with_the_handoff_and_the_second_is_told_who(
    cast: Cast, ask: Callable[..., Any]
) -> None:
    handoff = make_each_kind(cast)["waiting"]
    status, body = ask(cast.acme.agent, f"{handoff.pk}/accept/", body={})
    assert (status, body["state"], body["agent"]["name"]) == (200, "active", "Agent")
    status, body = ask(cast.acme.agent, f"{handoff.pk}/accept/", body={})
    assert status == 200
    status, body = ask(cast.acme.agent2, f"{handoff.pk}/accept/", body={})
    assert (status, body["error"]["code"], body["error"]["agent"]["name"]) == (409, "conflict", "Agent")
    assert body["error"]["detail"] == "Agent has this conversation already."


@pytest.mark.parametrize(
    ("person", "status"), [("agent", 200), ("agent2", 403), ("supervisor", 200), ("owner", 200)]
)
def test_who_may_end_it(cast: Cast, ask: Callable[..., Any], person: str, status: int) -> None:
    handoff = make_each_kind(cast)["agent's"]
    answered, _ = ask(cast.acme.people[person], f"{handoff.pk}/end/", body={})
    assert answered == status
    again, _ = ask(cast.acme.supervisor, f"{handoff.pk}/end/", body={})
    assert again == (409 if status == 200 else 200)


@pytest.mark.parametrize("act", ["accept", "end"])
def test_another_tenants_is_the_same_as_none(cast: Cast, ask: Callable[..., Any], act: str) -> None:
    kinds = make_each_kind(cast)
    answers = [
        ask(cast.outsider, f"{handoff_id}/{act}/", body={})
        for handoff_id in (NOBODY, *[handoff.pk for handoff in kinds.values()])
    ]
    assert {status for status, _ in answers} == {404}
    assert all(body == answers[0][1] for _, body in answers)


def test_asking_for_a_person_is_idempotent(cast: Cast, ask: Callable[..., Any]) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot))
    body = {"session_id": str(conversation.pk), "reason": "By API"}
    first, made = ask(cast.acme.owner, "", body=body)
    second, same = ask(cast.acme.owner, "", body=body)
    assert (first, second, made["id"], made["reason"]) == (201, 200, same["id"], "By API")


def test_an_agents_answer_joins_the_log_once_and_only_theirs(cast: Cast, ask: Callable[..., Any]) -> None:
    handoff = make_each_kind(cast)["agent's"]
    body = {"client_id": str(uuid.uuid4()), "text": "On its way"}
    first = ask(cast.acme.agent, f"{handoff.pk}/messages/", body=body)
    assert first == ask(cast.acme.agent, f"{handoff.pk}/messages/", body=body)
    assert first[0] == 201
    status, error = ask(
        cast.acme.supervisor, f"{handoff.pk}/messages/", body={**body, "client_id": str(uuid.uuid4())}
    )
    assert (status, error["error"]["code"]) == (409, "conflict")
    status, log = ask(cast.acme.agent, f"{handoff.pk}/messages/")
    assert [row["text"] for row in log["results"]][-1] == "On its way"
    assert ask(cast.acme.agent2, f"{handoff.pk}/messages/")[0] == 404


@pytest.mark.parametrize("kind", LISTS)
def test_strangers_get_nothing(cast: Cast, client: Client, ask: Callable[..., Any], kind: str) -> None:
    make_each_kind(cast)
    assert client.get(f"/api/v1/handoffs/{kind}/").status_code == 401
    assert ask(cast.newcomer, f"{kind}/")[0] in {401, 403}
    _, body = ask(cast.outsider, f"{kind}/")
    assert {row["bot"]["slug"] for row in body["results"]} <= {"rival-shop"}


def test_a_cookie_needs_its_csrf_token(cast: Cast) -> None:
    handoff = make_each_kind(cast)["waiting"]
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(cast.acme.agent, backend="allauth.account.auth_backends.AuthenticationBackend")
    path, kind = f"/api/v1/handoffs/{handoff.pk}/accept/", "application/json"
    assert browser.post(path, content_type=kind).status_code == 403
    page = browser.get("/console/")
    token = page.context["csrf_token"]
    answer = browser.post(path, content_type=kind, headers={"X-CSRFToken": str(token)})
    assert answer.status_code == 200
