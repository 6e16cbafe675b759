"""Invitations by mail: made by owners, good once, for the invited address only."""

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import send_mail
from django.core.validators import validate_email
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from core.errors import Conflict, Invalid, NotFound
from core.ratelimit import consume_limit
from organisations.access import access_invitations, access_row, require_role
from organisations.actions.organisations import add_member
from organisations.models import Invitation, Membership, Role, User

MAIL = """{inviter} invites you to {organisation} on Parley, as {role}.

Follow this link to accept. It is good for {days} days and for your address only.

{url}
"""


def digest_secret(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def invite_member(*, actor: Membership, email: str, role: str) -> Invitation:
    """Store an invitation and mail its link once that is committed; for owners. A pending one is replaced.

    Raises:
        Invalid: no address, or no such role. Conflict: already a member. RateLimited.
    """
    require_role(actor, Role.OWNER)
    address = _check_invitation(actor=actor, email=email, role=role)
    consume_limit(name="invitation", key=str(actor.organisation_id))
    secret = secrets.token_urlsafe(24)
    with transaction.atomic():
        invitation, _ = Invitation.objects.update_or_create(
            organisation=actor.organisation,
            email=address,
            accepted_at=None,
            defaults={
                "role": role,
                "digest": digest_secret(secret),
                "invited_by": actor.user,
                "expires_at": timezone.now() + timedelta(days=settings.INVITATION_DAYS),
            },
        )
        transaction.on_commit(
            lambda: _mail_invitation(invitation=invitation, inviter=actor.user, secret=secret)
        )
    return invitation


def find_invitation(secret: str) -> Invitation:
    """The invitation that a link's secret stands for. Raises NotFound: none, used or expired."""
    rows = Invitation.objects.filter(accepted_at__isnull=True, expires_at__gt=timezone.now())
    return access_row(rows.select_related("organisation", "invited_by"), digest=digest_secret(secret))


def accept_invitation(*, secret: str, user: User) -> Membership:
    """Make `user` a member; one who is a member by now keeps their role.

    Raises:
        NotFound: a wrong, used or expired link. Conflict: the invitation is for another address.
    """
    invitation = find_invitation(secret)
    if invitation.email != user.email.lower():
        raise Conflict(f"This invitation is for {invitation.email}. Sign in with that address to accept it.")
    with transaction.atomic():
        if not Invitation.objects.filter(pk=invitation.pk, accepted_at=None).update(
            accepted_at=timezone.now()
        ):
            raise NotFound
        member = Membership.objects.filter(organisation=invitation.organisation, user=user).first()
        return member or add_member(organisation=invitation.organisation, user=user, role=invitation.role)


def withdraw_invitation(*, actor: Membership, invitation_id: int) -> None:
    """Delete a pending invitation; its link is dead at once. For owners."""
    access_row(access_invitations(actor), pk=invitation_id).delete()


def _check_invitation(*, actor: Membership, email: str, role: str) -> str:
    address = email.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise Invalid(
            "That is no e-mail address.", fields={"email": "Enter an address like mia@example.com."}
        ) from error
    if role not in Role.values:
        raise Invalid("There is no such role.", fields={"role": "Choose owner, supervisor or agent."})
    if Membership.objects.filter(organisation=actor.organisation, user__email__iexact=address).exists():
        raise Conflict(f"{address} is a member already.")
    return address


def _mail_invitation(*, invitation: Invitation, inviter: User, secret: str) -> None:
    send_mail(
        subject=f"Join {' '.join(invitation.organisation.name.split())} on Parley",
        message=MAIL.format(
            inviter=inviter.display_name,
            organisation=invitation.organisation.name,
            role=invitation.get_role_display().lower(),
            days=settings.INVITATION_DAYS,
            url=settings.BASE_URL + reverse("invitation", args=[secret]),
        ),
        from_email=None,
        recipient_list=[invitation.email],
    )
