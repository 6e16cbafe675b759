"""Storing a message: the only way into the log."""

import asyncio
import threading
from uuid import UUID

from django.db import connection

from conversations.delivery import announce_on_commit, announce_written
from conversations.writer.batch import write_batch
from conversations.writer.items import NewMessage, Refused, Result, Written
from conversations.writer.queue import WriterQueue

_queue: WriterQueue | None = None
_guard = threading.Lock()


def get_writer() -> WriterQueue:
    """The process's writer, started with the first message."""
    global _queue
    with _guard:
        if _queue is None:
            _queue = WriterQueue(announce=announce_written)
        return _queue


def close_writer() -> None:
    """Write what waits and end the thread; the next message starts a new one. For shutdown and tests."""
    global _queue
    with _guard:
        queue, _queue = _queue, None
    if queue is not None:
        queue.close()


def submit_message(item: NewMessage) -> "asyncio.Future[Result]":
    """Queue a message for group commit; see WriterQueue.submit. Publishes its hint after the commit."""
    return get_writer().submit(item)


async def post_message(item: NewMessage) -> Written:
    """Store a message by group commit and return its place.

    Raises:
        ParleyError: NotFound, Conflict, Invalid or Unavailable, as the writer decided.
    """
    return unwrap_result(await submit_message(item))


def post_messages_in_transaction(*items: NewMessage) -> list[Written]:
    """Store messages inside the caller's `atomic()`, in order; hints go out after its commit.

    Locks the conversations until the transaction ends. Used by actions that write a row with a message.

    Raises:
        ParleyError: the first refusal; the caller's transaction should then be rolled back.
    """
    written = [unwrap_result(result) for result in write_batch(connection, list(items))]
    announce_on_commit(written)
    return written


def unwrap_result(result: Result) -> Written:
    """The place in the log, or the refusal raised."""
    if isinstance(result, Refused):
        raise result.error
    return result


def system_row(
    *, organisation_id: int, conversation_id: UUID, text: str, event: str, about: str = ""
) -> NewMessage:
    """A row that tells everybody in the conversation what happened (requested, joined, ended …).

    `about` names whom it is about, and becomes the row's `sender_name`.
    """
    return NewMessage(
        organisation_id=organisation_id,
        conversation_id=conversation_id,
        sender="system",
        sender_name=about,
        text=text,
        parts=[{"type": "event", "event": event}],
    )
