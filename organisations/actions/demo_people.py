"""The demo's organisations and people."""

from organisations.actions.organisations import add_member
from organisations.models import Membership, Organisation, User


def make_demo_people(
    *, slug: str, name: str, people: list[tuple[str, str, str]], password: str
) -> tuple[Membership, bool]:
    """Make an organisation with (e-mail, name, role) people, the owner first; an existing demo account gets the password.

    Returns the owner's membership, and whether anything was made.
    """
    organisation, made = Organisation.objects.get_or_create(slug=slug, defaults={"name": name})
    memberships: list[Membership] = []
    for email, person, role in people:
        user, fresh = User.objects.get_or_create(email=email, defaults={"name": person, "is_demo": True})
        if fresh or (user.is_demo and not user.check_password(password)):
            user.set_password(password)
            user.save(update_fields=["password"])
        memberships.append(add_member(organisation=organisation, user=user, role=role))
        made |= fresh
    return memberships[0], made
