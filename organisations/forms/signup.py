"""Sign-up: an account and, unless one was invited, an organisation of one's own."""

from typing import Any

from allauth.core import context
from django import forms
from django.http import HttpRequest

from core.errors import NotFound
from organisations.actions.invitations import find_invitation
from organisations.actions.organisations import create_organisation
from organisations.models import Invitation, User

# Where the session keeps the secret of an invitation that brought a stranger here.
INVITATION_KEY = "invitation"


def find_pending_invitation(request: HttpRequest | None) -> Invitation | None:
    """The invitation whose link this browser opened before signing up, while it holds."""
    secret = request.session.get(INVITATION_KEY, "") if request is not None else ""
    try:
        return find_invitation(secret) if secret else None
    except NotFound:
        return None


class OrganisationSignupForm(forms.Form):
    """What allauth's sign-up form asks for besides e-mail and password. Who was invited names no organisation."""

    name = forms.CharField(
        label="Your name", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )
    organisation_name = forms.CharField(
        label="Organisation",
        max_length=100,
        help_text="Your company or shop. You can invite others to it.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.invitation = find_pending_invitation(context.request)
        if self.invitation is not None:
            del self.fields["organisation_name"]
            if "email" in self.fields:
                self.fields["email"].initial = self.invitation.email

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the user is stored."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
        if self.invitation is None:
            create_organisation(owner=user, name=self.cleaned_data["organisation_name"])
