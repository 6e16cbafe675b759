"""Sign-up: an account and, unless one was invited, an organisation of one's own."""

from typing import Any

from django import forms
from django.http import HttpRequest

from organisations.actions.organisations import create_organisation
from organisations.models import User


class OrganisationSignupForm(forms.Form):
    """What allauth's sign-up form asks for besides e-mail and password."""

    name = forms.CharField(label="Your name", max_length=100, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    organisation_name = forms.CharField(
        label="Organisation",
        max_length=100,
        help_text="Your company or shop. You can invite others to it.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)

    def signup(self, request: HttpRequest, user: User) -> None:
        """Called by allauth once the user is stored."""
        user.name = self.cleaned_data["name"]
        user.save(update_fields=["name"])
        create_organisation(owner=user, name=self.cleaned_data["organisation_name"])
