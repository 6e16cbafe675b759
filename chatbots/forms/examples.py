"""Questions that a bot shall not answer, one a line."""

from django import forms


class ExamplesForm(forms.Form):
    questions = forms.CharField(
        label="Questions",
        max_length=200_000,
        widget=forms.Textarea(
            attrs={"rows": 4, "placeholder": "Who won the match?\nCan you write my homework?"}
        ),
        help_text="One a line: what visitors ask that is none of this bot's business.",
    )
