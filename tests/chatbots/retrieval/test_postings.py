"""Few hits are added up in plain Python, many by numpy: nobody can tell from the results which it was."""

import random
from collections import defaultdict
from unittest.mock import patch

import pytest

from chatbots.retrieval import postings
from chatbots.retrieval.base import Candidate
from chatbots.retrieval.bm25 import WordIndex, build_index
from chatbots.retrieval.texts import Entry
from tests.chatbots.retrieval import test_banking77 as banking77

WORDS = [f"word{number}" for number in range(60)]


def search_both_ways(
    index: WordIndex, question: str, *, limit: int = 5
) -> tuple[list[Candidate], list[Candidate]]:
    with patch.object(postings, "FEW_HITS", 10**9):
        few = index.search(question, limit=limit)
    with patch.object(postings, "FEW_HITS", -1):
        many = index.search(question, limit=limit)
    return few, many


def say(dice: random.Random, longest: int) -> str:
    # Low numbers are common words, as in a language.
    return " ".join(WORDS[int(dice.random() ** 2 * len(WORDS))] for _ in range(dice.randint(1, longest)))


@pytest.mark.parametrize("seed", range(8))
def test_both_ways_find_the_same_in_made_up_knowledge(seed: int) -> None:
    dice = random.Random(seed)
    entries = [
        Entry(number, 1, "s", say(dice, 3), say(dice, 30), "faq", tuple(say(dice, 6) for _ in range(dice.randint(0, 12))))
        for number in range(150)
    ]  # fmt: skip
    index = build_index(entries)

    found = 0
    for _ in range(60):
        few, many = search_both_ways(index, say(dice, 9), limit=dice.randint(1, 8))
        assert few == many
        found += len(few)
    assert found > 100


@banking77.pytestmark
def test_both_ways_find_the_same_in_real_questions() -> None:
    topics: dict[str, list[str]] = defaultdict(list)
    for row in banking77.read_rows("banking77_train.csv"):
        topics[row["category"]].append(row["text"])
    entries = [banking77.make_entry(at, name, tuple(topics[name])) for at, name in enumerate(topics)]
    index = build_index(entries)

    answered = 0
    for question in [row["text"] for row in banking77.read_rows("banking77_test.csv")][::8]:
        few, many = search_both_ways(index, question)
        assert few == many, question
        answered += bool(few)
    assert answered > 200


def test_few_hits_ask_numpy_for_nothing() -> None:
    index = build_index([Entry(1, 1, "s", "Tea", "Green tea.", "faq", ("Do you have tea?",))])

    with patch.object(postings, "find_best", side_effect=AssertionError("numpy was asked")):
        assert index.search("tea")[0].title == "Tea"
