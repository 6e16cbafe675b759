"""The databases alone: plain durable inserts with nothing around them.

`python -m bench.references.inserts sqlite FILE SECONDS` and `… postgres URL SECONDS` insert and commit one row at a
time from one connection and print what they saw; `run_pgbench` does it with 50 clients.
"""

import json
import re
import sqlite3
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psycopg

from bench.processes import run
from tests.services import Postgres

ROW = "conversation integer NOT NULL, seq integer NOT NULL, sender varchar(16) NOT NULL, text text NOT NULL"
TEXT = "When will the parcel that I ordered last week arrive?"
SCRIPT = f"""\\set conversation random(1, 1000)
INSERT INTO plain_message (conversation, seq, sender, text, created_at)
VALUES (:conversation, 1, 'visitor', '{TEXT}', now());
"""


def run_pgbench(
    postgres: Postgres, *, url: str, folder: Path, clients: int, seconds: int, cores: frozenset[int]
) -> float:
    """Inserts a second of `clients` connections, each with one in flight, in pgbench's default (simple) protocol."""
    script = folder / "insert.sql"
    script.write_text(SCRIPT)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS plain_message (id bigserial PRIMARY KEY, {ROW},"
            " created_at timestamptz NOT NULL)".encode()
        )
    command = [str(postgres.binaries / "pgbench"), "-n", "-c", str(clients), "-j", "1",
               "-T", str(seconds), "-f", str(script), url]  # fmt: skip
    printed = run(command, cores=cores)
    found = re.search(r"tps = ([\d.]+) \(without", printed)
    assert found, printed
    return float(found.group(1))


def insert_into_sqlite(file: str, seconds: float) -> dict[str, float]:
    """WAL and synchronous FULL, as the product has it."""
    connection = sqlite3.connect(file, isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;")
    connection.execute(
        f"CREATE TABLE IF NOT EXISTS plain_message (id integer PRIMARY KEY, {ROW}, created_at text)"
    )

    def insert(number: int) -> None:
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "INSERT INTO plain_message (conversation, seq, sender, text, created_at) VALUES (1, ?, 'visitor', ?, ?)",
            (number, TEXT, "2026-01-01"),
        )
        connection.execute("COMMIT")

    return _time(insert, seconds)


def insert_into_postgres(url: str, seconds: float) -> dict[str, float]:
    """One connection, one prepared insert a transaction."""
    with psycopg.connect(url, autocommit=True, prepare_threshold=0) as connection:
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS raw_message (id bigserial PRIMARY KEY, {ROW}, created_at timestamptz)".encode()
        )

        def insert(number: int) -> None:
            connection.execute(
                "INSERT INTO raw_message (conversation, seq, sender, text, created_at) VALUES (1, %s, 'visitor', %s, now())",
                (number, TEXT),
            )

        return _time(insert, seconds)


def _time(insert: Callable[[int], None], seconds: float) -> dict[str, float]:
    took: list[float] = []
    begun = last = time.perf_counter()
    while last - begun < seconds:
        insert(len(took) + 1)
        now = time.perf_counter()
        took.append(now - last)
        last = now
    took.sort()
    return {"per_s": len(took) / (last - begun), "p50_ms": statistics.median(took) * 1000,
            "p99_ms": took[int(len(took) * 0.99)] * 1000}  # fmt: skip


if __name__ == "__main__":
    kind, where, length = sys.argv[1:4]
    insert_one = insert_into_sqlite if kind == "sqlite" else insert_into_postgres
    print(json.dumps(insert_one(where, float(length))))
