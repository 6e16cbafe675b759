"""Real questions: 77 topics of a bank's help desk, and questions that it has no answer to (PARLEY_EVAL_DATA)."""

import csv
import os
import random
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import pytest

from chatbots.retrieval.bm25 import DEFAULT_THRESHOLD, build_index
from chatbots.retrieval.texts import Entry

DATA = os.environ.get("PARLEY_EVAL_DATA", "")
pytestmark = pytest.mark.skipif(
    not DATA,
    reason="PARLEY_EVAL_DATA is not set: it names the folder with banking77_train.csv and out_of_scope.csv",
)


@dataclass(frozen=True)
class Result:
    """Shares are in percent. `auroc`: how well confidence tells answerable questions from others (0.5 is chance)."""

    accuracy: float
    auroc: float
    answered_rightly: float
    held_back: float
    mean_ms: float


def read_rows(name: str) -> list[dict[str, str]]:
    with (Path(DATA) / name).open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def measure(*, variants: int, seed: int, asked: int = 300) -> Result:
    chance = random.Random(seed)
    topics: dict[str, list[str]] = defaultdict(list)
    for row in read_rows("banking77_train.csv"):
        topics[row["category"]].append(row["text"])
    names = list(topics)
    entries = [
        make_entry(at, name, tuple(chance.sample(topics[name], variants))) for at, name in enumerate(names)
    ]
    index = build_index(entries)
    questions = chance.sample(read_rows("banking77_test.csv"), asked)
    begun = time.perf_counter()
    found = [next(iter(index.search(row["text"])), None) for row in questions]
    each = (time.perf_counter() - begun) / asked
    right = [
        one is not None and names[one.chunk_id] == row["category"]
        for one, row in zip(found, questions, strict=True)
    ]
    inside = [one.confidence if one else 0.0 for one in found]
    others = [index.search(row["question"]) for row in read_rows("out_of_scope.csv")]
    outside = [rest[0].confidence if rest else 0.0 for rest in others]
    answered = sum(ok and sure >= DEFAULT_THRESHOLD for ok, sure in zip(right, inside, strict=True))
    held = sum(sure < DEFAULT_THRESHOLD for sure in outside)
    return Result(
        accuracy=100 * sum(right) / asked,
        auroc=sum((a > b) + (a == b) / 2 for a in inside for b in outside) / (len(inside) * len(outside)),
        answered_rightly=100 * answered / asked,
        held_back=100 * held / len(outside),
        mean_ms=each * 1000,
    )


def make_entry(at: int, name: str, questions: tuple[str, ...]) -> Entry:
    return Entry(at, 1, "banking77", name, f"This is about {name.replace('_', ' ')}.", "faq", questions)


@pytest.fixture(scope="module")
def results() -> list[Result]:
    return [measure(variants=10, seed=seed) for seed in range(3)]


def mean(results: list[Result], name: str) -> float:
    return sum(float(getattr(result, name)) for result in results) / len(results)


def test_the_best_source_is_right_for_seven_questions_of_ten(results: list[Result]) -> None:
    assert mean(results, "accuracy") >= 70


def test_confidence_tells_answerable_questions_from_others(results: list[Result]) -> None:
    assert mean(results, "auroc") >= 0.97


def test_the_default_threshold_answers_and_holds_back(results: list[Result]) -> None:
    assert mean(results, "answered_rightly") + mean(results, "held_back") >= 160
    assert mean(results, "held_back") >= 90


def test_a_search_takes_a_fraction_of_what_it_may(results: list[Result]) -> None:
    assert mean(results, "mean_ms") < 25
