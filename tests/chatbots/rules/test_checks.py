"""What owners may save as rules and opening hours: each fault at its field, and one shape in the store."""

from typing import Any

import pytest

from chatbots.rules.checks import check_opening_hours, check_rules, keep_in_step
from chatbots.rules.defaults import DEFAULT_RULES, KINDS
from core.errors import Invalid

WORDS = {"name": "keywords", "keywords": ["refund"], "text": "Like this."}


def faults_of(check: Any, value: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        check(value)
    return caught.value.fields


def test_rules_are_stored_complete_and_in_their_order() -> None:
    stored = check_rules([{"name": "thanks", "text": " Any time. "}, WORDS])
    assert stored[0] == {"name": "thanks", "on": True, "text": "Any time.", "outcome": "answer"}
    assert stored[1] == {**WORDS, "on": True, "outcome": "answer"}
    assert [rule["name"] for rule in stored[2:]] == [
        name for name in KINDS if name not in {"thanks", "keywords"}
    ]
    assert check_rules(stored) == stored


def test_the_default_rules_are_stored_as_none_at_all() -> None:
    assert check_rules([]) == []
    assert check_rules(list(DEFAULT_RULES)) == []
    assert check_rules([{"name": "asked_for_person"}]) == []
    assert check_rules([{"name": "thanks"}]) != []


def test_keywords_are_tidied_and_named_once() -> None:
    rule = {**WORDS, "keywords": [" money   back ", "Money back", "REFUND", "", "refund"]}
    assert check_rules([rule])[0]["keywords"] == ["money back", "REFUND"]


@pytest.mark.parametrize(
    ("rules", "field"),
    [
        (None, "rules"), ({}, "rules"), (["thanks"], "rules"), ([WORDS] * 51, "rules"),
        ([{}], "rules.0.name"), ([{"name": "mood"}], "rules.0.name"), ([{"name": []}], "rules.0.name"),
        ([{"name": "thanks"}, {"name": "thanks"}], "rules.1.name"),
        ([{"name": "thanks", "on": "yes"}], "rules.0.on"), ([{"name": "thanks", "text": 1}], "rules.0.text"),
        ([{"name": "thanks", "text": "x" * 1001}], "rules.0.text"), ([{"name": "thanks", "text": "\x00"}], "rules.0.text"),
        ([{"name": "thanks", "text": "\ud800"}], "rules.0.text"),
        ([{"name": "thanks", "outcome": "hand_off"}], "rules.0.outcome"),
        ([{"name": "asked_for_person", "outcome": []}], "rules.0.outcome"),
        ([{"name": "thanks", "after": 1}], "rules.0.after"),
        ([{"name": "repeated_abstention", "after": 0}], "rules.0.after"),
        ([{"name": "thumbs_down", "after": True}], "rules.0.after"),
        ([{"name": "repeated_abstention", "after": "2"}], "rules.0.after"),
        ([{"name": "repeated_abstention", "after": 21}], "rules.0.after"),
        ([{"name": "thanks"}, {"name": "greeting"}, {"name": "keywords", "text": "x"}], "rules.2.keywords"),
        ([{**WORDS, "keywords": []}], "rules.0.keywords"), ([{**WORDS, "keywords": "refund"}], "rules.0.keywords"),
        ([{**WORDS, "keywords": ["!?"]}], "rules.0.keywords"), ([{**WORDS, "keywords": ["x" * 81]}], "rules.0.keywords"),
        ([{**WORDS, "keywords": [f"w{n}" for n in range(101)]}], "rules.0.keywords"),
        ([{**WORDS, "keywords": ["a\x00"]}], "rules.0.keywords"),
        ([{"name": "keywords", "keywords": ["refund"]}], "rules.0.text"),
    ],
)  # fmt: skip
def test_each_fault_of_a_rule_is_named_at_its_field(rules: Any, field: str) -> None:
    faults = faults_of(check_rules, rules)
    assert list(faults) == [field]
    assert faults[field].endswith((".", "!"))


def test_hours_are_stored_with_every_day_in_order() -> None:
    stored = check_opening_hours(
        {
            "time_zone": "Europe/Berlin",
            "days": {"mon": [["13:00", "17:00"], ["9:00", "12:00"]]},
            "closed_on": ["2026-12-25"] * 2,
        }
    )
    assert list(stored["days"]) == ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert stored["days"]["mon"] == [["09:00", "12:00"], ["13:00", "17:00"]]
    assert stored["closed_on"] == ["2026-12-25"]
    assert check_opening_hours(stored) == stored
    assert check_opening_hours({}) == {}


@pytest.mark.parametrize(
    ("part", "field"),
    [
        ({"time_zone": "Berlin"}, "time_zone"), ({"time_zone": None}, "time_zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone"),
        ({"zone": "UTC"}, "zone"), ({"days": []}, "days"), ({"days": {"monday": []}}, "days.monday"),
        ({"days": {"mon": "9-17"}}, "days.mon"), ({"days": {"mon": [["9", "17"]]}}, "days.mon"),
        ({"days": {"mon": [["09:00"]]}}, "days.mon"),
        ({"days": {"mon": [["25:00", "26:00"]]}}, "days.mon"), ({"days": {"mon": [["09:00", "09:00"]]}}, "days.mon"),
        ({"days": {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]}}, "days.mon"),
        ({"days": {"mon": [["22:00", "02:00"], ["23:00", "24:00"]]}}, "days.mon"),
        ({"days": {"mon": [["24:00", "02:00"]]}}, "days.mon"),
        ({"days": {"mon": [[f"{hour:02}:00", f"{hour:02}:30"] for hour in range(7)]}}, "days.mon"),
        ({"closed_on": "2026-12-25"}, "closed_on"), ({"closed_on": ["25.12.2026"]}, "closed_on"),
        ({"closed_on": ["2026-02-30"]}, "closed_on"),
        ({"closed_on": ["20261225"]}, "closed_on"), ({"closed_on": ["2026-12-25"] * 201}, "closed_on"),
    ],
)  # fmt: skip
def test_each_fault_of_the_hours_is_named_at_its_field(part: dict[str, Any], field: str) -> None:
    assert list(faults_of(check_opening_hours, {"time_zone": "UTC", **part})) == [f"opening_hours.{field}"]


def test_hours_that_are_no_object_are_refused() -> None:
    assert list(faults_of(check_opening_hours, [])) == ["opening_hours"]


def test_what_it_does_when_it_cannot_help_has_one_place() -> None:
    rules = [{"name": "cannot_help", "outcome": "offer"}]
    assert keep_in_step(changes={"rules": rules}, when_unsure="hand_off")["handoff"] == {
        "when_unsure": "offer"
    }
    assert "handoff" not in keep_in_step(changes={"rules": rules}, when_unsure="offer")
    both = {"rules": rules, "handoff": {"when_unsure": "hand_off", "offer_button": True}}
    assert keep_in_step(changes=both, when_unsure="hand_off")["handoff"]["when_unsure"] == "offer"
    assert keep_in_step(changes=both, when_unsure="offer")["handoff"]["when_unsure"] == "hand_off"
    for odd in (
        {"rules": None},
        {"rules": [3]},
        {"rules": rules, "handoff": 3},
        {"rules": [{"name": "cannot_help", "outcome": []}]},
    ):
        assert keep_in_step(changes=odd, when_unsure="hand_off") == odd
    assert check_rules(rules)[0]["outcome"] == "hand_off"
