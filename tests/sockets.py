"""A chat or agent socket for tests: sends frames, waits for frames by type, over the network or inside the process.

    socket = await ChatSocket.connect(server.url, token=token)          # a running server
    socket = await ChatSocket.connect_inside(application, token=token)  # this process, no server

Frames that `expect` passes over stay in `socket.frames`, in the order in which they came.
"""

import asyncio
import contextlib
import json
import threading
import uuid
from collections.abc import Callable, Coroutine
from typing import Any, Literal, Protocol, Self, TypeVar

import websockets
from channels.testing import WebsocketCommunicator
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_connection

PROTOCOL = "parley.v1"
SECONDS = 10.0
Frame = dict[str, Any]
Result = TypeVar("Result")


class RefusedError(Exception):
    """The handshake was refused; `status` is HTTP's (403 inside the process, where nothing else is to be seen)."""

    def __init__(self, status: int) -> None:
        super().__init__(f"The socket was refused with {status}.")
        self.status = status


class ClosedError(Exception):
    """The other side closed the socket with `code`."""

    def __init__(self, code: int) -> None:
        super().__init__(f"The socket was closed with {code}.")
        self.code = code


class Transport(Protocol):
    subprotocol: str | None

    async def send(self, data: str | bytes) -> None: ...
    async def receive(self, seconds: float) -> str: ...
    async def close(self, code: int) -> None: ...


class NetworkTransport:
    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection
        self.subprotocol: str | None = connection.subprotocol

    async def send(self, data: str | bytes) -> None:
        with contextlib.suppress(websockets.ConnectionClosed):
            await self._connection.send(data)

    async def send_as_text(self, data: bytes) -> None:
        """A text frame with these bytes, whether or not they are text."""
        await self._connection.send(data, text=True)

    async def send_pieces(self, pieces: list[str]) -> None:
        """One message as several frames."""
        await self._connection.send(pieces)

    async def receive(self, seconds: float) -> str:
        try:
            return str(await asyncio.wait_for(self._connection.recv(), seconds))
        except websockets.ConnectionClosed as error:
            raise ClosedError(error.rcvd.code if error.rcvd else 1006) from error

    async def close(self, code: int) -> None:
        await self._connection.close(code)

    def abort(self) -> None:
        self._connection.transport.abort()


class InsideTransport:
    def __init__(self, communicator: WebsocketCommunicator, subprotocol: str | None) -> None:
        self._communicator = communicator
        self.subprotocol: str | None = subprotocol

    async def send(self, data: str | bytes) -> None:
        if isinstance(data, bytes):
            await self._communicator.send_to(bytes_data=data)
        else:
            await self._communicator.send_to(text_data=data)

    async def receive(self, seconds: float) -> str:
        event = await self._communicator.receive_output(seconds)
        if event["type"] == "websocket.close":
            raise ClosedError(event.get("code", 1000))
        return str(event["text"])

    async def close(self, code: int) -> None:
        await self._communicator.disconnect(code)


