"""The checker finds each kind of broken promise: a checker that never complains would prove nothing."""

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from tests.faults.checker import Row, Verdict, judge, judge_places
from tests.faults.log_view import Entry, LogView

SESSION = "0b5a2bd6-3f0e-4a8b-9d1e-000000000001"
ROWS = [
    Row(Entry(1, "visitor", "one", "a"), "", ""),
    Row(Entry(2, "bot", "answer", ""), "t1", ""),
    Row(Entry(3, "system", "Mia joined", ""), "", "joined"),
    Row(Entry(4, "visitor", "two", "b"), "", ""),
]
TURNS = [(1, "complete")]


@dataclass
class Client:
    name: str = "client"
    acknowledged: dict[str, tuple[str, int]] = field(
        default_factory=lambda: {"a": (SESSION, 1), "b": (SESSION, 4)}
    )
    views: dict[str, LogView] = field(default_factory=dict)
    said: list[str] = field(default_factory=lambda: ["a", "b"])
    complaints: list[str] = field(default_factory=list)


def make_client(rows: list[Row], **fields: Any) -> Client:
    client = Client(**fields)
    client.views[SESSION] = LogView()
    for row in rows:
        client.views[SESSION].put(row.entry)
    return client


def judge_one(
    rows: list[Row] = ROWS, turns: list[Any] = TURNS, shown: list[Row] = ROWS, **fields: Any
) -> Verdict:
    return judge({SESSION: rows}, {SESSION: turns}, [make_client(shown, **fields)])


def test_a_client_that_shows_the_log_is_in_order() -> None:
    assert judge_one().is_clean


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        ("lost", {"rows": ROWS[:3], "shown": ROWS[:3]}),
        ("lost", {"shown": ROWS[:3]}),
        ("lost", {"acknowledged": {"a": (SESSION, 1), "b": (SESSION, 5)}}),
        ("doubled", {"rows": [*ROWS, Row(Entry(5, "visitor", "two", "b"), "", "")]}),
        ("doubled", {"complaints": ["b was accepted twice"]}),
        ("doubled", {"turns": [(1, "complete"), (1, "complete")]}),
        ("doubled", {"rows": [*ROWS[:3], replace(ROWS[1], entry=Entry(4, "bot", "answer", ""))]}),
        ("out_of_order", {"rows": [*ROWS[:3], Row(Entry(5, "visitor", "two", "b"), "", "")]}),
        ("out_of_order", {"said": ["b", "a"]}),
        ("out_of_order", {"shown": [Row(Entry(1, "visitor", "other", "a"), "", ""), *ROWS[1:]]}),
        ("other", {"rows": [*ROWS, Row(Entry(5, "bot", "I know better", ""), "t2", "")]}),
        ("other", {"turns": [(1, "running")]}),
    ],
)
def test_each_kind_of_broken_promise_is_found(kind: str, case: dict[str, Any]) -> None:
    assert getattr(judge_one(**case), kind) > 0


def test_a_view_shows_nothing_beyond_a_gap_and_complains_of_a_number_that_changes() -> None:
    view = LogView()
    for row in (ROWS[2], ROWS[0]):
        view.put(row.entry)
    assert (view.head, view.has_gap) == (1, True)
    view.put(ROWS[1].entry)
    assert (view.head, view.has_gap) == (3, False)
    view.put(Entry(1, "visitor", "one", "another"))
    assert view.complaints


def test_a_message_that_stands_in_two_conversations_is_found() -> None:
    verdict = Verdict()
    judge_places(Counter({"a": 1, "b": 2}), verdict)
    assert verdict.doubled == 1
