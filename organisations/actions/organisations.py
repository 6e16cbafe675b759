"""Making organisations, and changing who belongs to them."""

import secrets

from django.db import IntegrityError, transaction
from django.utils.text import slugify

from core.errors import Conflict, Invalid
from organisations.access import access_members, access_row, require_role
from organisations.models import Membership, Organisation, Role, User


def create_organisation(*, owner: User, name: str, slug: str = "") -> Organisation:
    """Make an organisation with `owner` in it. Where `slug` is empty, one is made from the name.

    Raises:
        Conflict: the slug that was asked for is taken.
    """
    wanted = slug or slugify(name)[:50] or "organisation"
    for candidate in (wanted, f"{wanted}-{secrets.token_hex(3)}"):
        try:
            with transaction.atomic():
                organisation = Organisation.objects.create(name=name, slug=candidate)
                Membership.objects.create(organisation=organisation, user=owner, role=Role.OWNER)
                return organisation
        except IntegrityError as error:
            if slug:
                raise Conflict(
                    f"There is an organisation {slug} already. Choose another short name."
                ) from error
    raise Conflict("No free short name was found. Try again.")


def add_member(*, organisation: Organisation, user: User, role: str) -> Membership:
    """Add `user`, or give an existing member the role."""
    if role not in Role.values:
        raise Invalid(f"There is no role {role}.", fields={"role": "Choose owner, supervisor or agent."})
    membership, _ = Membership.objects.update_or_create(
        organisation=organisation, user=user, defaults={"role": role}
    )
    return membership


def change_role(*, actor: Membership, member_id: int, role: str) -> Membership:
    """Give a member another role; for owners.

    Raises:
        Conflict: the organisation would be left without an owner.
    """
    require_role(actor, Role.OWNER)
    if role not in Role.values:
        raise Invalid(fields={"role": "Choose owner, supervisor or agent."})
    with transaction.atomic():
        member = access_row(access_members(actor), pk=member_id)
        if role != Role.OWNER:
            _keep_one_owner(member)
        member.role = role
        member.save(update_fields=["role"])
    return member


def withdraw_member(*, actor: Membership, member_id: int) -> None:
    """Take somebody out of the organisation; their open sockets close within seconds. For owners.

    Raises:
        Conflict: the organisation would be left without an owner.
    """
    require_role(actor, Role.OWNER)
    with transaction.atomic():
        member = access_row(access_members(actor), pk=member_id)
        _keep_one_owner(member)
        member.delete()


def _keep_one_owner(member: Membership) -> None:
    """Locks the organisation's row, so that two withdrawals at once cannot both pass."""
    Organisation.objects.select_for_update().get(pk=member.organisation_id)
    owners = Membership.objects.filter(organisation_id=member.organisation_id, role=Role.OWNER)
    if not owners.exclude(pk=member.pk).exists():
        raise Conflict("An organisation needs an owner. Make somebody else an owner first.")
