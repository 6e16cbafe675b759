"""Group commit: one thread, one database connection, a flush whenever none is running."""

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from queue import Empty, SimpleQueue

from django.conf import settings
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.utils import Error as DatabaseError

from conversations.writer.batch import commit_batch, write_batch
from conversations.writer.items import NewMessage, Refused, Result, TurnEnded, Written
from conversations.writer.patience import Patience
from conversations.writer.pipeline import Pipeline, Statement
from conversations.writer.waiting import Request, WaitingLine
from core.errors import Internal, Invalid, Unavailable
from core.loops import find_running_loop

logger = logging.getLogger(__name__)
Announce = Callable[[list[Written]], None]


class WriterQueue:
    """Takes messages from event loops and answers each with its place in the log, after the commit.

    `announce` is called on the submitting loop with what was newly written, after the futures are resolved.
    """

    def __init__(self, *, announce: Announce) -> None:
        self._announce = announce
        self._line = WaitingLine(settings.WRITER_BATCH_ROWS, settings.WRITER_PARK_SECONDS)
        self._bell: SimpleQueue[None] = SimpleQueue()
        self._patience = Patience()
        self._closing = False
        self._waking: set[asyncio.AbstractEventLoop] = set()
        self._rows_per_second = 1_000.0
        self._pipeline: Pipeline | None = None
        self._thread = threading.Thread(target=self._run, name="parley-writer", daemon=True)
        self._thread.start()

    def submit(self, item: NewMessage) -> "asyncio.Future[Result]":
        """Queue a message from the running loop.

        Returns a future with Written or Refused; it is resolved only once the batch is committed.

        Raises:
            Unavailable: the queue is full; `retry_after_s` from the rate measured of late.
        """
        if self._closing or self._line.count >= settings.WRITER_QUEUE_ROWS:
            raise Unavailable(retry_after_s=round(max(0.5, self._line.count / self._rows_per_second), 1))
        loop = find_running_loop() or asyncio.get_running_loop()
        future: asyncio.Future[Result] = loop.create_future()
        request = Request(item, loop, future)
        self._line.put(request)
        self._patience.watch(request)
        if loop not in self._waking:
            # Not at once: what else is ready in this pass of the loop joins the batch (throughput tripled).
            self._waking.add(loop)
            loop.call_soon(self._wake, loop)
        return future

    def close(self) -> None:
        """Write what waits, then end the thread and its connection."""
        self._closing = True
        self._bell.put(None)
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout=30)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        self._waking.discard(loop)
        self._bell.put(None)

    def _run(self) -> None:
        while True:
            with suppress(Empty):
                self._bell.get(timeout=self._line.wait_seconds())
            self._drain()
            if self._closing and self._line.wait_seconds() is None:
                connection.close()
                return

    def _drain(self) -> None:
        while True:
            parked, requests = self._line.take_parked(), self._line.take()
            if parked:
                self._flush_safely(parked, skip_locked=True)
            if requests:
                self._flush_safely(requests, skip_locked=False)
            if not parked and not requests:
                return

    def _flush_safely(self, requests: list[Request], *, skip_locked: bool) -> None:
        started = time.perf_counter()
        try:
            results = self._flush([request.item for request in requests], skip_locked=skip_locked)
        except Exception:
            logger.exception("the writer met an error that it does not know")
            results = [Refused(request.item, Internal()) for request in requests]
            connection.close()
        rate = len(requests) / max(1e-6, time.perf_counter() - started)
        self._rows_per_second += (rate - self._rows_per_second) * 0.1
        self._answer(requests, results)

    def _flush(self, items: list[NewMessage], *, skip_locked: bool) -> list[Result]:
        """Write a batch; finds a bad row by bisection, and refuses it alone."""
        try:
            return self._commit(items, skip_locked=skip_locked)
        except TurnEnded:
            return self._flush(items, skip_locked=skip_locked)
        except (IntegrityError, DataError, UnicodeEncodeError) as error:
            if len(items) > 1:
                half = len(items) // 2
                return self._flush(items[:half], skip_locked=skip_locked) + self._flush(
                    items[half:], skip_locked=skip_locked
                )
            return self._retry_alone(items, error, skip_locked=skip_locked)
        except DatabaseError as error:
            if is_lock_timeout(error) and not skip_locked:
                return self._flush(items, skip_locked=True)
            if is_lock_timeout(error):
                return [Refused(item, Unavailable(retry_after_s=1.0), park=True) for item in items]
            # In COMMIT the outcome is unknown: either way the resend is safe.
            logger.warning("the database did not take a batch of %d: %s", len(items), type(error).__name__)
            connection.close()
            return [Refused(item, Unavailable(retry_after_s=1.0)) for item in items]

    def _retry_alone(self, items: list[NewMessage], error: Exception, *, skip_locked: bool) -> list[Result]:
        """A resend that raced its first send in another process finds that one now; anything else is refused."""
        if isinstance(error, IntegrityError):
            try:
                return self._commit(items, skip_locked=skip_locked)
            except IntegrityError as again:
                logger.warning("a message was refused by a constraint: %s", type(again).__name__)
        return [
            Refused(item, Invalid("That message cannot be stored. Change it and send it again."))
            for item in items
        ]

    def _commit(self, items: list[NewMessage], *, skip_locked: bool) -> list[Result]:
        if connection.vendor != "postgresql":
            with transaction.atomic():
                return write_batch(connection, items, skip_locked=skip_locked)
        with connection.wrap_database_errors:
            return commit_batch(self._get_pipeline(), items, skip_locked=skip_locked)

    def _get_pipeline(self) -> Pipeline:
        """Over this thread's connection of the moment; a new one where that was lost."""
        connection.ensure_connection()
        if self._pipeline is None or self._pipeline.raw is not connection.connection:
            self._pipeline = Pipeline(connection.connection)
            self._pipeline.run(prepare_session())
        return self._pipeline

    def _answer(self, requests: list[Request], results: list[Result]) -> None:
        now = time.monotonic()
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[Request, Result]]] = {}
        parked: list[Request] = []
        for request, result in zip(requests, results, strict=True):
            waited = now - request.parked_since if request.parked_since else 0.0
            if isinstance(result, Refused) and result.park and waited < settings.WRITER_PARK_LIMIT_SECONDS:
                parked.append(request)
            else:
                by_loop.setdefault(request.loop, []).append((request, result))
        if parked:
            self._line.park(parked)
        for loop, answers in by_loop.items():
            try:
                loop.call_soon_threadsafe(self._resolve, answers)
            except RuntimeError:
                logger.info("a loop ended before its %d answers; they are stored", len(answers))

    def _resolve(self, answers: list[tuple[Request, Result]]) -> None:
        for request, result in answers:
            if not request.future.done():
                request.future.set_result(result)
        new = [result for _, result in answers if isinstance(result, Written) and not result.duplicate]
        if new:
            self._announce(new)


def is_lock_timeout(error: Exception) -> bool:
    """PostgreSQL's lock_not_available (55P03)."""
    return isinstance(error, OperationalError) and getattr(error.__cause__, "sqlstate", "") == "55P03"


def prepare_session() -> list[Statement]:
    """What the writer's session is told first; it belongs to the session, so a pooler between us must keep it
    (docs/operations.md)."""
    return [
        # One stuck row must not stall everybody.
        Statement(f"SET lock_timeout = {int(settings.WRITER_LOCK_TIMEOUT_MS)}"),
        # A plan kept from when a table was empty would read all of it once it is not.
        Statement("SET plan_cache_mode = force_custom_plan"),
    ]
