"""The ways to give a bot knowledge in the dashboard: files, a page or a site of the web, pasted text, a single entry."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings

from chatbots.knowledge.formats import FORMATS
from chatbots.knowledge.web.addresses import MAX_ADDRESS

SUFFIXES = ",".join(suffix for chosen in FORMATS for suffix in chosen.suffixes)


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
            "Choose them, or drop them here. PDF, Word, HTML, Markdown, plain text; or questions and answers as CSV with"
            " the columns title, question, answer (a row for each way to ask) or JSON. A file of the same name takes the"
            " place of the old one."
        ),
    )

    @property
    def uploads(self) -> list[Any]:
        """The uploaded files."""
        return list(self.cleaned_data["documents"])


class PageForm(forms.Form):
    """The name `address` is that in the faults of `start_web_import`."""

    prefix = "page"
    address = forms.CharField(
        label="Address",
        max_length=MAX_ADDRESS,
        widget=forms.TextInput(attrs={"placeholder": "https://example.com/help/returns", "inputmode": "url"}),
        help_text="One page that everybody can open. Its menus and banners are left out.",
    )


class SiteForm(forms.Form):
    """The same for all pages of a site."""

    prefix = "site"
    address = forms.CharField(
        label="Address of the site or its sitemap",
        max_length=MAX_ADDRESS,
        widget=forms.TextInput(attrs={"placeholder": "https://example.com/sitemap.xml", "inputmode": "url"}),
    )

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.fields[
            "address"
        ].help_text = f"The pages in its sitemap, up to {settings.KNOWLEDGE_MAX_PAGES:,}, as far as its robots.txt allows."


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
