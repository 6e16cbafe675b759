"""Forms over accounts at providers and over budgets. What is allowed is decided by the actions alone."""

from typing import Any

from django import forms

from chatbots.budgets.limits import NAMES, Limits
from chatbots.models import ProviderAccount, ProviderKind

WORDS = {
    "messages_day": "Messages a day",
    "messages_month": "Messages a month",
    "tokens_day": "Tokens a day",
    "tokens_month": "Tokens a month",
}
HEADS = {"visitor": "each visitor", "bot": "each bot", "organisation": "the whole organisation"}


class AccountForm(forms.Form):
    """`read` fills it from an account, without its key; `changes` is what the actions take."""

    name = forms.CharField(
        label="Name",
        max_length=30,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": "openai"}),
        help_text="Small letters, digits and hyphens. Bots call its models name/model. It cannot be changed later.",
    )
    kind = forms.ChoiceField(label="Provider", choices=ProviderKind.choices)
    base_url = forms.CharField(
        label="Address",
        max_length=300,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "url", "placeholder": "http://localhost:11434/v1"}),
        help_text="For a server of your own, or another company that speaks the same. Empty: the provider's own.",
    )
    key = forms.CharField(
        label="Key",
        max_length=500,
        required=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text="Kept encrypted. It is used to ask the provider and never shown again.",
    )
    models = forms.CharField(
        label="Models",
        widget=forms.Textarea(
            attrs={"rows": 3, "placeholder": "gpt-4o-mini 0.15 0.60", "spellcheck": "false"}
        ),
        help_text="One a line: the name, and if you like its prices per million tokens asked and said.",
    )
    currency = forms.CharField(label="Currency of the prices", max_length=3, initial="USD")
    is_on = forms.BooleanField(label="Bots may use it", required=False, initial=True)

    def __init__(self, *args: Any, account: ProviderAccount | None = None, **options: Any) -> None:
        super().__init__(*args, **options)
        if account is not None:
            del self.fields["name"]
            self.fields["key"].help_text = _describe_key(account)

    @classmethod
    def read(cls, account: ProviderAccount) -> dict[str, Any]:
        return {
            "kind": account.kind,
            "base_url": account.base_url,
            "models": "\n".join(map(_write_model, account.offered)),
            "currency": account.currency,
            "is_on": account.is_on,
        }

    def changes(self) -> dict[str, Any]:
        """A key that is left empty stays as it is."""
        data = dict(self.cleaned_data)
        data.pop("name", None)
        if not data["key"]:
            del data["key"]
        return {**data, "models": list(map(_read_model, data["models"].splitlines()))}

    def clean_models(self) -> str:
        lines = [line.strip() for line in self.cleaned_data["models"].splitlines() if line.strip()]
        for line in lines:
            if _read_model(line) is None:
                raise forms.ValidationError(f"“{line[:60]}”: write a name, or a name and two prices.")
        return "\n".join(lines)


class BudgetForm(forms.Form):
    """A number for each scope and limit; empty: as it is without one."""

    def __init__(
        self, *args: Any, scopes: tuple[str, ...], defaults: dict[str, Limits], **options: Any
    ) -> None:
        super().__init__(*args, **options)
        self._scopes = scopes
        for scope in scopes:
            for name in NAMES:
                given = defaults[scope].get(name)
                field = forms.IntegerField(label=WORDS[name], required=False, min_value=0, max_value=10**12)
                field.widget.attrs["placeholder"] = "no limit" if given is None else f"{given}"
                self.fields[f"{scope}_{name}"] = field

    @classmethod
    def read(cls, limits: dict[str, Limits]) -> dict[str, Any]:
        return {f"{scope}_{name}": value for scope, of in limits.items() for name, value in of.items()}

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The fields by whom they limit."""
        return [(HEADS[scope], [self[f"{scope}_{name}"] for name in NAMES]) for scope in self._scopes]

    def limits(self) -> dict[str, Limits]:
        found = {
            scope: {name: self.cleaned_data.get(f"{scope}_{name}") for name in NAMES}
            for scope in self._scopes
        }
        return {
            scope: {name: value for name, value in of.items() if value is not None}
            for scope, of in found.items()
        }


def _describe_key(account: ProviderAccount) -> str:
    if not account.key:
        return "There is none. Kept encrypted, and never shown again."
    ending = f"ends in {account.key_ending}" if account.key_ending else "is short"
    since = f", entered on {account.key_set_at:%d %b %Y}" if account.key_set_at else ""
    return f"The key {ending}{since}. Empty: it stays. It is kept encrypted and never shown."


def _read_model(line: str) -> dict[str, Any] | None:
    name, *prices = line.split()
    try:
        price_in, price_out = map(float, prices or ("nan", "nan"))
    except ValueError:
        return None
    return {
        "name": name,
        "price_in": price_in if prices else None,
        "price_out": price_out if prices else None,
    }


def _write_model(entry: dict[str, Any]) -> str:
    prices = [entry.get("price_in"), entry.get("price_out")]
    if prices == [None, None]:
        return str(entry["name"])
    return " ".join([str(entry["name"]), *(f"{price or 0:g}" for price in prices)])
