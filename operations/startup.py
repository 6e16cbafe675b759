"""One process at a time prepares an installation: several may be started at once on the same data."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

# Any number will do, as long as nobody else in the database locks by it ("Parley" in ASCII).
LOCK_NUMBER = 0x5061726C6579


@contextmanager
def prepare_alone() -> Iterator[None]:
    """Wait until no other process migrates or loads the demo, then keep others out until the block is left.

    On PostgreSQL an advisory lock of this connection, so machines count too; on SQLite a lock on a file beside the
    data. Either is let go by itself when the process dies.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK_NUMBER])
            try:
                yield
            finally:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK_NUMBER])
        return
    with (settings.PARLEY_DATA / "start.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
