"""The Menu tab's form: the menus as JSON, which the editor in the browser writes as the owner edits its tree."""

import json
from typing import Any

from django import forms

from chatbots.configuration import Configuration
from chatbots.forms.bot import DraftForm
from chatbots.menus.faults import find_faults, wire_fault
from chatbots.menus.outline import outline_menus
from chatbots.menus.shape import unpack_menu

MOST_CHARACTERS = 400_000


class MenuForm(DraftForm):
    """`invalid`: what `edit_bot` refused, by field."""

    menu = forms.CharField(
        label="The menu as JSON",
        required=False,
        max_length=MOST_CHARACTERS,
        strip=False,
        widget=forms.Textarea(
            attrs={"rows": 18, "spellcheck": "false", "autocapitalize": "off", "class": "menu-json"}
        ),
        help_text="Copy it to keep it, or put another menu in its place. It has the shape of the API’s field “menu”.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.invalid: dict[str, str] = {}

    @classmethod
    def read(cls, configuration: Configuration) -> dict[str, Any]:
        menu = unpack_menu(configuration.menu)
        return {"menu": json.dumps(menu, indent=2, ensure_ascii=False) if menu else ""}

    def clean_menu(self) -> Any:
        text = self.cleaned_data["menu"].strip()
        try:
            return json.loads(text) if text else {}
        except json.JSONDecodeError as error:
            where = f"Line {error.lineno}, character {error.colno}"
            raise forms.ValidationError(f"{where}: this is not JSON ({error.msg.lower()}).") from error
        except RecursionError as error:
            raise forms.ValidationError("This is nested too deep.") from error

    def changes(self) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        self.take("menu", changes)
        return changes

    def note_fault(self, name: str, sentence: str) -> None:
        """All that is wrong is listed beside the tree; the field itself says the first."""
        if not name.startswith("menu"):
            super().note_fault(name, sentence)
            return
        self.invalid[name] = sentence
        if "menu" not in self.errors:
            self.add_error("menu", f"{name}: {sentence}" if name != "menu" else sentence)

    def describe(self, configuration: Configuration) -> dict[str, Any]:
        """For the page: `outline` of the saved menus, and `faults`: what was refused, else what is worth a warning."""
        refused = [
            {"kind": "invalid", "field": name, "text": sentence, "menu": "", "step": "", "button": ""}
            for name, sentence in self.invalid.items()
        ]
        faults = refused or [wire_fault(fault) for fault in find_faults(configuration.menu)]
        return {"outline": outline_menus(configuration.menu), "faults": faults, "saved": not self.errors}
