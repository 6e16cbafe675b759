"""/invitations/<secret>/: from the link in a mail to a member."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.utils import timezone

from organisations.actions.invitations import invite_member
from organisations.models import Invitation, Membership, Organisation, Role, User
from tests.cast import Cast

pytestmark = pytest.mark.django_db(transaction=True)
SignIn = Callable[..., Client]


def invite(cast: Cast, email: str) -> str:
    """The path in the mailed link."""
    invite_member(actor=cast.acme.membership_of(cast.acme.owner), email=email, role=Role.AGENT)
    body = str(mail.outbox[-1].body)
    return "/invitations/" + body.split("/invitations/")[1].split(maxsplit=1)[0]


def test_an_invited_member_accepts(cast: Cast, sign_in: SignIn) -> None:
    path = invite(cast, cast.newcomer.email)
    client = sign_in(cast.newcomer)
    assert "Accept the invitation" in client.get(path).content.decode()
    assert client.post(path)["Location"] == "/"
    assert cast.acme.membership_of(cast.newcomer).role == Role.AGENT
    assert client.get("/")["Location"] == "/console/"


def test_a_stranger_makes_an_account_without_an_organisation_and_comes_back(
    cast: Cast, sign_in: SignIn
) -> None:
    path = invite(cast, "fresh@person.test")
    client = sign_in()
    assert "Make an account" in client.get(path).content.decode()
    form = client.get("/accounts/signup/", {"next": path}).content.decode()
    assert 'name="organisation_name"' not in form
    assert "fresh@person.test" in form
    data = {"email": "fresh@person.test", "name": "Fresh", "password1": "long enough for us 7", "next": path}
    assert client.post("/accounts/signup/", data)["Location"] == path
    client.post(path)
    user = User.objects.get(email="fresh@person.test")
    assert [member.organisation for member in user.memberships.all()] == [cast.acme.organisation]


def test_an_invitation_is_good_once(cast: Cast, sign_in: SignIn) -> None:
    path = invite(cast, cast.newcomer.email)
    client = sign_in(cast.newcomer)
    client.post(path)
    assert client.get(path).status_code == 404


def test_an_invitation_is_good_for_its_address_only(cast: Cast, sign_in: SignIn) -> None:
    path = invite(cast, "somebody@else.test")
    client = sign_in(cast.newcomer)
    assert "Accept the invitation" not in client.get(path).content.decode()
    assert "This invitation is for somebody@else.test" in client.post(path, follow=True).content.decode()
    assert not Membership.objects.filter(user=cast.newcomer).exists()


def test_an_old_a_withdrawn_and_a_made_up_link_look_the_same(cast: Cast, sign_in: SignIn) -> None:
    path = invite(cast, cast.newcomer.email)
    client = sign_in(cast.newcomer)
    Invitation.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    old = client.get(path)
    Invitation.objects.all().delete()
    withdrawn = client.post(path)
    made_up = client.get("/invitations/nothing-of-the-kind/")
    assert {old.status_code, withdrawn.status_code, made_up.status_code} == {404}
    assert "does not hold" in old.content.decode()
    assert not Membership.objects.filter(user=cast.newcomer).exists()


def test_an_uninvited_stranger_names_an_organisation(cast: Cast, sign_in: SignIn) -> None:
    client = sign_in()
    data = {"email": "own@shop.test", "name": "Own", "password1": "long enough for us 7"}
    assert "required" in client.post("/accounts/signup/", data).content.decode()
    client.post("/accounts/signup/", data | {"organisation_name": "Own Shop"})
    assert Organisation.objects.get(name="Own Shop").memberships.get().user.email == "own@shop.test"
