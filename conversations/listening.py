"""Waiting for hints without a socket: a listener is woken by whatever is published to one group.

Hints only wake it: whoever was woken reads the log. So a lost hint costs time, and never a message.
"""

import asyncio
from contextlib import suppress
from typing import Any, Self
from weakref import WeakSet

import msgspec
from channels.layers import get_channel_layer
from django.conf import settings

_listeners: set["Listener"] = set()
# Loops that are going down: nobody waits there any more.
_ended_loops: WeakSet[asyncio.AbstractEventLoop] = WeakSet()


class Listener:
    """Use as `async with Listener(group)`: joined on entry, gone on exit. Belongs to one task of one loop.

    `ended`: no more is to be waited for. `typing`: frames of that kind that came meanwhile, which no log holds.
    """

    def __init__(self, group: str) -> None:
        self.ended = asyncio.get_running_loop() in _ended_loops
        self.typing: list[dict[str, Any]] = []
        self._group = group
        self._woken = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._layer: Any = get_channel_layer()

    async def __aenter__(self) -> Self:
        self._channel = await self._layer.new_channel()
        if hasattr(self._layer, "attach"):
            self._layer.attach(self._channel, self._hear)
        else:
            self._task = asyncio.create_task(self._receive())
        _listeners.add(self)
        with suppress(TimeoutError, OSError, ConnectionError):
            async with asyncio.timeout(settings.HINT_TIMEOUT_SECONDS):
                await self._layer.group_add(self._group, self._channel)
        return self

    async def __aexit__(self, *_: object) -> None:
        _listeners.discard(self)
        if self._task is not None:
            self._task.cancel()
        else:
            self._layer.detach(self._channel)
        with suppress(TimeoutError, OSError, ConnectionError):
            async with asyncio.timeout(settings.HINT_TIMEOUT_SECONDS):
                await self._layer.group_discard(self._group, self._channel)

    async def wait(self, seconds: float) -> bool:
        """Return once a hint has come since the last call, or the time is over; whether one has."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        woken = self._woken.is_set()
        self._woken.clear()
        return woken

    def wake(self) -> None:
        self._woken.set()

    def end(self) -> None:
        """Let whoever waits go on at once, and wait no more."""
        self.ended = True
        self._woken.set()

    async def _receive(self) -> None:
        while True:
            self._hear(await self._layer.receive(self._channel))

    def _hear(self, event: dict[str, Any]) -> None:
        if event["type"] == "conversation.frame" and event["frame"].startswith('{"type":"typing"'):
            self.typing.append(msgspec.json.decode(event["frame"]))
        self._woken.set()


def wake_listeners() -> None:
    """Hints may have been lost: let all look at the log. From the loop's own thread."""
    for listener in list(_listeners):
        listener.wake()


def end_listeners() -> None:
    """Let all who wait, and whoever comes yet, go on at once: for shutdown. From the loop's own thread."""
    _ended_loops.add(asyncio.get_running_loop())
    for listener in list(_listeners):
        listener.end()
