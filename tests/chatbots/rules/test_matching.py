"""An owner's rules in their order: which fires, what it says, and why the others do not."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chatbots.configuration import DEFAULT_HANDOFF, Configuration
from chatbots.rules.defaults import KINDS, effective_rules
from chatbots.rules.keywords import find_keyword
from chatbots.rules.matching import (
    Rule,
    adjust_for_hours,
    find_closed_rule,
    match_after,
    match_rule,
    weigh_rules,
)
from chatbots.rules.texts import ENGLISH, TEXTS
from tests.chatbots.rules.wordings import GREETINGS, NEITHER, THANKS

SATURDAY = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
WEEKDAYS = {"time_zone": "Europe/Berlin", "days": {"mon": [["09:00", "17:00"]]}, "closed_on": []}


def make_bot(**fields: Any) -> Configuration:
    handoff = DEFAULT_HANDOFF | fields.pop("handoff", {})
    return Configuration(name="Bot", **{"greeting": "Welcome.", "handoff": handoff, **fields})


def fire(question: str, **fields: Any) -> Rule | None:
    return match_rule(question=question, state={}, configuration=make_bot(**fields), now=SATURDAY)


def after(event: str, state: dict[str, Any] | None = None, **fields: Any) -> Rule | None:
    return match_after(event=event, state=state or {}, configuration=make_bot(**fields), now=SATURDAY)


def words(*keywords: str, **rest: Any) -> dict[str, Any]:
    return {
        "name": "keywords",
        "keywords": list(keywords),
        "text": "About that.",
        "outcome": "answer",
        **rest,
    }


def test_who_only_greets_is_greeted_with_the_bots_own_greeting() -> None:
    assert [text for text in GREETINGS if getattr(fire(text), "name", "") != "greeting"] == []
    rule = fire("hi")
    assert rule is not None
    assert (rule.outcome, rule.text, rule.turn_outcome) == ("answer", "Welcome.", "answered")
    silent = fire("hi", greeting="", languages=["fr-CA"])
    assert silent is not None
    assert silent.text == TEXTS["fr"]["greeting.answer"]


def test_who_only_thanks_is_answered() -> None:
    assert [text for text in THANKS if getattr(fire(text), "name", "") != "thanks"] == []


def test_a_greeting_or_thanks_with_a_question_is_a_question() -> None:
    assert [text for text in (*NEITHER, "", "?", "   ") if fire(text)] == []


def test_who_asks_for_a_person_is_handed_off_in_the_bots_language() -> None:
    rule = fire("I want to talk to a person", languages=["de"])
    assert rule is not None
    assert (rule.name, rule.outcome, rule.turn_outcome) == ("asked_for_person", "hand_off", "handed_off")
    assert rule.text == TEXTS["de"]["asked_for_person.hand_off"]
    assert "English" in rule.why


def test_the_first_rule_of_the_list_fires_and_says_its_own_words() -> None:
    first = words("human", outcome="offer", text="Our hours are nine to five.")
    rule = fire("I want a human", rules=[first])
    assert rule is not None
    assert (rule.name, rule.outcome, rule.text, rule.number) == ("keywords", "offer", first["text"], 1)
    last = fire("I want a human", rules=[{"name": "asked_for_person"}, first])
    assert last is not None
    assert (last.name, last.number) == ("asked_for_person", 1)


def test_a_rule_that_is_off_does_not_fire() -> None:
    assert fire("I want a human", rules=[{"name": "asked_for_person", "on": False}]) is None


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("refund", "I want a REFUND!"), ("money back", "give me my money  back"), ("remboursé", "Je veux être rembourse"),
        ("Straße", "in welcher STRASSE"), ("l'achat", "après l’achat"), ("C++", "do you teach c?"), ("退款", "我要退款"),
        ("24/7", "open 24/7?"),
    ],
)  # fmt: skip
def test_a_keyword_is_found_as_whole_words_whatever_its_case_and_accents(keyword: str, text: str) -> None:
    assert find_keyword(text, ["nothing", keyword]) == keyword


@pytest.mark.parametrize(
    ("keyword", "text"),
    [("refund", "nonrefundable"), ("money back", "money is back"), ("art", "party"), ("!!", "hello")],
)
def test_a_part_of_a_word_is_no_keyword(keyword: str, text: str) -> None:
    assert find_keyword(text, [keyword]) == ""


def test_each_rule_that_looked_says_why() -> None:
    weighed = weigh_rules(
        event="question",
        question="I want a human",
        state={},
        configuration=make_bot(rules=[{"name": "thanks", "on": False}, words("human"), words("refund")]),
        now=SATURDAY,
    )
    assert [(note["name"], note["matched"], note["fired"]) for note in weighed.notes] == [
        ("thanks", False, False),
        ("keywords", True, True),
        ("keywords", False, False),
        ("asked_for_person", True, False),
        ("greeting", False, False),
    ]
    assert weighed.notes[0]["why"] == "It is switched off."
    assert "But rule 2 came first." in weighed.notes[3]["why"]


@pytest.mark.parametrize(("when_unsure", "outcome"), [("hand_off", "hand_off"), ("offer", "offer")])
def test_what_it_does_when_it_cannot_help_is_the_owners_choice(when_unsure: str, outcome: str) -> None:
    rule = after("abstained", {"unanswered": 1}, handoff={"when_unsure": when_unsure})
    assert rule is not None
    assert (rule.name, rule.outcome, rule.text) == ("cannot_help", outcome, ENGLISH[f"cannot_help.{outcome}"])


def test_repeated_abstention_comes_before_the_single_one() -> None:
    for unanswered, name in ((1, "cannot_help"), (2, "repeated_abstention"), (3, "repeated_abstention")):
        rule = after("abstained", {"unanswered": unanswered}, handoff={"when_unsure": "offer"})
        assert rule is not None
        assert rule.name == name


def test_with_every_rule_off_an_abstention_only_says_so() -> None:
    off = [{"name": name, "on": False} for name in ("cannot_help", "repeated_abstention")]
    rule = after("abstained", {"unanswered": 9}, rules=off)
    assert rule is not None
    assert (rule.outcome, rule.turn_outcome, rule.text) == (
        "answer",
        "abstained",
        ENGLISH["cannot_help.answer"],
    )


def test_the_second_thumb_down_can_be_the_one_that_counts() -> None:
    rules = [{"name": "thumbs_down", "after": 2, "outcome": "hand_off"}]
    assert after("thumbs_down", {"thumbs_down": 1}, rules=rules) is None
    second = after("thumbs_down", {"thumbs_down": 2}, rules=rules)
    assert second is not None
    assert second.outcome == "hand_off"
    first = after("thumbs_down")
    assert first is not None
    assert first.outcome == "offer"


def test_a_failed_provider_leaves_the_answer_to_the_bot_by_default() -> None:
    rule = after("provider_failed")
    assert rule is not None
    assert (rule.outcome, rule.text) == ("answer", "")
    written = after(
        "provider_failed", rules=[{"name": "provider_failed", "text": "Sorry.", "outcome": "answer"}]
    )
    assert written is not None
    assert written.text == ""
    off = [{"name": "provider_failed", "on": False}]
    assert after("provider_failed", rules=off) is None


def test_outside_the_hours_a_hand_off_says_when_people_are_back_and_waits() -> None:
    rule = fire("agent", opening_hours=WEEKDAYS)
    assert rule is not None
    assert (rule.name, rule.cause, rule.outcome) == ("opening_hours", "asked_for_person", "hand_off")
    assert "We are back on Monday at 9:00" in rule.text
    assert "Saturday 13:00 in Europe/Berlin" in rule.why


def test_outside_the_hours_the_owner_may_let_nobody_wait_and_say_it_in_own_words() -> None:
    rules = [{"name": "opening_hours", "outcome": "answer", "text": "Wir kommen {opens}, {name}."}]
    rule = fire("agent", opening_hours=WEEKDAYS, rules=rules, languages=["de"])
    assert rule is not None
    assert (rule.outcome, rule.turn_outcome) == ("answer", "abstained")
    assert rule.text == "Wir kommen am Montag um 9:00 Uhr, {name}."


def test_outside_the_hours_an_offer_says_when_people_are_back() -> None:
    rule = after("abstained", opening_hours=WEEKDAYS, handoff={"when_unsure": "offer"})
    assert rule is not None
    assert rule.outcome == "offer"
    assert rule.text.endswith("People are back on Monday at 9:00.")


def test_the_hours_change_nothing_while_people_are_there_or_where_their_rule_is_off() -> None:
    bot, monday = make_bot(opening_hours=WEEKDAYS), datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    rule = Rule("agent_mode", "hand_off", "Fetching.", "A menu.")
    assert adjust_for_hours(rule, configuration=bot, now=monday) is rule
    assert find_closed_rule(configuration=bot, now=monday) is None
    off = make_bot(opening_hours=WEEKDAYS, rules=[{"name": "opening_hours", "on": False}])
    assert adjust_for_hours(rule, configuration=off, now=SATURDAY) is rule
    adjusted = adjust_for_hours(rule, configuration=bot, now=SATURDAY)
    assert adjusted.cause == "agent_mode"
    assert adjust_for_hours(adjusted, configuration=bot, now=SATURDAY) is adjusted


def test_hours_without_any_opening_say_so_without_a_time() -> None:
    rule = fire("agent", opening_hours={"time_zone": "UTC", "days": {}, "closed_on": []})
    assert rule is not None
    assert rule.text == ENGLISH["closed.hand_off"]


def test_a_rule_of_a_newer_program_is_left_out() -> None:
    names = [rule["name"] for rule in effective_rules(make_bot(rules=[{"name": "mood"}, {"on": True}]))]
    assert names == [name for name in KINDS if name != "keywords"]


def test_every_language_has_every_text() -> None:
    assert all(texts.keys() == ENGLISH.keys() for texts in TEXTS.values())
    for kind in KINDS.values():
        missing = [outcome for outcome in kind.outcomes if f"{kind.name}.{outcome}" not in ENGLISH]
        assert missing == (["answer"] if kind.name in {"keywords", "provider_failed"} else [])
    assert all(
        "{opens}" in texts[name] for texts in TEXTS.values() for name in ("opening_hours.answer", "back")
    )
