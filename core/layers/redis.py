"""A channel layer across processes: members here get a message at once, other processes by one coalesced publish.

All processes listen to one Redis channel. Whatever was sent since the last publish goes out in the next one, and a
publish is under way whenever there is something to send; so a burst costs one round trip, and nobody waits for Redis.
What cannot be published in time is dropped and logged: hints may be lost, the log has the truth.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Any

import msgspec
import redis.asyncio
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError

from core.layers.local import LocalLayer, Message
from core.loops import find_running_loop

logger = logging.getLogger(__name__)
BATCH = 500
WAITING = 20_000
RECONNECT_SECONDS = (0.1, 2.0)
PING_SECONDS = 5.0

encode = msgspec.msgpack.Encoder().encode
decode_message = msgspec.msgpack.Decoder().decode


class Batch(msgspec.Struct, array_like=True, gc=False):
    """One publish: who sent it, and (group or channel, encoded message) pairs in order."""

    sender: str
    items: list[tuple[str, bytes]]


decode_batch = msgspec.msgpack.Decoder(Batch).decode


class _Link:
    """One event loop's way to Redis: what waits to be published, the task that does it, and the task that listens."""

    def __init__(self, layer: "RedisLayer") -> None:
        self.layer = layer
        self.client = redis.asyncio.Redis.from_url(
            layer.address, socket_connect_timeout=layer.timeout, socket_timeout=None, health_check_interval=0
        )
        self.connection: Any = None
        self.waiting: list[tuple[str, bytes]] = []
        self.publishing: asyncio.Task[None] | None = None
        self.listening: asyncio.Task[None] | None = None
        self.subscribed = asyncio.Event()

    def send(self, target: str, message: Message) -> None:
        if len(self.waiting) >= WAITING:
            logger.warning("a hint was not published: too many wait for Redis")
            return
        self.waiting.append((target, encode(message)))
        if self.publishing is None:
            self.publishing = asyncio.get_running_loop().create_task(self._publish())

    def listen(self) -> None:
        if self.listening is None or self.listening.done():
            self.listening = asyncio.get_running_loop().create_task(self._listen())

    async def close(self) -> None:
        tasks = [task for task in (self.publishing, self.listening) if task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self.connection is not None:
            await self.connection.disconnect()
        await self.client.aclose()

    async def _publish(self) -> None:
        try:
            while self.waiting:
                items, self.waiting = self.waiting[:BATCH], self.waiting[BATCH:]
                payload = encode(Batch(self.layer.client_prefix, items))
                try:
                    # Not `asyncio.timeout`: left behind on a loop that is gone, it would complain to nobody.
                    await asyncio.wait_for(self._publish_one(payload), self.layer.timeout)
                except (TimeoutError, OSError, RedisError) as error:
                    logger.warning("%d hints were not published: %s", len(items), type(error).__name__)
        finally:
            self.publishing = None

    async def _publish_one(self, payload: bytes) -> None:
        """On a connection of its own: the client's way through pool and retries costs more than twice the time."""
        connection, self.connection = self.connection, None
        if connection is not None:
            try:
                await self._publish_on(connection, payload)
                return
            except (OSError, RedisConnectionError):
                logger.info("the connection that hints go out by was lost; they go by a new one")
        connection = self.client.connection_pool.make_connection()  # type: ignore[no-untyped-call]
        await self._publish_on(connection, payload)

    async def _publish_on(self, connection: Any, payload: bytes) -> None:
        """Keeps the connection only once the answer was read; else the next publish would take this one's for its own."""
        try:
            await connection.connect()
            await connection.send_command("PUBLISH", self.layer.topic, payload)
            await connection.read_response()
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        self.connection = connection

    async def _listen(self) -> None:
        """Deliver what others publish; after a lost connection try again, and tell `after_gap` once it is back."""
        least, most = RECONNECT_SECONDS
        pause, lost = least, False
        while True:
            try:
                async with self.client.pubsub() as subscription:
                    async with asyncio.timeout(self.layer.timeout):
                        await subscription.subscribe(self.layer.topic)
                    self.subscribed.set()
                    if lost:
                        self.layer.after_gap()
                    pause, lost = least, False
                    await self._hear(subscription)
            except (TimeoutError, OSError, RedisError) as error:
                if not lost:
                    logger.warning("hints of other processes stopped: %s", type(error).__name__)
            lost = True
            self.subscribed.clear()
            await asyncio.sleep(random.uniform(least, pause))  # noqa: S311 - spreads reconnects, no secret
            pause = min(most, pause * 2)

    async def _hear(self, subscription: Any) -> None:
        """Raises TimeoutError when Redis is silent even to a ping: a connection can be dead without being closed."""
        asked = False
        while True:
            event = await subscription.get_message(timeout=PING_SECONDS)
            if event is None:
                if asked:
                    raise TimeoutError
                async with asyncio.timeout(self.layer.timeout):
                    await subscription.ping()
            elif event["type"] == "message":
                self.layer.take(event["data"])
            asked = event is None


class RedisLayer(LocalLayer):
    """`LocalLayer` that other processes hear too.

    `after_gap` is called when the listening connection is back after a loss: readers should look at the log then.
    """

    def __init__(
        self, *, address: str, topic: str = "parley.hints", timeout: float = 1.0, **options: Any
    ) -> None:
        super().__init__(**options)
        self.address = address
        self.topic = topic
        self.timeout = timeout
        self.after_gap: Callable[[], None] = _nothing
        # The header of an array of two, and the sender.
        self._own_start = b"\x92" + encode(self.client_prefix)
        self._links: dict[asyncio.AbstractEventLoop, _Link] = {}

    async def group_add(self, group: str, channel: str) -> None:
        """Returns once this process hears the others, or after the time limit: then the next messages may be lost."""
        await super().group_add(group, channel)
        link = self._link()
        link.listen()
        if not link.subscribed.is_set():
            try:
                async with asyncio.timeout(self.timeout):
                    await link.subscribed.wait()
            except TimeoutError:
                logger.warning("joined a group while Redis does not answer")

    async def send(self, channel: str, message: Message) -> None:
        if f".{self.client_prefix}!" in channel:
            await super().send(channel, message)
        else:
            await self._send_and_wait(channel, message)

    async def group_send(self, group: str, message: Message) -> None:
        """Deliver here, and return once the publish for the others is done or given up."""
        self.deliver(group, message)
        await self._send_and_wait(group, message)

    def send_soon(self, group: str, message: Message) -> None:
        self.deliver(group, message)
        self._link().send(group, message)

    async def receive(self, channel: str) -> Message:
        self._link().listen()
        return await super().receive(channel)

    def take(self, payload: bytes) -> None:
        """Deliver another process's batch; our own, which comes back too, is known by its first bytes."""
        if payload.startswith(self._own_start):
            return
        try:
            batch = decode_batch(payload)
        except msgspec.DecodeError:
            logger.warning("hints that cannot be read were dropped")
            return
        for target, message in batch.items:
            if target in self._groups:
                self.deliver(target, decode_message(message))
            elif target in self._boxes:
                self._boxes[target].put(decode_message(message))

    async def flush(self) -> None:
        await super().flush()
        await self.close_pools()

    async def close_pools(self) -> None:
        """Close the running loop's connections."""
        link = self._links.pop(asyncio.get_running_loop(), None)
        if link is not None:
            await link.close()

    async def settle(self) -> None:
        """Return once what this loop sent is published, or given up."""
        link = self._link()
        while link.publishing is not None:
            await asyncio.shield(link.publishing)

    async def _send_and_wait(self, target: str, message: Message) -> None:
        self._link().send(target, message)
        await self.settle()

    def _link(self) -> _Link:
        loop = find_running_loop() or asyncio.get_running_loop()
        link = self._links.get(loop)
        if link is None:
            for old in [known for known in self._links if known.is_closed()]:
                del self._links[old]
            link = self._links[loop] = _Link(self)
        return link


def _nothing() -> None:
    """Nobody wants to know."""
