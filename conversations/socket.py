"""The base of both sockets: one task reads frames, one reads hints, one sends.

Channels' own consumer makes a thread hop for every event (`aclose_old_connections`) and waits on two sources with
`asyncio.wait`; this base does neither (2 to 4 times the events per second, docs/performance.md). It keeps Channels'
scope, layer and naming: a hint's type `conversation.message` is handled by `conversation_message`.
"""

import asyncio
import logging
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from typing import Any, ClassVar
from uuid import UUID

from channels.layers import get_channel_layer
from django.conf import settings
from django.db.utils import Error as DatabaseError

from conversations.caretaker import (
    CLOSE_EXPIRED,
    CLOSE_RESTART,
    CLOSE_SLOW,
    CLOSE_UNAVAILABLE,
    CLOSE_WITHDRAWN,
    get_caretaker,
)
from conversations.delivery import encode, remember_main_loop
from conversations.frames import FrameReader, error_frame
from conversations.origins import read_headers
from conversations.positions import PositionsMixin, parse_session
from core.errors import BadFrame, Internal, ParleyError, RateLimited, Unavailable
from core.ratelimit import LocalLimit

logger = logging.getLogger(__name__)
SUBPROTOCOL = "parley.v1"
TASKS_WAITING = 64
# What of a refused frame its `error` repeats.
ABOUT = ("client_id", "handoff_id", "turn_id")
CLOSING_SECONDS = 5
# By the refusal's HTTP status; any other means that the credential is no good.
REFUSED_WITH = {403: CLOSE_WITHDRAWN, 503: CLOSE_UNAVAILABLE}
SESSIONS_NAMED = 5
DATABASE_RETRY_SECONDS = 2.0
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class FrameSocket(PositionsMixin):
    """One connection. Subclasses authenticate, greet, and handle frames and hints.

    Frames are handled in order and at once; what needs the database runs in `spawn`ed tasks, one after another, so
    that a ping is answered while a query waits.
    """

    reader: ClassVar[FrameReader[Any]]

    def __init__(self) -> None:
        super().__init__()
        self.connection_id = uuid.uuid4().hex
        self.expires_at: float | None = None
        self.membership_id: int | None = None
        self.role = ""
        self.session_key = ""
        self.check_at = self.heard_at = time.monotonic()
        self._outgoing: deque[str | int] = deque()
        self._most_waiting = settings.SEND_QUEUE_FRAMES
        self._sender_waits: asyncio.Future[None] | None = None
        self._tasks: asyncio.Queue[tuple[Coroutine[Any, Any, None], Any]] = asyncio.Queue(TASKS_WAITING)
        self._frame_limit = LocalLimit("frame")
        self._closing = asyncio.Event()
        self._is_working = self._is_draining = False

    @classmethod
    def as_asgi(cls) -> Callable[[dict[str, Any], Receive, Send], Awaitable[None]]:
        """The ASGI application that makes one instance a connection."""

        async def application(scope: dict[str, Any], receive: Receive, send: Send) -> None:
            await cls().run(scope, receive, send)

        return application

    # What subclasses say ---------------------------------------------------------------------------------------------
    async def authenticate(self) -> None:
        """Find out who is speaking. Raises ParleyError: the handshake is refused with 403."""
        raise Internal

    async def greet(self) -> None:
        """Join what must be joined, then send `ready`."""
        raise Internal

    def handle(self, frame: Any) -> None:
        """Act on one frame without waiting. Raises ParleyError."""
        raise Internal

    # The connection --------------------------------------------------------------------------------------------------
    async def run(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        self.scope, self._receive, self._send = scope, receive, send
        await receive()
        if get_caretaker().is_draining:
            await send({"type": "websocket.close", "code": CLOSE_RESTART})
            return
        try:
            await self.authenticate()
        except ParleyError as error:
            logger.info("a socket was refused: %s", error.code)
            await send({"type": "websocket.close", "code": REFUSED_WITH.get(error.status, CLOSE_EXPIRED)})
            return
        except DatabaseError as error:
            logger.warning("a socket could not be let in: %s", type(error).__name__)
            await send({"type": "websocket.close", "code": CLOSE_UNAVAILABLE})
            return
        layer = get_channel_layer()
        if layer is None:
            raise RuntimeError("there is no channel layer")
        self.layer = layer
        self.channel_name = await self.layer.new_channel()
        await send({"type": "websocket.accept", "subprotocol": self._choose_subprotocol()})
        await self._serve()

    def _choose_subprotocol(self) -> str | None:
        return SUBPROTOCOL if SUBPROTOCOL in self.scope.get("subprotocols", ()) else None

    async def _serve(self) -> None:
        remember_main_loop()
        sender = asyncio.create_task(self._run_sender())
        if not await self._greet():
            await self._leave(sender, [])
            return
        runs = [self._run_frames, self._run_tasks]
        if hasattr(self.layer, "attach"):
            self.layer.attach(self.channel_name, self._take_hint)
        else:
            runs.append(self._run_hints)
        loops = [asyncio.create_task(run()) for run in runs]
        logger.info("a socket is open", extra=self.name())
        closing = asyncio.create_task(self._closing.wait())
        get_caretaker().add(self)
        try:
            await asyncio.wait([sender, closing, *loops], return_when=asyncio.FIRST_COMPLETED)
        finally:
            get_caretaker().discard(self)
            for task in (*loops, closing):
                task.cancel()
            await self._leave(sender, loops)

    async def _greet(self) -> bool:
        """`ready` is the first frame on every socket, so nothing is read before it was queued."""
        try:
            await self.greet()
            return True
        except Exception as error:  # noqa: BLE001 - whatever it is, the client is told and may come again
            logger.warning("a socket could not be greeted: %s", type(error).__name__, extra=self.name())
            self.refuse(
                error if isinstance(error, ParleyError) else Unavailable(retry_after_s=DATABASE_RETRY_SECONDS)
            )
            self.close(CLOSE_UNAVAILABLE)
            return False

    async def _leave(self, sender: "asyncio.Task[None]", loops: "list[asyncio.Task[None]]") -> None:
        if self._closing.is_set() and not sender.done():
            await asyncio.wait([sender], timeout=CLOSING_SECONDS)
        sender.cancel()
        results = await asyncio.gather(sender, *loops, return_exceptions=True)
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, (OSError, ConnectionError)):
                logger.error("a socket ended by an error", exc_info=result, extra=self.name())
        logger.info("a socket is gone", extra=self.name())
        while not self._tasks.empty():
            self._tasks.get_nowait()[0].close()
        if hasattr(self.layer, "detach"):
            self.layer.detach(self.channel_name)
        for group in list(self.groups):
            with suppress(Exception):
                async with asyncio.timeout(settings.HINT_TIMEOUT_SECONDS):
                    await self.layer.group_discard(group, self.channel_name)

    async def _run_frames(self) -> None:
        while True:
            event = await self._receive()
            if event["type"] == "websocket.disconnect":
                return
            self.heard_at = time.monotonic()
            if not self._is_draining:
                self._take(event)

    def _take(self, event: dict[str, Any]) -> None:
        frame: Any = None
        try:
            self._frame_limit.consume()
            text = event.get("text")
            if text is None:
                raise BadFrame
            frame = self.reader.read(text)
            self.handle(frame)
        except ParleyError as error:
            self.refuse(error, frame)
        except Exception:
            logger.exception("a frame could not be handled", extra=self.name(frame))
            self.refuse(Internal(), frame)

    async def _run_hints(self) -> None:
        while True:
            self._take_hint(await self.layer.receive(self.channel_name))

    def _take_hint(self, event: dict[str, Any]) -> None:
        """Call the method named for the hint; after a fault the client resumes from the log."""
        handler = getattr(self, event["type"].replace(".", "_"), None)
        if handler is None:
            return
        try:
            handler(event)
        except Exception:
            logger.exception("a hint could not be handled", extra=self.name())
            self.close(CLOSE_UNAVAILABLE)

    async def _run_tasks(self) -> None:
        while True:
            work, frame = await self._tasks.get()
            self._is_working = True
            await self.guard(work, frame)
            self._is_working = False

    async def _run_sender(self) -> None:
        while True:
            while self._outgoing:
                item = self._outgoing.popleft()
                if isinstance(item, int):
                    await self._send({"type": "websocket.close", "code": item})
                    return
                await self._send({"type": "websocket.send", "text": item})
            self._sender_waits = asyncio.get_running_loop().create_future()
            await self._sender_waits

    # What subclasses use ---------------------------------------------------------------------------------------------
    def send_frame(self, frame: dict[str, Any]) -> None:
        self.send_text(encode(frame))

    def send_text(self, text: str) -> None:
        """Queue a frame; a client that does not read is closed, and resumes later from its last number."""
        if len(self._outgoing) < self._most_waiting:
            self._put(text)
            return
        logger.info("a socket does not read", extra=self.name())
        self.close(CLOSE_SLOW)

    def _put(self, item: str | int) -> None:
        """One wake-up for all that is put before the sender's turn comes."""
        self._outgoing.append(item)
        if self._sender_waits is not None and not self._sender_waits.done():
            self._sender_waits.set_result(None)

    def close(self, code: int) -> None:
        """Close the connection once what is queued has been sent, at most 5 s later."""
        if self._closing.is_set():
            return
        logger.info("a socket is closed with %d", code, extra=self.name())
        while len(self._outgoing) >= self._most_waiting:
            self._outgoing.popleft()
        self._put(code)
        self._closing.set()

    def drain(self) -> bool:
        """Take no more frames (whoever sent them sends them again elsewhere); whether all that were taken are answered."""
        self._is_draining = True
        return not (self.pending or self._is_working or self._tasks.qsize())

    def name(self, frame: Any = None) -> dict[str, str]:
        """For the log: the ids that the client's own debug log has, too; of a frame, or of what is followed."""
        named = getattr(frame, "session_id", "")
        sessions = [named[:36]] if named else [str(session) for session in self.positions]
        return {"connection": self.connection_id, "sessions": " ".join(sessions[:SESSIONS_NAMED])}

    def refuse(self, error: ParleyError, frame: Any = None) -> None:
        """Answer a frame with an `error`, which names what the frame was about."""
        about = {name: str(getattr(frame, name)) for name in ABOUT if getattr(frame, name, None)}
        self.send_frame(error_frame(error, **about))

    def spawn(self, work: Coroutine[Any, Any, None], frame: Any = None) -> None:
        """Do `work` after what was spawned before. Raises RateLimited when too much waits."""
        try:
            self._tasks.put_nowait((work, frame))
        except asyncio.QueueFull:
            work.close()
            raise RateLimited(retry_after_s=1.0) from None

    async def guard(self, work: Coroutine[Any, Any, None], frame: Any) -> None:
        """Do `work`; what goes wrong is answered, as far as it concerns whoever sent the frame."""
        try:
            await work
        except ParleyError as error:
            self.refuse(error, frame)
        except DatabaseError as error:
            logger.warning("the database did not serve a socket: %s", type(error).__name__)
            self.refuse(Unavailable(retry_after_s=DATABASE_RETRY_SECONDS), frame)
        except Exception:
            logger.exception("a socket's task failed", extra=self.name(frame))
            self.refuse(Internal(), frame)

    async def join(self, group: str) -> None:
        """Subscribe to a group of hints, once."""
        if group not in self.groups:
            self.groups.add(group)
            await self.layer.group_add(group, self.channel_name)

    def header(self, name: str) -> str:
        values = read_headers(self.scope, name.encode())
        return values[0] if values else ""

    def read_bearer_token(self) -> str:
        """The token of the Authorization header, or of a subprotocol entry `bearer.TOKEN`; "" without one."""
        scheme, _, token = self.header("authorization").partition(" ")
        if scheme.lower() == "bearer":
            return token.strip()
        entries = [entry for entry in self.scope.get("subprotocols", ()) if entry.startswith("bearer.")]
        return entries[0].removeprefix("bearer.") if entries else ""

    def read_session(self, session_id: str) -> UUID:
        return parse_session(session_id)
