"""Hints: what tells sockets that something happened.

A hint may be lost, doubled or late, and nothing breaks: the log is the truth, and every socket checks its position
against it. Parley's own layers (core/layers) take a hint without waiting; for Channels' layers publishing is done by a
few tasks a loop, under a time limit. Either way a frozen Redis stalls nobody.
"""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import msgspec
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.db import transaction

from conversations.messages import frame_type_of, group_of_conversation, wire_message, wire_written
from conversations.models import Message
from conversations.writer.items import Written
from core.loops import find_running_loop

logger = logging.getLogger(__name__)
_encode = msgspec.json.Encoder().encode
LANES = 4
LANE_LENGTH = 5_000
Event = dict[str, Any]
TurnHook = Callable[[Written], None]

_main_loop: asyncio.AbstractEventLoop | None = None
_publishers: dict[asyncio.AbstractEventLoop, "Publisher"] = {}
_guard = threading.Lock()
_turn_hook: TurnHook | None = None


class Publisher:
    """Sends one loop's hints in order per group; drops the newest when a lane is full (the log still has it)."""

    def __init__(self) -> None:
        self._lanes: list[asyncio.Queue[tuple[str, Event]]] = [
            asyncio.Queue(LANE_LENGTH) for _ in range(LANES)
        ]
        self._tasks = [asyncio.create_task(self._send(lane)) for lane in self._lanes]

    def publish(self, group: str, event: Event) -> None:
        try:
            self._lanes[hash(group) % LANES].put_nowait((group, event))
        except asyncio.QueueFull:
            logger.warning("a hint was dropped: its lane is full")

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    async def _send(self, lane: "asyncio.Queue[tuple[str, Event]]") -> None:
        while True:
            group, event = await lane.get()
            await send_hint(group, event)


async def send_hint(group: str, event: Event) -> None:
    """Publish under settings.HINT_TIMEOUT_SECONDS; failure is logged, never raised."""
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        # Not `wait_for`: on Python 3.11 it may swallow a cancellation that meets the end of what it waits for.
        async with asyncio.timeout(settings.HINT_TIMEOUT_SECONDS):
            await layer.group_send(group, event)
    except (TimeoutError, OSError, ConnectionError) as error:
        logger.warning("a hint was not published: %s", type(error).__name__)
    except Exception as error:
        if type(error).__module__.partition(".")[0] != "redis":
            raise
        logger.warning("a hint was not published: %s", type(error).__name__)


async def _send_hint_alone(group: str, event: Event) -> None:
    """Send a hint on a loop that lives no longer than this call."""
    await send_hint(group, event)
    layer = get_channel_layer()
    if hasattr(layer, "close_pools"):
        await layer.close_pools()


def publish(group: str, event: Event) -> None:
    """Send a hint from anywhere: a loop, a thread beside one, or a command (over Redis, or not at all when embedded)."""
    loop = find_running_loop()
    layer = get_channel_layer()
    if loop is not None and hasattr(layer, "send_soon"):
        layer.send_soon(group, event)
    elif loop is not None:
        _publisher_of(loop).publish(group, event)
    elif _main_loop is not None and _main_loop.is_running():
        _main_loop.call_soon_threadsafe(publish, group, event)
    elif settings.REDIS_URL:
        async_to_sync(_send_hint_alone)(group, event)


async def settle_hints() -> None:
    """Let this loop's hints go out, under settings.HINT_TIMEOUT_SECONDS; for shutdown."""
    await asyncio.sleep(0)
    layer = get_channel_layer()
    with suppress(TimeoutError):
        async with asyncio.timeout(settings.HINT_TIMEOUT_SECONDS):
            if hasattr(layer, "settle"):
                await layer.settle()


def publish_on_commit(group: str, event: Event) -> None:
    """Send a hint once the running transaction is committed; at once outside one."""
    transaction.on_commit(lambda: publish(group, event))


def frame_event(
    conversation_id: UUID, frame: dict[str, Any], *, origin: str = "", owner_version: int | None = None
) -> Event:
    """The hint for a frame that is not in the log (typing, state, pieces of a reply).

    `origin` is the channel that caused it and need not see it; `owner_version` comes with a change of owner.
    """
    session_id = str(conversation_id)
    event: Event = {
        "type": "conversation.frame",
        "session_id": session_id,
        "frame": encode({**frame, "session_id": session_id}),
        "origin": origin,
    }
    if owner_version is not None:
        event["owner_version"] = owner_version
    return event


def publish_frame(conversation_id: UUID, frame: dict[str, Any], *, origin: str = "") -> None:
    """Show every socket of the conversation a frame that is not in the log."""
    publish(group_of_conversation(conversation_id), frame_event(conversation_id, frame, origin=origin))


def encode(frame: dict[str, Any]) -> str:
    """JSON as the wire carries it; encoded once for all sockets that get it. UUIDs may stand in it as they are."""
    return _encode(frame).decode()


def message_event(written: Written) -> Event:
    """The hint for a message: everything to show it when numbers are consecutive."""
    message = wire_written(written)
    return {
        "type": "conversation.message",
        "session_id": str(written.conversation_id),
        "seq": written.seq,
        "frame_type": frame_type_of(message),
        "message": encode(message),
    }


def announce_changed_on_commit(message: Message, *, edits: int) -> None:
    """Show everybody a row of the log that is no longer what it was, once that is committed.

    `edits` is the conversation's count of changes with this one.
    """
    event = {
        "type": "conversation.changed",
        "session_id": str(message.conversation_id),
        "seq": message.seq,
        "edits": edits,
        "message": encode(wire_message(message)),
    }
    publish_on_commit(group_of_conversation(message.conversation_id), event)


def announce_written(results: list[Written]) -> None:
    """Called on the loop after each commit of the writer's queue: hints for all, and a start for new turns."""
    for written in results:
        publish(group_of_conversation(written.conversation_id), message_event(written))
        if written.turn_id is not None and _turn_hook is not None:
            _turn_hook(written)


def announce_on_commit(results: list[Written]) -> None:
    """The same for messages written through the direct door."""
    for written in results:
        if not written.duplicate:
            publish_on_commit(group_of_conversation(written.conversation_id), message_event(written))


def run_turns_with(hook: TurnHook) -> None:
    """Register who starts turns (chatbots does; this layer must not know it)."""
    global _turn_hook
    _turn_hook = hook


def remember_main_loop() -> None:
    """Called by the server at start, so that threads without a loop can reach its sockets."""
    global _main_loop
    _main_loop = asyncio.get_running_loop()


def _publisher_of(loop: asyncio.AbstractEventLoop | None) -> Publisher:
    if loop is None:
        raise RuntimeError("there is no running loop to publish from")
    publisher = _publishers.get(loop)
    if publisher is None:
        with _guard:
            for old in [known for known in _publishers if known.is_closed()]:
                del _publishers[old]
            publisher = _publishers[loop] = Publisher()
    return publisher
