"""One batch: lock and read, decide, write. The caller owns the transaction."""

from typing import Any

from django.utils import timezone

from conversations.writer import postgres, sqlite
from conversations.writer.decide import plan_batch
from conversations.writer.items import NewMessage, Result


def write_batch(connection: Any, items: list[NewMessage], *, skip_locked: bool = False) -> list[Result]:
    """Store `items` in order, one result an item; must run inside `transaction.atomic()`.

    Locks the conversations (`FOR NO KEY UPDATE`, by id; on SQLite the whole database by BEGIN IMMEDIATE) until the
    transaction ends. With `skip_locked`, messages for rows locked elsewhere come back as Refused with `park`.

    Raises:
        django.db.Error: the database's; nothing of the batch is stored then.
    """
    store = postgres if connection.vendor == "postgresql" else sqlite
    with connection.wrap_database_errors:
        snapshot = store.read_snapshot(connection, items, skip_locked=skip_locked)
        plan = plan_batch(items=items, snapshot=snapshot, now=timezone.now())
        if plan.messages or plan.finished:
            store.write_plan(connection, plan)
    return plan.results
