"""Several prepared statements in one round trip to PostgreSQL, at libpq's level.

psycopg's cursors cost some 50 µs a statement and as much for a transaction, which is most of a batch of one. `pq` is
its documented way below them; results become its own errors.
"""

import select
from collections.abc import Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult


class Statement(NamedTuple):
    """SQL with $1, $2 …, and its parameters as text."""

    sql: str
    params: tuple[str, ...] = ()


class Answer(NamedTuple):
    """The first column of the first row (None without one), and how many rows were written."""

    text: str | bytes | None
    rows: int


BEGIN, COMMIT, ROLLBACK = Statement("BEGIN"), Statement("COMMIT"), Statement("ROLLBACK")


class Pipeline:
    """One thread's way to the server over a connection of psycopg's that nobody else uses meanwhile."""

    def __init__(self, raw: psycopg.Connection[Any]) -> None:
        self.raw = raw
        self._pg = raw.pgconn
        self._names: dict[str, bytes] = {}

    def run(self, statements: Sequence[Statement]) -> list[Answer]:
        """Send all statements at once; each is prepared the first time.

        Raises:
            psycopg.Error: of the first statement that failed; those behind it were not run.
        """
        self._pg.enter_pipeline_mode()
        try:
            fresh = [self._send(statement) for statement in statements]
            self._pg.pipeline_sync()
            results = self._receive()
        finally:
            if self._pg.status == ConnStatus.OK:
                self._pg.exit_pipeline_mode()
        return self._read(statements, fresh, results)

    def roll_back(self) -> None:
        """End what was begun, where anything was."""
        if self._pg.transaction_status != TransactionStatus.IDLE:
            self.run([ROLLBACK])

    def _send(self, statement: Statement) -> bytes | None:
        """Returns the name where the statement had to be prepared."""
        name = self._names.get(statement.sql)
        fresh = None
        if name is None:
            name = fresh = b"parley_%d" % abs(hash(statement.sql))
            self._pg.send_prepare(name, statement.sql.encode())
        self._pg.send_query_prepared(name, [param.encode() for param in statement.params])
        return fresh

    def _receive(self) -> list[PGresult]:
        """All results up to the sync's, waiting without the interpreter's lock."""
        results: list[PGresult] = []
        poller = select.poll()
        poller.register(self._pg.socket, select.POLLIN | select.POLLOUT)
        while self._pg.flush():
            poller.poll()
            self._pg.consume_input()
        poller.modify(self._pg.socket, select.POLLIN)
        while True:
            while self._pg.is_busy():
                poller.poll()
                self._pg.consume_input()
            result = self._pg.get_result()
            if result is None:
                continue
            if result.status == ExecStatus.PIPELINE_SYNC:
                return results
            results.append(result)

    def _read(
        self, statements: Sequence[Statement], fresh: list[bytes | None], results: list[PGresult]
    ) -> list[Answer]:
        answers: list[Answer] = []
        coming = iter(results)
        for statement, prepared in zip(statements, fresh, strict=True):
            if prepared is not None:
                _check(next(coming))
                self._names[statement.sql] = prepared
            answers.append(_answer(_check(next(coming))))
        return answers


def _check(result: PGresult) -> PGresult:
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return result
    raise error_from_result(result)


def _answer(result: PGresult) -> Answer:
    text = result.get_value(0, 0) if result.ntuples else None
    return Answer(text, result.command_tuples or 0)
