"""Rules before the search: who asks for a person gets one, and nobody who asks something else."""

import csv
import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from chatbots.configuration import DEFAULT_HANDOFF, Configuration
from chatbots.rules.matching import match_rule

BOT = Configuration(name="Bot", greeting="Welcome.", handoff=DEFAULT_HANDOFF)
NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
EVALUATION = os.environ.get("PARLEY_EVAL_DATA", "")


def rule_of(question: str) -> str:
    rule = match_rule(question=question, state={}, configuration=BOT, now=NOW)
    return rule.name if rule else ""


@pytest.mark.parametrize(
    "question",
    [
        "agent", "human", "a human please", "Human!", "real person", "representative", "operator please",
        "I want a human", "I need an agent", "I want to talk to a person", "I'd like to speak to someone",
        "Can I speak to a human?", "can i talk to a real person please", "Could I please speak with an agent?",
        "let me talk to somebody", "Talk to a person", "chat with an agent", "get me a human", "give me an agent now",
        "Connect me to an agent", "please transfer me to a representative", "put me through to an operator",
        "I would like to speak with a member of staff", "speak to a human being", "I want to speak to a real human",
        "Is there someone I can talk to?", "are you a bot? let me talk to a human", "can a human help me?",
        "I want to speak to customer service", "I want to speak to a manager", "talk to support",
        "connect me with customer support please", "I need to speak to your supervisor", "live agent", "live chat agent",
        "I want to speak with a real life person", "can you get me a person", "human agent please", "Can I have a human?",
    ],
)  # fmt: skip
def test_a_wish_for_a_person_is_heard(question: str) -> None:
    assert rule_of(question) == "asked_for_person"


@pytest.mark.parametrize(
    "question",
    [
        "Which agent delivers my parcel?", "Is the human resources department open?", "How do I become an agent?",
        "Who is the person in charge of refunds?", "Can another person use my card?", "Do you sell to one person only?",
        "What does a travel agent cost?", "Can someone else collect my parcel?", "I want a refund", "Give me the price",
        "My estate agent needs a proof of payment", "I need a personal loan", "Can I send money to another person?",
        "I talked to someone yesterday and they said it would come", "Do I need to talk to my bank first?",
        "Is a human involved in roasting?", "Can I pay a person with PayPal?", "Does your agent for France ship tea?",
        "I need a support stand for my grinder", "How do I contact the manager of my building?", "", "?", "   ",
        "I spoke to an agent but he did not help, where is my order and when will it arrive at my door",
    ],
)  # fmt: skip
def test_a_question_that_only_mentions_people_is_a_question(question: str) -> None:
    assert rule_of(question) == ""


@pytest.mark.parametrize(
    "question", ["hi", "Hello!", "hey there", "Good morning.", "  good evening  ", "HELLO", "hi all"]
)
def test_a_greeting_is_greeted_back_with_the_owners_words(question: str) -> None:
    rule = match_rule(question=question, state={}, configuration=BOT, now=NOW)
    assert rule is not None
    assert (rule.name, rule.outcome, rule.text) == ("greeting", "answer", "Welcome.")


def test_a_bot_without_a_greeting_greets_all_the_same() -> None:
    rule = match_rule(question="hi", state={}, configuration=Configuration(name="Bot"), now=NOW)
    assert rule is not None
    assert rule.text


@pytest.mark.parametrize(
    "question", ["hi, where is my order?", "hello world of coffee", "good morning blend price"]
)
def test_a_greeting_with_a_question_is_a_question(question: str) -> None:
    assert rule_of(question) == ""


@pytest.mark.parametrize(
    "question", ["thanks", "Thank you!", "ok, thanks", "thx", "many thanks", "thank you so much"]
)
def test_thanks_are_taken(question: str) -> None:
    assert rule_of(question) == "thanks"


def test_thanks_with_a_question_are_a_question() -> None:
    assert rule_of("thanks, and what about returns?") == ""


def test_no_text_takes_the_rules_long() -> None:
    began = time.process_time()
    for text in (
        "talk to a " * 800,
        "i need " * 1_000,
        "a" * 8_000,
        "good " * 1_600,
        "talk " * 12,
        "human " * 12,
    ):
        rule_of(text)
    assert time.process_time() - began < 0.2


@pytest.mark.skipif(not EVALUATION, reason="PARLEY_EVAL_DATA names no folder with evaluation files")
@pytest.mark.parametrize("file", ["banking77_test.csv", "banking77_train.csv", "out_of_scope.csv"])
def test_no_real_question_is_taken_for_a_wish_for_a_person(file: str) -> None:
    with (Path(EVALUATION) / file).open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    column = next(name for name in ("question", "text", "query") if name in rows[0])
    found = [row[column] for row in rows if rule_of(row[column])]
    assert len(rows) > 50
    assert found == []
