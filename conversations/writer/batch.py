"""One batch: lock and read, decide, write; inside the caller's transaction, or in one of its own."""

from typing import Any

from django.utils import timezone

from conversations.writer import postgres, sqlite
from conversations.writer.decide import Plan, plan_batch
from conversations.writer.items import NewMessage, Result
from conversations.writer.pipeline import BEGIN, COMMIT, Pipeline


def write_batch(connection: Any, items: list[NewMessage], *, skip_locked: bool = False) -> list[Result]:
    """Store `items` in order, one result an item; must run inside `transaction.atomic()`.

    Locks the conversations (`FOR NO KEY UPDATE`, by id; on SQLite the whole database by BEGIN IMMEDIATE) until the
    transaction ends. With `skip_locked`, messages for rows locked elsewhere come back as Refused with `park`.

    Raises:
        django.db.Error: the database's; nothing of the batch is stored then.
    """
    connection.ensure_connection()
    with connection.wrap_database_errors:
        if connection.vendor != "postgresql":
            return _write_sqlite(connection.connection, items)
        run = postgres.run_by_cursors(connection.connection)
        snapshot = postgres.read_snapshot(run, items, skip_locked=skip_locked)
        plan = plan_batch(items=items, snapshot=snapshot, now=timezone.now())
        if _has_work(plan):
            postgres.write_plan(run, plan)
        return plan.results


def commit_batch(pipeline: Pipeline, items: list[NewMessage], *, skip_locked: bool) -> list[Result]:
    """The same on PostgreSQL in a transaction of its own and two round trips: its begin goes with the reading, its
    commit with the writing.

    Raises:
        psycopg.Error: nothing of the batch is stored, unless the connection broke in the commit.
    """
    try:
        run = _with_begin(pipeline)
        snapshot = postgres.read_snapshot(run, items, skip_locked=skip_locked)
        plan = plan_batch(items=items, snapshot=snapshot, now=timezone.now())
        if _has_work(plan):
            postgres.write_plan(pipeline.run, plan, COMMIT)
        return plan.results
    finally:
        pipeline.roll_back()


def _write_sqlite(raw: Any, items: list[NewMessage]) -> list[Result]:
    snapshot = sqlite.read_snapshot(raw, items)
    plan = plan_batch(items=items, snapshot=snapshot, now=timezone.now())
    if _has_work(plan):
        sqlite.write_plan(raw, plan)
    return plan.results


def _has_work(plan: Plan) -> bool:
    return bool(plan.messages or plan.finished)


def _with_begin(pipeline: Pipeline) -> postgres.Run:
    return lambda statements: pipeline.run([BEGIN, *statements])[1:]
