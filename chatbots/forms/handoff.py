"""The Handoff tab's form: the rules in their order, and the opening hours.

Each rule has a key, its name or `keywords-1`, `keywords-2`, …; its fields are named by it, such as `greeting-text`. The
browser sends the keys as `rule`, in the order in which the rules stand on the page.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import available_timezones

from django import forms

from chatbots.configuration import Configuration
from chatbots.forms.bot import DraftForm
from chatbots.rules.checks import LONGEST_TEXT, MOST_AFTER
from chatbots.rules.defaults import KINDS, effective_rules
from chatbots.rules.hours import DAYS
from chatbots.rules.texts import say
from chatbots.rules.words import COUNTS, HELP, TITLES, word_outcome

KEY = re.compile(r"keywords-\d{1,4}")
CLOCKS = re.compile(r"(\d{1,2})(?::(\d\d))?\s*(?:-|–|—|to)\s*(\d{1,2})(?::(\d\d))?")
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
OFFICE = "09:00–17:00"


@dataclass(slots=True)
class Card:
    """A rule as the page shows it. `outcomes`: value, label, chosen, and what it says where the owner wrote nothing."""

    key: str
    name: str
    title: str
    help: str
    fields: dict[str, Any] = field(default_factory=dict)
    outcomes: list[dict[str, Any]] = field(default_factory=list)

    @property
    def words(self) -> str:
        """What it says by default, with the outcome that is chosen."""
        return next((one["words"] for one in self.outcomes if one["chosen"]), "")


class HandoffForm(DraftForm):
    offer_button = forms.BooleanField(
        label="Show “Talk to a person” all the time",
        required=False,
        help_text="Visitors may ask for a person before they ask the bot. Writing it always works.",
    )
    hours = forms.ChoiceField(
        label="Opening hours",
        required=False,
        choices=(("always", "Somebody is always there"), ("hours", "Somebody is there at these hours")),
        widget=forms.RadioSelect,
    )
    time_zone = forms.CharField(
        label="Time zone",
        required=False,
        max_length=64,
        widget=forms.TextInput(attrs={"list": "time-zones", "autocomplete": "off", "spellcheck": "false"}),
    )
    closed_on = forms.CharField(
        label="Closed on",
        required=False,
        max_length=4_000,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "2026-12-25", "spellcheck": "false"}),
        help_text="Holidays, one date a line, like 2026-12-25.",
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for day, name in zip(DAYS, DAY_NAMES, strict=True):
            self.fields[f"hours_{day}"] = forms.CharField(label=name, required=False, max_length=200)
        self.keys = self._read_keys()
        for key in self.keys:
            self.fields.update(_make_fields(key))
        self._sent: list[str] = []

    @classmethod
    def read(cls, configuration: Configuration) -> dict[str, Any]:
        values: dict[str, Any] = {"keys": [], "offer_button": configuration.handoff["offer_button"]}
        for number, rule in enumerate(effective_rules(configuration), start=1):
            key = f"keywords-{number}" if rule["name"] == "keywords" else rule["name"]
            values["keys"].append(key)
            values |= {f"{key}-{name}": value for name, value in rule.items() if name != "name"}
            if "keywords" in rule:
                values[f"{key}-keywords"] = "\n".join(rule["keywords"])
        return values | _read_hours(configuration.opening_hours)

    def changes(self) -> dict[str, Any]:
        changes: dict[str, Any] = {}
        if self.data.get("reset") == "rules":
            return {"rules": [], "handoff": {"when_unsure": KINDS["cannot_help"].outcomes[0]}}
        if "offer_button" in self.cleaned_data:
            changes["handoff"] = {"offer_button": self.cleaned_data["offer_button"]}
        rule_fields = {name for key in self.keys for name in _make_fields(key)}
        if self.keys and rule_fields <= self.cleaned_data.keys():
            self._sent = [key for key in self.keys if not self._is_blank(key)]
            changes["rules"] = [self._collect_rule(key) for key in self._sent]
        hours = self._collect_hours()
        if hours is not None:
            changes["opening_hours"] = hours
        return changes

    def note_fault(self, name: str, sentence: str) -> None:
        """`rules.2.text` belongs to the third rule that was sent, `opening_hours.days.mon` to Monday."""
        first, _, rest = name.partition(".")
        if first == "rules":
            place, _, part = rest.partition(".")
            key = self._sent[int(place)] if place.isdecimal() else self._sent[-1]
            name = f"{key}-{part}" if f"{key}-{part}" in self.fields else f"{key}-text"
        elif first == "opening_hours":
            *_, last = name.split(".")
            name = f"hours_{last}" if last in DAYS else "closed_on" if last == "closed_on" else "time_zone"
        super().note_fault(name, sentence)

    def describe(self, configuration: Configuration) -> dict[str, Any]:
        """What the page shows beside the fields: the rules' cards, one for a new rule of words, days and time zones."""
        return {
            "cards": [self._make_card(key, configuration) for key in self.keys],
            "fresh": _make_fresh_card(configuration),
            "days": [self[f"hours_{day}"] for day in DAYS],
            "zones": sorted(zone for zone in available_timezones() if "/" in zone or zone == "UTC"),
        }

    def _read_keys(self) -> list[str]:
        """In the order of the page; where a button without script moved or removed one, as that leaves it."""
        if not self.is_bound:
            return list(self.initial.get("keys", ()))
        sent = self.data.getlist("rule") if hasattr(self.data, "getlist") else []
        keys = [key for key in dict.fromkeys(sent) if key in KINDS or KEY.fullmatch(key)]
        keys = [key for key in keys if key != "keywords" and key != self.data.get("remove")]
        key, _, where = str(self.data.get("move", "")).partition(":")
        if key in keys:
            place = keys.index(key) + (-1 if where == "up" else 1)
            keys.remove(key)
            keys.insert(max(place, 0), key)
        return keys

    def _is_blank(self, key: str) -> bool:
        """A new rule of words in which nothing has been written yet."""
        if not KEY.fullmatch(key):
            return False
        return not (self.cleaned_data[f"{key}-keywords"] or self.cleaned_data[f"{key}-text"])

    def _collect_rule(self, key: str) -> dict[str, Any]:
        names = [name.removeprefix(f"{key}-") for name in _make_fields(key)]
        rule: dict[str, Any] = {"name": _name_of(key)}
        rule |= {name: self.cleaned_data[f"{key}-{name}"] for name in names}
        if "keywords" in rule:
            rule["keywords"] = [word for line in rule["keywords"].splitlines() for word in line.split(",")]
        return rule

    def _collect_hours(self) -> dict[str, Any] | None:
        """None where they were not sent, or something is wrong with them."""
        chosen = self.cleaned_data.get("hours")
        if chosen != "hours":
            return {} if chosen == "always" else None
        names = ["time_zone", "closed_on", *(f"hours_{day}" for day in DAYS)]
        if not set(names) <= self.cleaned_data.keys():
            return None
        return {
            "time_zone": self.cleaned_data["time_zone"].strip(),
            "days": {day: parse_intervals(self.cleaned_data[f"hours_{day}"]) for day in DAYS},
            "closed_on": self.cleaned_data["closed_on"].replace(",", " ").split(),
        }

    def _make_card(self, key: str, configuration: Configuration) -> Card:
        name = _name_of(key)
        fields = {part: self[f"{key}-{part}"] for part in _list_parts(name)}
        outcome = fields["outcome"].value() if "outcome" in fields else KINDS[name].outcomes[0]
        return Card(key, name, TITLES[name], HELP[name], fields, _list_outcomes(name, outcome, configuration))


