"""What to ask of which state of the bot."""

from typing import Any

from django import forms

from chatbots.evaluation.cases import Case, parse_cases, read_cases
from core.errors import ParleyError

EXAMPLE = "question,expect\nHow long does delivery take?,Delivery time\nWho won the match?,abstain"
PASTED = "Pasted cases"


class CasesForm(forms.Form):
    """`cases` and `title` are there once it is valid."""

    prefix = "run"
    document = forms.FileField(
        label="File",
        required=False,
        widget=forms.FileInput(attrs={"accept": ".csv,.json"}),
        help_text="CSV with the columns question and expect, or JSON.",
    )
    text = forms.CharField(
        label="Or paste them",
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "placeholder": EXAMPLE, "spellcheck": "false"}),
        help_text="expect is the title of an entry or source, abstain, hand_off, clarify, or text: and words of the answer.",
    )
    version = forms.ChoiceField(label="Ask", widget=forms.Select)

    def __init__(self, *args: Any, published: int = 0, **options: Any) -> None:
        super().__init__(*args, **options)
        self.cases: list[Case] = []
        live = [("published", f"What visitors get (version {published})")] if published else []
        self.fields["version"] = forms.ChoiceField(label="Ask", choices=[("draft", "The draft"), *live])

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        document, text = data.get("document"), data.get("text") or ""
        if document is None and not text.strip():
            self.add_error("document", "Choose a file, or paste cases below.")
            return data
        field = "document" if document is not None else "text"
        try:
            self.cases = read_cases(document.file) if document is not None else parse_cases(text)
        except ParleyError as error:
            self.add_error(field, error.detail)
        return data

    @property
    def title(self) -> str:
        document = self.cleaned_data.get("document")
        return str(document.name) if document is not None else PASTED
