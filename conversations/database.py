"""Short database work for event loops, on a few threads of its own.

Channels' `database_sync_to_async` shares one thread a process, so that one slow query stalls every socket; these threads
keep their connections between calls (CONN_MAX_AGE) and drop broken ones before each.
"""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from django.conf import settings
from django.db import OperationalError, close_old_connections, connections

P = ParamSpec("P")
R = TypeVar("R")
_lock = threading.Lock()
_pool: ThreadPoolExecutor | None = None


def _get_pool() -> ThreadPoolExecutor:
    global _pool
    with _lock:
        if _pool is None:
            _pool = ThreadPoolExecutor(max_workers=settings.DATABASE_THREADS, thread_name_prefix="parley-db")
        return _pool


class DatabaseSilent(OperationalError):
    """No answer in time: all threads are taken, or the database does not answer. What was begun may still be done."""


async def run_query(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Call `function` on a database thread and return what it returns, or raise what it raises.

    Raises:
        DatabaseSilent: no answer within settings.DATABASE_WAIT_SECONDS; what still waits for a thread then is not begun.
    """

    def call() -> R:
        close_old_connections()
        return function(*args, **kwargs)

    try:
        async with asyncio.timeout(settings.DATABASE_WAIT_SECONDS) as limit:
            return await asyncio.get_running_loop().run_in_executor(_get_pool(), call)
    except TimeoutError as error:
        if limit.expired():
            raise DatabaseSilent("the database did not answer in time") from error
        raise


def close_pool() -> None:
    """End the threads and close their connections; the next call starts new ones. For shutdown and tests."""
    global _pool
    with _lock:
        pool, _pool = _pool, None
    if pool is None:
        return
    barrier = threading.Barrier(settings.DATABASE_THREADS)

    def close() -> None:
        # Each thread takes exactly one of these, since all wait for one another.
        barrier.wait(timeout=10)
        connections.close_all()

    for future in [pool.submit(close) for _ in range(settings.DATABASE_THREADS)]:
        future.result(timeout=20)
    pool.shutdown(wait=True)