def parse_intervals(text: str) -> list[list[str]]:
    """ "9-12, 13:00–17:00" as lists of from and to; what is no interval stays as it is, for the checks to refuse."""
    parts = [part.strip() for part in text.replace(";", ",").split(",") if part.strip()]
    return [_parse_interval(part) for part in parts]


def _parse_interval(text: str) -> list[str]:
    found = CLOCKS.fullmatch(text)
    if not found:
        return [text]
    opens, opens_minute, closes, closes_minute = found.groups()
    return [f"{opens.zfill(2)}:{opens_minute or '00'}", f"{closes.zfill(2)}:{closes_minute or '00'}"]


def _read_hours(hours: dict[str, Any]) -> dict[str, Any]:
    """Where there are none yet, the fields suggest an office's."""
    days = hours.get("days") if hours else {day: [OFFICE.split("–")] for day in DAYS[:5]}
    values: dict[str, Any] = {
        f"hours_{day}": ", ".join("–".join(interval) for interval in (days or {}).get(day, ()))
        for day in DAYS
    }
    values["hours"] = "hours" if hours else "always"
    values["time_zone"] = hours.get("time_zone", "UTC")
    values["closed_on"] = "\n".join(hours.get("closed_on", ()))
    return values


def _name_of(key: str) -> str:
    return "keywords" if KEY.fullmatch(key) else key


def _list_parts(name: str) -> list[str]:
    """The fields of a rule of that kind."""
    parts = ["on", "text"]
    parts += ["outcome"] if len(KINDS[name].outcomes) > 1 else []
    parts += ["after"] if KINDS[name].after else []
    return [*parts, "keywords"] if name == "keywords" else parts


def _make_fields(key: str) -> dict[str, forms.Field]:
    name = _name_of(key)
    choices = [(outcome, word_outcome(name, outcome)) for outcome in KINDS[name].outcomes]
    made: dict[str, forms.Field] = {
        "on": forms.BooleanField(
            label=f"On: {TITLES[name]}", required=False, widget=forms.CheckboxInput(attrs={"role": "switch"})
        ),
        "text": forms.CharField(
            label="In your own words",
            required=False,
            max_length=LONGEST_TEXT,
            widget=forms.Textarea(attrs={"rows": 2}),
        ),
        "outcome": forms.ChoiceField(label="What it does", choices=choices),
        "after": forms.IntegerField(label=COUNTS.get(name, ""), min_value=1, max_value=MOST_AFTER),
        "keywords": forms.CharField(
            label="Words or phrases",
            required=False,
            max_length=10_000,
            widget=forms.Textarea(attrs={"rows": 2, "placeholder": "refund\nmoney back"}),
        ),
    }
    return {f"{key}-{part}": made[part] for part in _list_parts(name)}


def _list_outcomes(name: str, chosen: str, configuration: Configuration) -> list[dict[str, Any]]:
    greeting = configuration.greeting if name == "greeting" else ""
    return [
        {
            "value": outcome,
            "label": word_outcome(name, outcome),
            "chosen": outcome == chosen,
            "words": greeting or say(f"{name}.{outcome}", configuration),
        }
        for outcome in KINDS[name].outcomes
    ]


def _make_fresh_card(configuration: Configuration) -> Card:
    """The pattern from which a browser makes the card of another rule of words; its key is `keywords-0`."""
    key, name = "keywords-0", "keywords"
    form = forms.Form(initial={f"{key}-on": True})
    form.fields.update(_make_fields(key))
    fields = {part: form[f"{key}-{part}"] for part in _list_parts(name)}
    return Card(key, name, TITLES[name], HELP[name], fields, _list_outcomes(name, "answer", configuration))
