"""Whether what a bot said is what a case expects, and in words why not."""

from typing import Any

import pytest

from chatbots.evaluation.cases import Case
from chatbots.evaluation.judging import Given, judge, list_names, matches

KNOWN = list_names([("Returns", "faq.csv"), ("Shop › Delivery", "pages/delivery.md")])


def given(outcome: str = "answered", **fields: Any) -> Given:
    known: dict[str, Any] = {"outcome": outcome, "title": "Returns", "source": "faq.csv", "threshold": 0.5}
    return Given(**known | fields)


@pytest.mark.parametrize("name", ["returns", " Returns ", "faq.csv", "FAQ"])
def test_a_candidate_goes_by_its_title_its_source_and_that_without_suffix(name: str) -> None:
    assert matches(name, title="Returns", source="faq.csv")


@pytest.mark.parametrize("name", ["Shop", "Delivery", "Shop › Delivery", "delivery", "pages/delivery.md"])
def test_a_passage_goes_by_every_heading_above_it(name: str) -> None:
    assert matches(name, title="Shop › Delivery", source="pages/delivery.md")


@pytest.mark.parametrize(
    ("expect", "outcome", "ok"),
    [
        ("Returns", "answered", True),
        ("Returns", "abstained", False),
        ("Returns", "clarified", False),
        ("Shop", "answered", False),
        ("abstain", "abstained", True),
        ("abstain", "handed_off", True),
        ("abstain", "clarified", False),
        ("abstain", "answered", False),
        ("hand_off", "handed_off", True),
        ("hand_off", "abstained", False),
        ("clarify", "clarified", True),
        ("clarify", "answered", False),
        ("text:30  DAYS", "answered", True),
        ("text:a year", "answered", False),
        ("text:30 days", "abstained", False),
    ],
)
def test_each_expectation_is_met_by_its_outcome_only(expect: str, outcome: str, ok: bool) -> None:
    verdict = judge(Case("?", expect), given(outcome, text="Within 30 days."), known=KNOWN)
    assert verdict.ok is ok
    assert bool(verdict.why) is not ok


def test_the_best_source_counts_as_right_also_where_the_bot_abstained() -> None:
    verdict = judge(Case("?", "Returns"), given("abstained", confidence=0.4), known=KNOWN)
    assert (verdict.ok, verdict.right) == (False, True)
    assert "only 40% sure; 50% are needed" in verdict.why


@pytest.mark.parametrize(
    ("expect", "what", "words"),
    [
        ("Warranty", given(), "Nothing in the knowledge is called “Warranty”."),
        ("Shop", given(confidence=0.9), "It answered from “Returns” (90% sure) instead of “Shop”."),
        ("Shop", given("handed_off", title="", source=""), "It found nothing and fetched a person."),
        ("Shop", given("abstained", confidence=0.2), "the best that it found was “Returns” (20% sure)"),
        ("Shop", given("clarified", choices=("Returns", "Shop")), "The right one was among the choices."),
        ("Shop", given("clarified", choices=("Returns",)), "was not among the choices"),
        (
            "Returns",
            given("handed_off", title="", source="", rule="keywords"),
            "The rule “keywords” came before",
        ),
        ("abstain", given(confidence=0.8), "80% sure, and 50% are enough"),
        ("hand_off", given(rule="greeting", title=""), "the rule “greeting” came first"),
        ("text:a year", given(text="No."), "without the words “a year”"),
    ],
)
def test_each_failure_is_explained(expect: str, what: Given, words: str) -> None:
    assert words in judge(Case("?", expect), what, known=KNOWN).why


def test_a_bot_that_found_nothing_is_never_right() -> None:
    assert not judge(Case("?", "Returns"), given("abstained", title="", source=""), known=KNOWN).right
