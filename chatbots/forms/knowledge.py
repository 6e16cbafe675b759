"""The three ways to give a bot knowledge in the dashboard: files, pasted text, a single entry."""

from collections.abc import Iterable
from typing import Any

from django import forms

SUFFIXES = ".csv,.json,.md,.markdown,.txt,.text"


class ManyFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """Like FileField, but for every file that was chosen: cleans to a list."""

    widget = ManyFilesInput

    def clean(self, data: Any, initial: Any = None) -> Any:
        files: Iterable[Any] = data if isinstance(data, (list, tuple)) else [data]
        return [super(ManyFilesField, self).clean(file, initial) for file in files or [None]]


class UploadForm(forms.Form):
    prefix = "upload"
    documents = ManyFilesField(
        label="Files",
        widget=ManyFilesInput(attrs={"accept": SUFFIXES}),
        help_text=(
            "CSV with the columns title, question, answer (a row for each way to ask), JSON, Markdown or plain text."
            " A file of the same name takes the place of the old one."
        ),
    )

    @property
    def uploads(self) -> list[Any]:
        """The uploaded files."""
        return list(self.cleaned_data["documents"])


class PasteForm(forms.Form):
    prefix = "paste"
    title = forms.CharField(
        label="Title", max_length=200, help_text="Visitors see it as the source of an answer."
    )
    text = forms.CharField(
        label="Text",
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="Plain text or Markdown. Headings help: each section becomes a passage.",
    )


class EntryForm(forms.Form):
    """The names are those in the faults of `add_faq_entry`."""

    prefix = "entry"
    title = forms.CharField(label="Title", max_length=500, help_text="What it is about, in a few words.")
    questions = forms.CharField(
        label="Ways to ask it",
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "How long does delivery take?\nWhen will my parcel arrive?"}
        ),
        help_text="One a line. Two or three, as different as visitors are.",
    )
    answer = forms.CharField(
        label="Answer", widget=forms.Textarea(attrs={"rows": 4}), help_text="Markdown works."
    )
