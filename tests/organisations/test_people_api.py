"""Organisations, members and invitations by REST."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from core.errors import Conflict, NotFound
from organisations.actions.invitations import accept_invitation
from organisations.actions.organisations import add_member
from organisations.models import Invitation, Membership, Organisation, User
from tests.cast import Cast, bearer

pytestmark = pytest.mark.django_db


def call(method: str, path: str, user: User, body: Any = None, **headers: str) -> Any:
    send = getattr(Client(), method)
    return send(f"/api/v1/{path}", body, content_type="application/json", headers={**bearer(user), **headers})


def get(path: str, user: User, **headers: str) -> Any:
    return Client().get(f"/api/v1/{path}", headers={**bearer(user), **headers})


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


# Organisations -------------------------------------------------------------------------------------------------------
def test_everybody_sees_their_own_organisations_only(cast: Cast) -> None:
    assert [row["slug"] for row in get("organisations/", cast.acme.agent).json()["results"]] == ["acme"]


def test_whoever_makes_an_organisation_owns_it(cast: Cast) -> None:
    made = call("post", "organisations/", cast.acme.agent, {"name": "New Shop"})
    assert made.status_code == 201
    assert made.json()["slug"] == "new-shop"
    membership = Membership.objects.get(organisation__slug="new-shop")
    assert (membership.user, membership.role) == (cast.acme.agent, "owner")


def test_a_short_name_that_is_taken_is_a_conflict_and_one_made_from_the_name_never_is(cast: Cast) -> None:
    assert code_of(call("post", "organisations/", cast.rival.owner, {"name": "X", "slug": "acme"})) == (
        409,
        "conflict",
    )
    again = call("post", "organisations/", cast.rival.owner, {"name": "Acme"})
    assert again.status_code == 201
    assert re.fullmatch("acme-[0-9a-f]{6}", again.json()["slug"])


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": "x" * 101},
        {"name": "a\x00b"},
        {"name": ["a"]},
        {"name": "a", "slug": "a b"},
    ],
)
def test_an_organisation_that_cannot_be_is_refused(cast: Cast, body: Any) -> None:
    assert code_of(call("post", "organisations/", cast.acme.owner, body)) == (400, "invalid")
    assert Organisation.objects.count() == 2


def test_someone_in_several_organisations_names_one_by_a_header(cast: Cast) -> None:
    add_member(organisation=cast.rival.organisation, user=cast.acme.owner, role="supervisor")
    slugs = {}
    for name in ("acme", "rival"):
        rows = get("chatbots/", cast.acme.owner, **{"X-Organisation": name}).json()["results"]
        slugs[name] = [row["slug"] for row in rows]
    assert slugs == {"acme": ["acme-shop"], "rival": ["rival-shop"]}
    assert get("chatbots/", cast.acme.owner).json()["results"][0]["slug"] == "acme-shop"
    refused = call("post", "chatbots/", cast.acme.owner, {"name": "New"}, **{"X-Organisation": "rival"})
    assert code_of(refused) == (403, "forbidden")


def test_an_organisation_of_others_is_as_unknown_as_one_that_is_none(cast: Cast) -> None:
    answers = [get("chatbots/", cast.acme.owner, **{"X-Organisation": name}) for name in ("rival", "no-such")]
    assert code_of(answers[0]) == (404, "not_found")
    assert answers[0].content == answers[1].content


# Members -------------------------------------------------------------------------------------------------------------
def test_members_are_listed_to_members_a_page_at_a_time(cast: Cast) -> None:
    everybody = get("members/", cast.acme.agent).json()["results"]
    assert [row["email"] for row in everybody] == [
        "agent2@acme.test", "agent@acme.test", "owner@acme.test", "supervisor@acme.test",
    ]  # fmt: skip
    found, path = [], "members/?limit=3"
    while path:
        page = get(path, cast.acme.agent).json()
        found += page["results"]
        path = page["next"] and page["next"].partition("/api/v1/")[2]
    assert found == everybody


def test_an_owner_changes_roles(cast: Cast) -> None:
    member = cast.acme.membership_of(cast.acme.agent)
    answer = call("patch", f"members/{member.pk}/", cast.acme.owner, {"role": "supervisor"})
    assert answer.json()["role"] == "supervisor"
    member.refresh_from_db()
    assert member.role == "supervisor"


@pytest.mark.parametrize(
    "body", [{}, {"role": "king"}, {"role": None}, {"role": ["owner"]}, {"role": {}}, []]
)
def test_a_role_that_is_none_is_refused(cast: Cast, body: Any) -> None:
    member = cast.acme.membership_of(cast.acme.agent)
    assert code_of(call("patch", f"members/{member.pk}/", cast.acme.owner, body)) == (400, "invalid")


@pytest.mark.parametrize("who", ["supervisor", "agent"])
def test_only_owners_change_or_remove_members(cast: Cast, who: str) -> None:
    user, member = cast.acme.people[who], cast.acme.membership_of(cast.acme.agent2)
    assert code_of(call("patch", f"members/{member.pk}/", user, {"role": "owner"})) == (403, "forbidden")
    assert code_of(call("delete", f"members/{member.pk}/", user)) == (403, "forbidden")


def test_the_last_owner_stays_one(cast: Cast) -> None:
    member = cast.acme.membership_of(cast.acme.owner)
    assert code_of(call("patch", f"members/{member.pk}/", cast.acme.owner, {"role": "agent"})) == (
        409,
        "conflict",
    )
    assert code_of(call("delete", f"members/{member.pk}/", cast.acme.owner)) == (409, "conflict")
    assert call("patch", f"members/{member.pk}/", cast.acme.owner, {"role": "owner"}).status_code == 200
    add_member(organisation=cast.acme.organisation, user=cast.acme.agent, role="owner")
    assert call("patch", f"members/{member.pk}/", cast.acme.owner, {"role": "agent"}).status_code == 200


def test_a_member_who_was_removed_is_out_at_once(cast: Cast) -> None:
    headers = bearer(cast.acme.agent)
    assert Client().get("/api/v1/chatbots/", headers=headers).status_code == 200
    member = cast.acme.membership_of(cast.acme.agent)
    assert call("delete", f"members/{member.pk}/", cast.acme.owner).status_code == 204
    assert code_of(Client().get("/api/v1/chatbots/", headers=headers)) == (403, "forbidden")
    named = Client().get("/api/v1/chatbots/", headers={**headers, "X-Organisation": "acme"})
    assert code_of(named) == (404, "not_found")


@pytest.mark.parametrize("method", ["patch", "delete"])
def test_another_tenants_members_are_not_found(cast: Cast, method: str) -> None:
    theirs = cast.acme.membership_of(cast.acme.agent).pk
    answers = [
        call(method, f"members/{pk}/", cast.outsider, {"role": "agent"}) for pk in (theirs, 999_999, 10**30)
    ]
    assert code_of(answers[0]) == (404, "not_found")
    assert len({answer.content for answer in answers}) == 1
    assert Membership.objects.filter(pk=theirs).exists()


# Invitations ---------------------------------------------------------------------------------------------------------
@pytest.fixture
def invite(cast: Cast, django_capture_on_commit_callbacks):
    """Invites somebody to acme as its owner; returns the answer and the secret of the mailed link."""

    def invite(email: str = "newcomer@example.test", role: str = "agent") -> tuple[Any, str]:
        with django_capture_on_commit_callbacks(execute=True):
            answer = call("post", "invitations/", cast.acme.owner, {"email": email, "role": role})
        found = re.search(r"/invitations/([\w-]+)/", str(mail.outbox[-1].body)) if mail.outbox else None
        return answer, found[1] if found else ""

    return invite


def test_an_invitation_is_mailed_to_its_address_and_its_link_makes_a_member_once(cast: Cast, invite) -> None:
    answer, secret = invite(email="Newcomer@Example.test", role="supervisor")
    assert answer.status_code == 201
    assert answer.json()["email"] == "newcomer@example.test"
    assert secret
    assert secret not in answer.content.decode()
    assert mail.outbox[0].to == ["newcomer@example.test"]
    assert "Acme" in mail.outbox[0].subject
    membership = accept_invitation(secret=secret, user=cast.newcomer)
    assert (membership.organisation, membership.role) == (cast.acme.organisation, "supervisor")
    with pytest.raises(NotFound):
        accept_invitation(secret=secret, user=cast.newcomer)
    assert get("invitations/", cast.acme.owner).json()["results"] == []


def test_an_invitation_is_for_its_own_address_only(cast: Cast, invite) -> None:
    _, secret = invite()
    with pytest.raises(Conflict, match=r"newcomer@example\.test"):
        accept_invitation(secret=secret, user=cast.outsider)
    assert accept_invitation(secret=secret, user=cast.newcomer).role == "agent"


def test_an_expired_invitation_is_nothing(cast: Cast, invite) -> None:
    _, secret = invite()
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(NotFound):
        accept_invitation(secret=secret, user=cast.newcomer)


def test_inviting_again_replaces_the_link(cast: Cast, invite) -> None:
    _, first = invite()
    _, second = invite(role="supervisor")
    assert Invitation.objects.count() == 1
    with pytest.raises(NotFound):
        accept_invitation(secret=first, user=cast.newcomer)
    assert accept_invitation(secret=second, user=cast.newcomer).role == "supervisor"


def test_a_withdrawn_invitation_is_dead_at_once(cast: Cast, invite) -> None:
    answer, secret = invite()
    assert call("delete", f"invitations/{answer.json()['id']}/", cast.acme.owner).status_code == 204
    with pytest.raises(NotFound):
        accept_invitation(secret=secret, user=cast.newcomer)


@pytest.mark.parametrize(
    "body",
    [{}, {"email": "no address"}, {"email": "a@b.test", "role": "king"}, {"email": "a@b.test\nBcc: c@d.test"},
     {"email": "x" * 300 + "@b.test"}, {"email": None}, {"email": ["a@b.test"]}],
)  # fmt: skip
def test_an_invitation_that_cannot_be_is_refused(cast: Cast, body: Any) -> None:
    assert code_of(call("post", "invitations/", cast.acme.owner, body)) == (400, "invalid")
    assert mail.outbox == []


def test_a_member_is_not_invited_again(cast: Cast, invite) -> None:
    answer, _ = invite(email="AGENT@acme.test")
    assert code_of(answer) == (409, "conflict")


def test_only_owners_see_and_send_invitations(cast: Cast) -> None:
    for user in (cast.acme.agent, cast.acme.supervisor):
        assert code_of(get("invitations/", user)) == (403, "forbidden")
        assert code_of(call("post", "invitations/", user, {"email": "a@b.test"})) == (403, "forbidden")


def test_another_tenants_invitations_are_not_found(cast: Cast, invite) -> None:
    answer, secret = invite()
    theirs = call("delete", f"invitations/{answer.json()['id']}/", cast.outsider)
    nobodys = call("delete", "invitations/999999/", cast.outsider)
    assert code_of(theirs) == (404, "not_found")
    assert theirs.content == nobodys.content
    assert accept_invitation(secret=secret, user=cast.newcomer).role == "agent"


def test_inviting_is_limited(cast: Cast, settings) -> None:
    settings.RATE_LIMITS = {**settings.RATE_LIMITS, "invitation": "2/3600"}
    answers = [call("post", "invitations/", cast.acme.owner, {"email": f"a{n}@b.test"}) for n in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[2].json()["error"]["retry_after_s"] > 0


def test_a_person_keeps_the_higher_role_that_they_have_by_now(cast: Cast, invite) -> None:
    """Invited twice under two roles, or made an owner meanwhile: an old link takes nothing away."""
    _, secret = invite(role="agent")
    add_member(organisation=cast.acme.organisation, user=cast.newcomer, role="owner")
    assert accept_invitation(secret=secret, user=cast.newcomer).role == "owner"
