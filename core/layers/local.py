"""A channel layer inside one process."""

import asyncio
import uuid
from collections import deque
from collections.abc import Callable
from typing import Any

from channels.exceptions import ChannelFull
from channels.layers import BaseChannelLayer

from core.loops import find_running_loop

Message = dict[str, Any]
Reader = Callable[[Message], None]


class _Box:
    """What waits for one channel's reader. Written from any thread's loop, read by one task."""

    __slots__ = ("groups", "loop", "messages", "reader", "scheduled", "waiter")

    def __init__(self) -> None:
        self.messages: deque[Message] = deque()
        self.waiter: asyncio.Future[None] | None = None
        self.groups: set[str] = set()
        self.reader: Reader | None = None
        self.loop: asyncio.AbstractEventLoop | None = None
        self.scheduled = False

    def put(self, message: Message) -> None:
        self.messages.append(message)
        if self.loop is not None:
            self.schedule(self.loop)
            return
        waiter = self.waiter
        if waiter is None or waiter.done():
            return
        loop = waiter.get_loop()
        if loop is find_running_loop():
            waiter.set_result(None)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(_wake, waiter)

    def schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        """Later, not now: the reader sees a message only after what was ready when it was sent."""
        if self.scheduled:
            return
        self.scheduled = True
        if loop is find_running_loop():
            loop.call_soon(self._read)
        elif not loop.is_closed():
            loop.call_soon_threadsafe(self._read)

    def _read(self) -> None:
        self.scheduled = False
        while self.messages and self.reader is not None:
            self.reader(self.messages.popleft())


class LocalLayer(BaseChannelLayer):
    """Groups and channels of this process.

    Unlike Channels' InMemoryChannelLayer it neither copies messages (readers must not change them) nor looks for expired
    ones on every send: a channel that nobody waits on is forgotten with what is in it when it leaves its last group, and
    one that is not read keeps its first `capacity` messages.
    """

    extensions = ["groups", "flush"]

    def __init__(self, *, capacity: int = 1_000, **options: Any) -> None:
        super().__init__(capacity=capacity, **options)
        self.client_prefix = uuid.uuid4().hex
        self._boxes: dict[str, _Box] = {}
        self._groups: dict[str, dict[str, _Box]] = {}

    async def new_channel(self, prefix: str = "specific") -> str:
        """A name that only this process can receive on."""
        return f"{prefix}.{self.client_prefix}!{uuid.uuid4().hex}"

    async def send(self, channel: str, message: Message) -> None:
        """Raises ChannelFull when the reader is `capacity` messages behind."""
        box = self._box(channel)
        if len(box.messages) >= self.capacity:
            raise ChannelFull(channel)
        box.put(message)

    def attach(self, channel: str, reader: Reader) -> None:
        """Call `reader` with each message of the channel, on the running loop, in place of a task that receives."""
        box = self._box(channel)
        box.reader, box.loop = reader, asyncio.get_running_loop()
        if box.messages:
            box.schedule(box.loop)

    def detach(self, channel: str) -> None:
        """Stop calling the reader; what waits is forgotten."""
        box = self._boxes.get(channel)
        if box is not None:
            box.reader = box.loop = None
            box.messages.clear()
            self._forget_if_idle(channel, box)

    async def receive(self, channel: str) -> Message:
        box = self._box(channel)
        while not box.messages:
            box.waiter = asyncio.get_running_loop().create_future()
            try:
                await box.waiter
            finally:
                box.waiter = None
                self._forget_if_idle(channel, box)
        message = box.messages.popleft()
        self._forget_if_idle(channel, box)
        return message

    async def group_add(self, group: str, channel: str) -> None:
        self.require_valid_group_name(group)
        box = self._box(channel)
        box.groups.add(group)
        self._groups.setdefault(group, {})[channel] = box

    async def group_discard(self, group: str, channel: str) -> None:
        members = self._groups.get(group)
        box = members.pop(channel, None) if members else None
        if box is None:
            return
        box.groups.discard(group)
        if not members:
            del self._groups[group]
        if not box.groups and box.waiter is None and box.reader is None:
            self._boxes.pop(channel, None)

    async def group_send(self, group: str, message: Message) -> None:
        """Give the message to all members; one that is `capacity` behind does not get it."""
        self.deliver(group, message)

    def send_soon(self, group: str, message: Message) -> None:
        """`group_send` for callers that must not wait, from the loop's own thread."""
        self.deliver(group, message)

    def deliver(self, group: str, message: Message) -> None:
        """Put the message into the boxes of the group's members in this process."""
        for box in tuple(self._groups.get(group, {}).values()):
            if len(box.messages) < self.capacity:
                box.put(message)

    async def flush(self) -> None:
        """Forget everything; for tests."""
        self._boxes.clear()
        self._groups.clear()

    def _box(self, channel: str) -> _Box:
        box = self._boxes.get(channel)
        if box is None:
            box = self._boxes[channel] = _Box()
        return box

    def _forget_if_idle(self, channel: str, box: _Box) -> None:
        """A channel outside all groups exists only while something waits in it or somebody waits for it."""
        if not (box.groups or box.messages or box.waiter or box.reader) and self._boxes.get(channel) is box:
            del self._boxes[channel]


def _wake(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():
        waiter.set_result(None)