class ChatSocket:
    def __init__(self, transport: Transport) -> None:
        self.transport = transport
        self.frames: list[Frame] = []

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        path: str = "/ws/chat/",
        token: str = "",
        by: Literal["subprotocol", "header"] = "subprotocol",
        headers: dict[str, str] | None = None,
        origin: str | None = None,
    ) -> Self:
        """Open a socket on the server at `url` (http://…). Raises RefusedError with HTTP's status."""
        sent, subprotocols = dict(headers or {}), [PROTOCOL]
        if token and by == "header":
            sent["Authorization"] = f"Bearer {token}"
        elif token:
            subprotocols.append(f"bearer.{token}")
        try:
            connection = await open_connection(
                url.replace("http", "ws", 1) + path,
                subprotocols=[websockets.Subprotocol(name) for name in subprotocols],
                additional_headers=sent,
                origin=websockets.Origin(origin) if origin else None,
                open_timeout=SECONDS,
                max_size=None,
            )
        except websockets.InvalidStatus as error:
            raise RefusedError(error.response.status_code) from error
        return cls(NetworkTransport(connection))

    @classmethod
    async def connect_inside(
        cls,
        application: Any,
        *,
        path: str = "/ws/chat/",
        token: str = "",
        by: Literal["subprotocol", "header"] = "subprotocol",
        headers: dict[str, str] | None = None,
        origin: str | None = "http://127.0.0.1:8000",
    ) -> Self:
        """Open a socket on an ASGI application of this process. Raises RefusedError."""
        sent = {"Host": "127.0.0.1:8000", **(headers or {})}
        if origin:
            sent["Origin"] = origin
        subprotocols = [PROTOCOL]
        if token and by == "header":
            sent["Authorization"] = f"Bearer {token}"
        elif token:
            subprotocols.append(f"bearer.{token}")
        raw = [(name.lower().encode(), value.encode()) for name, value in sent.items()]
        raw.append((b"sec-websocket-protocol", ", ".join(subprotocols).encode()))
        communicator = WebsocketCommunicator(application, path, headers=raw, subprotocols=subprotocols)
        communicator.scope["client"] = ["127.0.0.1", 50_000]
        accepted, subprotocol = await communicator.connect(timeout=SECONDS)
        if not accepted:
            raise RefusedError(403)
        return cls(InsideTransport(communicator, str(subprotocol)))

    async def send(self, type: str, **fields: Any) -> None:
        await self.transport.send(json.dumps({"type": type, **fields}))

    async def send_raw(self, data: str | bytes) -> None:
        await self.transport.send(data)

    async def send_as_text(self, data: bytes) -> None:
        """Over the network only: the server's library sees the bytes, not Parley."""
        assert isinstance(self.transport, NetworkTransport)
        await self.transport.send_as_text(data)

    async def say(self, text: str, *, session_id: str = "", client_id: str = "") -> str:
        """Send a message; returns its client id."""
        client_id = client_id or str(uuid.uuid4())
        await self.send("message", client_id=client_id, session_id=session_id, text=text)
        return client_id

    async def receive(self, *, seconds: float = SECONDS) -> Frame:
        """The next frame. Raises ClosedError, or TimeoutError."""
        frame: Frame = json.loads(await self.transport.receive(seconds))
        self.frames.append(frame)
        return frame

    async def expect(self, *types: str, seconds: float = SECONDS, **fields: Any) -> Frame:
        """The next frame of one of `types` whose `fields` are as given, passing over others."""
        seen: list[str] = []
        try:
            async with asyncio.timeout(seconds):
                while True:
                    frame = await self.receive(seconds=seconds + 1)
                    if frame["type"] in types and all(
                        frame.get(name) == value for name, value in fields.items()
                    ):
                        return frame
                    seen.append(json.dumps(frame)[:200])
        except TimeoutError:
            listing = "\n  ".join(seen) or "nothing"
            raise AssertionError(
                f"No {types} with {fields} within {seconds} s; came instead:\n  {listing}"
            ) from None

    async def expect_error(self, code: str, *, seconds: float = SECONDS) -> Frame:
        return await self.expect("error", seconds=seconds, code=code)

    async def settle(self) -> list[Frame]:
        """Everything that was on its way: sends a ping and returns the frames before its pong."""
        before, mark = len(self.frames), str(uuid.uuid4())
        await self.send("ping", id=mark)
        await self.expect("pong", id=mark)
        return self.frames[before:-1]

    async def expect_close(self, *, seconds: float = SECONDS) -> int:
        """The code with which the server closes, passing over frames before it."""
        try:
            async with asyncio.timeout(seconds):
                while True:
                    await self.receive(seconds=seconds + 1)
        except ClosedError as error:
            return error.code

    async def close(self, code: int = 1000) -> None:
        await self.transport.close(code)

    def abort(self) -> None:
        """Over the network only: reset the connection without a word."""
        assert isinstance(self.transport, NetworkTransport)
        self.transport.abort()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


class BlockingSocket:
    """A ChatSocket for journeys, whose own thread belongs to the browser: the same methods, without `await`."""

    def __init__(self, url: str, **options: Any) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.socket: ChatSocket = self._run(ChatSocket.connect(url, **options))

    @property
    def frames(self) -> list[Frame]:
        return self.socket.frames

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self.socket, name)
        return lambda *args, **fields: self._run(method(*args, **fields))

    def close(self) -> None:
        self._run(self.socket.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)

    def _run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS * 3)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
