"""Who asks for a person is heard in six languages, and who only mentions one is not."""

import csv
import os
import time
from pathlib import Path

import pytest

from chatbots.rules.wishes.finding import LANGUAGES, find_wish
from chatbots.rules.wishes.typos import correct_words, is_one_slip
from tests.chatbots.rules.wordings import QUESTIONS, WISHES

EVALUATION = os.environ.get("PARLEY_EVAL_DATA", "")
# What asks for a person among the evaluation's questions that no bot is to answer.
TRUE_WISHES = {"i need to speak to customer service regarding my flight"}
HOSTILE = (
    "talk to a " * 800, "i need " * 1_000, "a" * 8_000, "good " * 1_600, "human " * 36, "can i " * 36, "ich möchte " * 19,
    "mit einem " * 21, "je veux parler à " * 12, "de " * 70, "un une le la " * 16, "أريد أن " * 25, "موظف " * 40,
    "real live human " * 13, "human, " * 1_000, "to get to get to " * 12, "é " * 100, "a, i can " * 800, "\u0301" * 8_000,
    "i want to talk to someone who can " * 6, "quiero que " * 19, "\ufdfa" * 8_000, "and i " * 36, "اريد " * 40,
)  # fmt: skip


def test_there_are_enough_wordings_of_each_language() -> None:
    assert WISHES.keys() == QUESTIONS.keys() == {language.name for language in LANGUAGES}
    assert min(len(wordings) for wordings in WISHES.values()) >= 25
    assert min(len(wordings) for wordings in QUESTIONS.values()) >= 10


@pytest.mark.parametrize("language", WISHES)
def test_each_wish_is_heard(language: str) -> None:
    assert [wording for wording in WISHES[language] if find_wish(wording) is None] == []


@pytest.mark.parametrize("language", WISHES)
@pytest.mark.parametrize(
    "change", [str.upper, str.lower, lambda text: f"  {text}   ", lambda text: f"{text}…!"]
)
def test_a_wish_is_heard_however_it_is_typed(language: str, change: object) -> None:
    assert callable(change)
    assert [wording for wording in WISHES[language] if find_wish(change(wording)) is None] == []


@pytest.mark.parametrize("language", QUESTIONS)
def test_a_question_that_mentions_people_is_no_wish(language: str) -> None:
    assert [(text, find_wish(text)) for text in QUESTIONS[language] if find_wish(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "I don't want to talk to a human", "Ich will nicht mit einem Menschen sprechen", "No quiero hablar con un agente",
        "Não quero falar com um atendente", "je ne veux pas parler à un conseiller", "لا أريد التحدث مع موظف",
    ],
)  # fmt: skip
def test_who_wants_no_person_gets_none(text: str) -> None:
    assert find_wish(text) is None


def test_the_wish_says_which_words_and_which_language_it_is() -> None:
    wish = find_wish("Das hilft nicht. Ich möchte bitte mit einem Menschen sprechen!")
    assert wish is not None
    assert (wish.words, wish.language) == ("ich mochte mit einem menschen sprechen", "German")


def test_a_wish_at_the_end_of_a_long_complaint_is_heard() -> None:
    assert find_wish("It came late, it was cold, nobody cared. " * 60 + "Let me talk to a human.")


def test_one_slip_is_forgiven_and_two_are_not() -> None:
    assert all(is_one_slip(word, "human") for word in ("humn", "humman", "hunan", "hmuan", "uman", "humans"))
    assert not any(is_one_slip(word, "human") for word in ("hmn", "hamun", "woman", "humane s"))
    assert correct_words("tlak tall talk", frozenset({"talk"})) == "talk tall talk"


@pytest.mark.parametrize("text", HOSTILE, ids=lambda text: text[:12])
def test_no_text_takes_long(text: str) -> None:
    began = time.thread_time()
    find_wish(text)
    assert time.thread_time() - began < 0.1


@pytest.mark.skipif(not EVALUATION, reason="PARLEY_EVAL_DATA names no folder with evaluation files")
@pytest.mark.parametrize("file", ["banking77_test.csv", "banking77_train.csv", "out_of_scope.csv"])
def test_no_real_question_is_taken_for_a_wish(file: str) -> None:
    with (Path(EVALUATION) / file).open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    column = next(name for name in ("question", "text", "query") if name in rows[0])
    assert len(rows) > 50
    assert {row[column] for row in rows if find_wish(row[column])} <= TRUE_WISHES
