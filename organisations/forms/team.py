"""Inviting people, and naming an organisation."""

from django import forms

from organisations.models import Role

ROLE_HELP = {
    Role.AGENT: "answers visitors",
    Role.SUPERVISOR: "reads everything, tests bots, steps in",
    Role.OWNER: "everything, bots and people included",
}


class InvitationForm(forms.Form):
    email = forms.EmailField(
        label="E-mail",
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "off", "placeholder": "mia@example.com"}),
    )
    role = forms.ChoiceField(
        label="Role",
        choices=[(role.value, f"{role.label}: {words}") for role, words in ROLE_HELP.items()],
        initial=Role.AGENT,
    )


class OrganisationForm(forms.Form):
    name = forms.CharField(
        label="Name of your organisation",
        max_length=100,
        help_text="Your company or shop. You can invite others to it.",
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
