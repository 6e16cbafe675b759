"""X9: the connection pool is exhausted. A bounded wait, `unavailable` with `retry_after_s`, and pings still answered."""

import contextlib
from collections.abc import Iterator

import psycopg
import pytest

from tests.faults.client import FaultClient
from tests.faults.fault import Fault
from tests.faults.stage import Stage, last

CLIENTS = 8  # twice as many as a process has threads for its sockets' queries
PONG_SECONDS = 2.0


@contextlib.contextmanager
def hold_table(stage: Stage) -> Iterator[None]:
    """Every query for messages waits, on all threads and connections; then the table is let go."""
    with psycopg.connect(stage.postgres.url) as foreign:
        foreign.execute("LOCK TABLE conversations_message IN ACCESS EXCLUSIVE MODE")
        yield


@contextlib.contextmanager
def freeze(stage: Stage) -> Iterator[None]:
    """PostgreSQL does not answer at all, and no connection breaks."""
    stage.postgres.freeze()
    try:
        yield
    finally:
        stage.postgres.thaw()


@pytest.mark.parametrize("break_database", [hold_table, freeze], ids=["table held", "frozen"])
async def test_who_asks_is_told_to_come_back_and_pings_are_answered(
    distributed: Stage, fault: Fault, break_database: object
) -> None:
    clients = await fault.visitors(distributed, CLIENTS, addresses=[distributed.urls[0]])
    for client in clients:
        client.say("before the fault")
        await client.settle()
        client.ping(session_id=client.session)
        await client.until_answered(seconds=PONG_SECONDS)
    usual = max(pong for client in clients for pong in client.pongs)
    with break_database(distributed):  # type: ignore[operator] # a context manager, from the parameter
        for client in clients:
            client.send("session_sync", session_id=client.session, after_seq=0)
            client.say("while no query is answered")
            client.ping(session_id=client.session)
        for client in clients:
            await client.until_answered(seconds=PONG_SECONDS * 2)
            await until_told(client)
    fault.begin()
    for client in clients:
        assert {error["code"] for error in client.errors} == {"unavailable"}
        assert all(error["retry_after_s"] > 0 for error in client.errors)
        assert client.losses == []
        await client.settle()
    fault.recovered()
    assert max(pong for client in clients for pong in client.pongs) <= PONG_SECONDS + usual
    await fault.check(distributed)


async def until_told(client: FaultClient) -> None:
    """Of the message (by its client id) and of the question."""
    await client.until(
        lambda: len({error.get("client_id", "") for error in client.errors}) >= 2,
        seconds=last(20, short=8),
        what="told to come back",
    )
