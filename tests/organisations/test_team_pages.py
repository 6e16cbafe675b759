"""/team/: who may see it, and who may change it."""

from collections.abc import Callable

import pytest
from django.core import mail
from django.test import Client

from organisations.actions.invitations import invite_member
from organisations.models import Invitation, Membership, Role
from tests.cast import Cast

pytestmark = pytest.mark.django_db
SignIn = Callable[..., Client]


def test_a_stranger_is_asked_to_sign_in_and_brought_back(sign_in: SignIn) -> None:
    answer = sign_in().get("/team/")
    assert answer.status_code == 302
    assert answer["Location"] == "/accounts/login/?next=/team/"


def test_everybody_in_the_team_sees_the_team_and_nobody_of_another(cast: Cast, sign_in: SignIn) -> None:
    for person in cast.acme.people.values():
        page = sign_in(person).get("/team/").content.decode()
        assert cast.acme.supervisor.email in page
        assert cast.rival.owner.email not in page


def test_only_owners_are_offered_changes(cast: Cast, sign_in: SignIn) -> None:
    assert "Send invitation" in sign_in(cast.acme.owner).get("/team/").content.decode()
    for person in (cast.acme.agent, cast.acme.supervisor):
        page = sign_in(person).get("/team/").content.decode()
        assert "Send invitation" not in page
        assert "Remove" not in page


@pytest.mark.parametrize("role", ["agent", "supervisor"])
def test_who_is_no_owner_changes_nothing(cast: Cast, sign_in: SignIn, role: str) -> None:
    client = sign_in(cast.acme.people[role])
    member = cast.acme.membership_of(cast.acme.agent2)
    assert client.post("/team/invite/", {"email": "a@b.test", "role": "agent"}).status_code == 403
    assert client.post(f"/team/members/{member.pk}/role/", {"role": "owner"}).status_code == 403
    assert client.post(f"/team/members/{member.pk}/remove/").status_code == 403
    member.refresh_from_db()
    assert member.role == Role.AGENT
    assert not Invitation.objects.exists()


def test_another_organisations_member_is_the_same_404_as_none(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.outsider)
    member = cast.acme.membership_of(cast.acme.agent)
    for number in (member.pk, 10**9):
        assert client.post(f"/team/members/{number}/role/", {"role": "owner"}).status_code == 404
        assert client.post(f"/team/members/{number}/remove/").status_code == 404
    member.refresh_from_db()
    assert member.role == Role.AGENT


def test_an_owner_gives_a_role(cast: Cast, sign_in: SignIn) -> None:
    member = cast.acme.membership_of(cast.acme.agent)
    answer = sign_in(cast.acme.owner).post(
        f"/team/members/{member.pk}/role/", {"role": "supervisor"}, follow=True
    )
    assert "is supervisor now" in answer.content.decode()
    member.refresh_from_db()
    assert member.role == Role.SUPERVISOR


def test_a_role_that_does_not_exist_is_explained(cast: Cast, sign_in: SignIn) -> None:
    member = cast.acme.membership_of(cast.acme.agent)
    sign_in(cast.acme.owner).post(f"/team/members/{member.pk}/role/", {"role": "emperor"}, follow=True)
    member.refresh_from_db()
    assert member.role == Role.AGENT


def test_the_last_owner_cannot_leave_or_step_down(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.owner)
    member = cast.acme.membership_of(cast.acme.owner)
    for address, data in (
        (f"/team/members/{member.pk}/remove/", {}),
        (f"/team/members/{member.pk}/role/", {"role": "agent"}),
    ):
        assert "needs an owner" in client.post(address, data, follow=True).content.decode()
    member.refresh_from_db()
    assert member.role == Role.OWNER


def test_a_removed_member_is_gone(cast: Cast, sign_in: SignIn) -> None:
    member = cast.acme.membership_of(cast.acme.agent)
    sign_in(cast.acme.owner).post(f"/team/members/{member.pk}/remove/")
    assert not Membership.objects.filter(pk=member.pk).exists()
    answer = sign_in(cast.acme.agent).get("/team/")
    assert (answer.status_code, answer["Location"]) == (302, "/organisation/new/")


@pytest.mark.django_db(transaction=True)
def test_an_invitation_is_mailed_listed_and_withdrawn(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.owner)
    page = client.post(
        "/team/invite/", {"email": "New@Person.test", "role": "agent"}, follow=True
    ).content.decode()
    assert "new@person.test" in page
    assert mail.outbox[0].to == ["new@person.test"]
    invitation = Invitation.objects.get()
    assert invitation.role == Role.AGENT
    client.post(f"/team/invitations/{invitation.pk}/withdraw/")
    assert not Invitation.objects.exists()


def test_another_organisations_invitation_cannot_be_withdrawn(cast: Cast, sign_in: SignIn) -> None:
    invitation = invite_member(
        actor=cast.acme.membership_of(cast.acme.owner), email="new@person.test", role=Role.AGENT
    )
    assert sign_in(cast.outsider).post(f"/team/invitations/{invitation.pk}/withdraw/").status_code == 404
    assert Invitation.objects.filter(pk=invitation.pk).exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"email": "no address", "role": "agent"}, "valid email address"),
        ({"email": "", "role": "agent"}, "required"),
        ({"email": "a@b.test", "role": "emperor"}, "valid choice"),
        ({"email": "supervisor@acme.test", "role": "agent"}, "is a member already"),
    ],
)
def test_a_wrong_invitation_is_explained_at_its_field(
    cast: Cast, sign_in: SignIn, data: dict[str, str], sentence: str
) -> None:
    answer = sign_in(cast.acme.owner).post("/team/invite/", data)
    assert answer.status_code == 400
    assert sentence in answer.content.decode()
    assert not Invitation.objects.exists()


def test_the_team_is_searched_by_name_and_address(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in(cast.acme.owner)
    found = client.get("/team/", {"q": "agent2"}).content.decode()
    assert cast.acme.agent2.email in found
    assert cast.acme.supervisor.email not in found
    assert "Nobody by that name" in client.get("/team/", {"q": "nobody\x00"}).content.decode()
