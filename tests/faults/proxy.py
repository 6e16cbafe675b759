"""A TCP proxy that breaks connections in every way that a network can, on a thread and a loop of its own.

    with Proxy(port) as proxy:             # forwards proxy.port to port
        proxy.cut()                        # reset what is open; new connections work
        proxy.refuse()                     # reset what is open and whatever comes
        proxy.freeze()                     # everything stays open and nothing passes; `freeze("down")`: one way
        proxy.drop("up")                   # swallow what clients send (or "down": what the server answers)
        proxy.delay(0.1)                   # seconds before each piece is passed on
        proxy.heal()                       # all of that undone
        proxy.watch = function             # sees every piece, and decides (see Watch)

The methods may be called from anywhere; they return once they hold.
"""

import asyncio
import contextlib
import threading
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any, Literal, Self

from tests.service_process import find_free_port

Way = Literal["up", "down"]  # up: from the client to the server
Verdict = Literal["pass", "drop", "cut", "pass and cut"]
# Called on the proxy's thread with a connection, the way and the piece; answers what becomes of it.
Watch = Callable[["Link", Way, bytes], Verdict]
WAYS: tuple[Way, Way] = ("up", "down")
PIECE_BYTES = 64 * 1024
SECONDS = 10


@dataclass(eq=False)
class Link:
    """One connection through the proxy. `notes` is free for a watch."""

    number: int
    writers: list[asyncio.StreamWriter]
    notes: dict[str, Any] = field(default_factory=dict)

    def cut(self) -> None:
        for writer in self.writers:
            writer.transport.abort()


class Proxy:
    """Forwards a port of its own to `target` on this machine."""

    def __init__(self, target: int, *, port: int = 0) -> None:
        self.target = target
        self.port = port or find_free_port()
        self.watch: Watch | None = None
        self.links: set[Link] = set()
        self.accepted = 0
        self.dropped_bytes = 0
        self._refusing = False
        self._delay = 0.0
        self._dropping: set[Way] = set()
        self._open: dict[Way, asyncio.Event] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._thread.start()
        self._call(self._start())

    def redirect(self, url: str) -> str:
        """The same address, by way of this proxy."""
        return url.replace(f":{self.target}", f":{self.port}")

    # Faults ----------------------------------------------------------------------------------------------------------
    def cut(self) -> None:
        """Reset every open connection."""
        self._call(self._cut())

    def refuse(self) -> None:
        """Reset every open connection, and each new one as soon as it is made."""
        self._refusing = True
        self.cut()

    def freeze(self, *ways: Way) -> None:
        """Pass nothing on, in both ways or one; everything stays open, and nothing is lost."""
        self._call(self._gate(ways or WAYS, is_open=False))

    def thaw(self) -> None:
        """Undo `freeze`: what was held goes on."""
        self._call(self._gate(WAYS, is_open=True))

    def drop(self, *ways: Way) -> None:
        """Swallow what goes that way, as if the cable were gone; both ways when none is named."""
        self._dropping |= set(ways or WAYS)

    def delay(self, seconds: float) -> None:
        self._delay = seconds

    def heal(self) -> None:
        """Undo everything; connections that are open stay so."""
        self._refusing, self._delay, self.watch = False, 0.0, None
        self._dropping.clear()
        self.thaw()

    def stop(self) -> None:
        self._call(self._stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # On the proxy's loop ---------------------------------------------------------------------------------------------
    def _call(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    async def _start(self) -> None:
        for way in WAYS:
            self._open[way] = asyncio.Event()
            self._open[way].set()
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, backlog=4_096)

    async def _stop(self) -> None:
        self._server.close()
        await self._cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _cut(self) -> None:
        for link in list(self.links):
            link.cut()

    async def _gate(self, ways: tuple[Way, ...], *, is_open: bool) -> None:
        for way in ways:
            if is_open:
                self._open[way].set()
            else:
                self._open[way].clear()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.get_running_loop().create_task(self._forward(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        if self._refusing:
            writer.transport.abort()
            return
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        link = Link(self.accepted, [writer, server_writer])
        self.links.add(link)
        pumps = [
            asyncio.create_task(self._pump(link, "up", reader, server_writer)),
            asyncio.create_task(self._pump(link, "down", server_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self.links.discard(link)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
            await self._end(link)

    async def _end(self, link: Link) -> None:
        """Close both sides; what was passed on is flushed first where that is possible."""
        for writer in link.writers:
            writer.close()
        for writer in link.writers:
            with contextlib.suppress(OSError, TimeoutError):
                await asyncio.wait_for(writer.wait_closed(), 1)
        link.cut()

    async def _pump(
        self, link: Link, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with contextlib.suppress(OSError):
            while piece := await reader.read(PIECE_BYTES):
                await self._open[way].wait()
                if self._delay:
                    await asyncio.sleep(self._delay)  # time is the fault
                verdict = self.watch(link, way, piece) if self.watch else "pass"
                if verdict.startswith("pass") and way not in self._dropping:
                    writer.write(piece)
                    await writer.drain()
                else:
                    self.dropped_bytes += len(piece)
                if verdict.endswith("cut"):
                    link.cut()
                    return
            # A frozen network does not tell that the other side is gone either.
            await self._open[way].wait()
