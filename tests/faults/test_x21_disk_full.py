"""X21: disk full on SQLite, or its database locked by another process. A clear error, nothing acknowledged, recovery."""

import contextlib
import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.faults.client import FaultClient
from tests.faults.fault import Fault
from tests.faults.stage import Stage, last

COUNT = "SELECT count(*) FROM conversations_message WHERE client_id = %s"


@contextlib.contextmanager
def fill_disk(stage: Stage) -> Iterator[None]:
    """No file of the server's can grow: what a quota does (RLIMIT_FSIZE), and a full disk to SQLite."""
    process = psutil.Process(stage.webs[0].process.pid)  # type: ignore[union-attr] # it runs
    folder = Path(stage.variables["PARLEY_DATA"])
    before = process.rlimit(resource.RLIMIT_FSIZE)
    smallest = min(path.stat().st_size for path in folder.glob("parley.sqlite3*"))
    process.rlimit(resource.RLIMIT_FSIZE, (smallest // 2, before[1]))
    try:
        yield
    finally:
        process.rlimit(resource.RLIMIT_FSIZE, before)


@contextlib.contextmanager
def lock_database(stage: Stage) -> Iterator[None]:
    """Another process writes, and does not come to an end."""
    path = Path(stage.variables["PARLEY_DATA"]) / "parley.sqlite3"
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@pytest.mark.parametrize("break_database", [fill_disk, lock_database], ids=["disk full", "locked"])
async def test_nothing_is_acknowledged_that_is_not_stored_and_it_recovers_by_itself(
    embedded: Stage, fault: Fault, break_database: object
) -> None:
    clients = await fault.visitors(embedded, 3)
    for client in clients:
        client.say("before the fault")
        await client.settle()
    with break_database(embedded):  # type: ignore[operator] # a context manager, from the parameter
        said = [client.say("while nothing can be stored") for client in clients]
        for client in clients:
            await until_told(client)
            client.ping()
            await client.until_answered(seconds=3)
        assert [
            client.acknowledged.get(client_id) for client, client_id in zip(clients, said, strict=True)
        ] == [None] * 3
    fault.begin()
    for client, client_id in zip(clients, said, strict=True):
        assert {error["code"] for error in client.errors} == {"unavailable"}
        assert all(error["retry_after_s"] > 0 for error in client.errors)
        await client.settle()
        assert embedded.query(COUNT, client_id.replace("-", "")) == [(1,)]
    fault.recovered()
    assert [client.losses for client in clients if client.losses] == []
    await fault.check(embedded)


async def until_told(client: FaultClient) -> None:
    await client.until(lambda: client.errors, seconds=last(30, short=15), what="told that nothing is stored")
