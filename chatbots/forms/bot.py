"""Forms over a bot's draft. Each reads the draft into fields, and fields into the changes that `edit_bot` takes.

What is allowed is decided by `edit_bot` alone; a form only knows how to ask.
"""

from collections.abc import Callable
from typing import Any, ClassVar, cast

from django import forms

from chatbots.configuration import Configuration
from chatbots.llm.choices import list_models
from chatbots.models import Chatbot


def _area(rows: int, placeholder: str = "") -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, "placeholder": placeholder})


def _lines(value: str) -> list[str]:
    return [line.strip() for line in value.splitlines() if line.strip()]


class NewBotForm(forms.Form):
    name = forms.CharField(
        label="Name",
        max_length=80,
        help_text="Visitors see it above the conversation. You can change it at any time.",
        widget=forms.TextInput(
            attrs={"autofocus": True, "autocomplete": "off", "placeholder": "Shop helper"}
        ),
    )


class DraftForm(forms.Form):
    """A tab of the editor. `fault_fields` maps names in `Invalid.fields` to fields where they differ."""

    fault_fields: ClassVar[dict[str, str]] = {}

    @classmethod
    def read(cls, configuration: Configuration) -> dict[str, Any]:
        """The fields' values as the draft has them."""
        raise NotImplementedError

    def offer(self, chatbot: Chatbot) -> None:
        """Let the fields offer what this bot may choose from; before the form is shown."""

    def changes(self) -> dict[str, Any]:
        """The changes that the valid fields ask for."""
        raise NotImplementedError

    def note_fault(self, name: str, sentence: str) -> None:
        """Say at its field what `edit_bot` refused; above all of them where it has none here."""
        field = self.fault_fields.get(name, name)
        self.add_error(field if field in self.fields else None, sentence)

    def take(
        self, name: str, target: dict[str, Any], convert: Callable[[Any], Any] = lambda value: value
    ) -> None:
        """Put a valid field's value into `target`."""
        if name in self.cleaned_data:
            target[name] = convert(self.cleaned_data[name])


BY_ITSELF = "The bot itself, with the words of your knowledge"
HELP_MODEL = (
    "A language model words its answers from the passages that it finds in your knowledge, and names them."
    " The question, what was said before it and these passages are sent to the model's provider."
)
HELP_NO_MODEL = (
    "No language model is set up, so nothing leaves this server."
    " An owner can add an account of a provider under Language models."
)


class ModelField(forms.ChoiceField):
    """Its choices are what is offered; what may be chosen is for `edit_bot` to say."""

    def validate(self, value: Any) -> None:
        pass


class BehaviourForm(DraftForm):
    name = forms.CharField(label="Name", max_length=80)
    greeting = forms.CharField(
        label="Greeting",
        max_length=500,
        required=False,
        widget=_area(2),
        help_text="The first thing it says.",
    )
    suggested_questions = forms.CharField(
        label="Suggested questions",
        required=False,
        widget=_area(3, "How long does delivery take?"),
        help_text="One a line, six at most. Visitors may tap them instead of typing.",
    )
    instructions = forms.CharField(
        label="Instructions",
        max_length=8000,
        required=False,
        widget=_area(4, "Be brief and friendly. Say “you”, not “the customer”."),
        help_text="How the language model above is to speak. Without one, the bot answers in the words of your knowledge.",
    )
    model = ModelField(label="Who words the answers", required=False, widget=forms.RadioSelect)
    threshold = forms.IntegerField(
        label="How sure it must be to answer",
        min_value=0,
        max_value=100,
        widget=forms.NumberInput(attrs={"type": "range", "min": 0, "max": 100, "step": 1}),
        help_text="Below this, it says that it does not know and fetches a person. Try it under Knowledge.",
    )
    clarify = forms.BooleanField(
        label="Ask back where two or three answers are about equally likely",
        required=False,
        help_text="“Did you mean …”, with a button for each. It does so only where it would not be sure enough to answer.",
    )

    @classmethod
    def read(cls, configuration: Configuration) -> dict[str, Any]:
        return {
            "name": configuration.name,
            "greeting": configuration.greeting,
            "suggested_questions": "\n".join(configuration.suggested_questions),
            "instructions": configuration.instructions,
            "threshold": round(configuration.threshold * 100),
            "clarify": configuration.clarify,
            "model": configuration.model,
        }

    def offer(self, chatbot: Chatbot) -> None:
        field, offered = cast("ModelField", self.fields["model"]), list_models(chatbot.organisation_id)
        field.help_text = HELP_MODEL if offered else HELP_NO_MODEL
        chosen = self["model"].value() or ""
        gone = [(chosen, f"{chosen} (not offered any more)")] if chosen and chosen not in offered else []
        field.choices = [("", BY_ITSELF), *((name, name) for name in offered), *gone]

    def changes(self) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        for name in ("name", "greeting", "instructions", "model", "clarify"):
            self.take(name, changes)
        self.take("suggested_questions", changes, _lines)
        self.take("threshold", changes, lambda percent: percent / 100)
        return changes


class AppearanceForm(DraftForm):
    fault_fields = {
        f"appearance.{name}": name for name in ("primary", "on_primary", "position", "theme", "avatar_url")
    }

    primary = forms.CharField(label="Colour", widget=forms.TextInput(attrs={"type": "color"}))
    on_primary = forms.CharField(
        label="Words on that colour", widget=forms.TextInput(attrs={"type": "color"})
    )
    position = forms.ChoiceField(
        label="Corner of the page",
        choices=(("left", "Bottom left"), ("right", "Bottom right")),
        widget=forms.RadioSelect,
    )
    theme = forms.ChoiceField(
        label="Theme",
        choices=(("auto", "As the visitor’s device"), ("light", "Light"), ("dark", "Dark")),
        widget=forms.RadioSelect,
    )
    avatar_url = forms.CharField(
        label="Picture",
        required=False,
        max_length=500,
        widget=forms.URLInput(attrs={"placeholder": "https://shop.example.com/helper.png"}),
        help_text="The address of a square picture. Without one, the first letter of its name is shown.",
    )

    @classmethod
    def read(cls, configuration: Configuration) -> dict[str, Any]:
        return dict(configuration.appearance)

    def changes(self) -> dict[str, Any]:
        appearance: dict[str, Any] = {}
        for name in self.fields:
            self.take(name, appearance)
        return {"appearance": appearance} if appearance else {}


class EmbedForm(DraftForm):
    allowed_domains = forms.CharField(
        label="Pages that may show it",
        required=False,
        widget=_area(3, "shop.example.com"),
        help_text="One domain a line, such as shop.example.com or *.example.com. A single * allows every page.",
    )

    @classmethod
    def read(cls, configuration: Configuration) -> dict[str, Any]:
        return {"allowed_domains": "\n".join(configuration.allowed_domains)}

    def changes(self) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        self.take("allowed_domains", changes, _lines)
        return changes
