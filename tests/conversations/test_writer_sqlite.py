"""The writer's statements on SQLite: each finds its rows by an index, however many messages there are."""

import pytest
from django.db import connection

from conversations.writer import sqlite

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif("connection.vendor != 'sqlite'", reason="SQLite's own statements"),
]


@pytest.mark.parametrize(
    ("name", "columns"), [("READ", 1), ("FIND_STORED", 2), ("FIND_RUNNING", 1), ("TOUCH", 6), ("FINISH", 5)]
)
@pytest.mark.parametrize("rows", [1, 32])
def test_no_statement_reads_a_whole_table(name: str, columns: int, rows: int) -> None:
    connection.ensure_connection()
    statement = sqlite._fill_in(getattr(sqlite, name), rows, columns)
    plan = connection.connection.execute(f"EXPLAIN QUERY PLAN {statement}", ["x"] * rows * columns)
    steps = [str(step[3]) for step in plan.fetchall()]

    assert any(step.startswith("SEARCH") for step in steps), steps
    assert not [step for step in steps if step.startswith(("SCAN conversations", "SCAN m"))], steps


def test_rows_go_in_parts_whose_sizes_are_powers_of_two() -> None:
    connection.ensure_connection()
    rows = [(number,) for number in range(107)]
    cursors = list(sqlite._run(connection.connection, "SELECT count(*), min(column1) FROM (VALUES {})", rows))

    assert [tuple(cursor.fetchone()) for cursor in cursors] == [
        (32, 0), (32, 32), (32, 64), (8, 96), (2, 104), (1, 106),
    ]  # fmt: skip
