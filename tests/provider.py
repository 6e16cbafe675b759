"""A stand-in for a language model's provider: OpenAI's chat completions and Anthropic's Messages on a free port.

    with run_provider() as provider:                      # real servers: run_installation(variables=provider.variables)
        gate = Gate()
        provider.play(Script("The fish ", gate, "is 9 euros [1]."))
        gate.wait_reached()                               # the first piece is out, nothing follows until gate.open()
        provider.wait_for_requests(1)[0].wait_closed()    # the moment at which the client closed its connection

Scripts are played in turn, one a request; after the last, each request gets `provider.default`, or what
`provider.respond(request)` makes of it. Speaks what the real ones speak (tests/provider_wires.py): streamed or whole,
usage, errors, /models.
"""

import asyncio
import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from tests.provider_script import (
    BROKEN,
    GARBAGE,
    KEY,
    MODEL,
    NO_QUOTA,
    OTHER_MODEL,
    OVERLOADED,
    SECONDS,
    TOO_MANY,
    TROUBLE,
    Cut,
    Ends,
    Gate,
    Pause,
    Play,
    Raw,
    Refusal,
    Request,
    Script,
    Stall,
)
from tests.provider_wires import Wire, find_wire

__all__ = [
    "BROKEN", "GARBAGE", "KEY", "MODEL", "NO_QUOTA", "OTHER_MODEL", "OVERLOADED", "TOO_MANY", "TROUBLE", "Cut", "Ends",
    "Gate", "Pause", "Provider", "Raw", "Refusal", "Request", "Script", "Stall", "run_provider",
]  # fmt: skip


class Provider:
    """The server, on a thread of its own; use `run_provider`."""

    def __init__(self, *, key: str = KEY, models: tuple[str, ...] = (MODEL, OTHER_MODEL)) -> None:
        self.key, self.models = key, models
        self.default: Play = Script("Here is ", "what I ", "found [1].")
        self.respond: Callable[[Request], Play] | None = None
        self.requests: list[Request] = []
        self.connections: set[asyncio.Transport] = set()
        self.port = 0
        self._scripts: deque[Play] = deque()
        self._changed = threading.Condition()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="stand-in-provider", daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def variables(self) -> dict[str, str]:
        """The environment of a server that is to use it."""
        return {
            "OPENAI_BASE_URL": self.url,
            "OPENAI_API_KEY": self.key,
            "OPENAI_MODELS": ",".join(self.models),
        }

    @property
    def anthropic_variables(self) -> dict[str, str]:
        """The same for Anthropic's format."""
        return {
            "ANTHROPIC_BASE_URL": self.url,
            "ANTHROPIC_API_KEY": self.key,
            "ANTHROPIC_MODELS": ",".join(self.models),
        }

    def play(self, *scripts: Play) -> None:
        """What the next requests get, one each."""
        self._scripts.extend(scripts)

    def wait_for_requests(self, count: int, *, seconds: float = SECONDS) -> list[Request]:
        """All that asked for an answer so far, once there are `count`."""
        with self._changed:
            enough = self._changed.wait_for(lambda: len(self.answers) >= count, seconds)
        assert enough, f"The provider was asked {len(self.answers)} times, not {count}."
        return self.answers

    async def wait_for_requests_async(self, count: int, *, seconds: float = SECONDS) -> list[Request]:
        return await asyncio.to_thread(self.wait_for_requests, count, seconds=seconds)

    @property
    def answers(self) -> list[Request]:
        """The requests for an answer, not those for the list of models."""
        return [request for request in self.requests if find_wire(request.path) is not None]

    def note(self, request: Request) -> Play:
        """Write a request down; returns what it gets."""
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            if self._scripts:
                return self._scripts.popleft()
        return self.respond(request) if self.respond is not None else self.default

    def start(self) -> None:
        self._thread.start()
        opening = self._loop.create_server(lambda: _Connection(self), "127.0.0.1", 0)
        server = asyncio.run_coroutine_threadsafe(opening, self._loop).result(SECONDS)
        self.port = server.sockets[0].getsockname()[1]
        self._server = server

    def stop(self) -> None:
        """Close the port and all connections."""
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()

    async def _close(self) -> None:
        self._server.close()
        for transport in set(self.connections):
            transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _Connection(asyncio.Protocol):
    """One client's connection; requests on it are answered one after the other."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider
        self._buffer = b""
        self._task: asyncio.Task[None] | None = None
        self._seen: list[Request] = []

    def connection_made(self, transport: Any) -> None:
        self._transport = transport
        self._provider.connections.add(transport)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        self._read_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._provider.connections.discard(self._transport)
        if self._seen:
            self._seen[-1].note_closed()
        if self._task is not None:
            self._task.cancel()

    def _read_request(self) -> None:
        head, gap, rest = self._buffer.partition(b"\r\n\r\n")
        if not gap or (self._task is not None and not self._task.done()):
            return
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }
        length = int(headers.get("content-length", 0))
        if len(rest) < length:
            return
        body, self._buffer = rest[:length], rest[length:]
        method, path, _ = first.split(" ")
        request = Request(method, path, headers, json.loads(body or b"{}"), time.monotonic())
        self._seen.append(request)
        self._task = asyncio.get_running_loop().create_task(self._answer(request))
        self._task.add_done_callback(self._next)

    def _next(self, task: "asyncio.Task[None]") -> None:
        if not task.cancelled():
            self._read_request()

    async def _answer(self, request: Request) -> None:
        provider, wire = self._provider, find_wire(request.path)
        if wire is None:
            self._answer_other(request)
            return
        play: Play = provider.note(request)
        if provider.key and wire.read_key(request) != provider.key:
            play = Refusal(401, "Incorrect API key provided.", code=wire.bad_key)
        elif request.body.get("model") not in provider.models:
            play = Refusal(404, f"There is no model {request.body.get('model')}.")
        if isinstance(play, Refusal):
            extra = {} if play.retry_after is None else {"retry-after": f"{play.retry_after:g}"}
            body = wire.refuse(play) if play.whole_body is None else play.whole_body
            self._send_whole(play.status, body, extra | play.headers)
        else:
            await self._play(request, play, wire)
        request.finished_at = time.monotonic()

    def _answer_other(self, request: Request) -> None:
        """The list of models; anything else is a page that knows nothing of models."""
        self._provider.requests.append(request)
        if request.path.endswith("/models"):
            data = [{"id": name, "object": "model", "owned_by": "stand-in"} for name in self._provider.models]
            self._send_whole(200, json.dumps({"object": "list", "data": data}).encode())
        else:
            self._send_whole(404, b"<html>Not found</html>", {"content-type": "text/html"})
        request.finished_at = time.monotonic()

    async def _play(self, request: Request, script: Script, wire: Wire) -> None:
        if script.hang is not None:
            await _wait(script.hang)
        if not request.body.get("stream"):
            self._send_whole(200, json.dumps(wire.whole(request, script)).encode())
            return
        head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
        self._transport.write(head.encode())
        for event in wire.begin(request, script):
            self._send_piece(event)
        for step in script.steps:
            if isinstance(step, str):
                await asyncio.sleep(script.pace)  # time is the fault
                self._send_piece(wire.say(request, step))
            elif isinstance(step, Raw):
                self._send_piece(step.data)
            elif isinstance(step, Cut):
                self._transport.abort()
                return
            elif isinstance(step, Ends):
                self._transport.write(b"0\r\n\r\n")
                return
            else:
                await _wait(step)
        for event in wire.end(request, script):
            self._send_piece(event)
        self._transport.write(b"0\r\n\r\n")

    def _send_piece(self, data: bytes) -> None:
        self._transport.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def _send_whole(self, status: int, body: bytes, headers: dict[str, str] | None = None) -> None:
        fields = {"content-type": "application/json", "content-length": str(len(body)), **(headers or {})}
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        self._transport.write(f"HTTP/1.1 {status} -\r\n{lines}\r\n".encode() + body)


async def _wait(step: Gate | Pause | Stall) -> None:
    if isinstance(step, Gate):
        await step.pass_through()
    elif isinstance(step, Pause):
        await asyncio.sleep(step.seconds)  # time is the fault
    else:
        await asyncio.Event().wait()


@contextmanager
def run_provider(**options: Any) -> Iterator[Provider]:
    """A provider that listens; gone afterwards, with its connections."""
    provider = Provider(**options)
    provider.start()
    try:
        yield provider
    finally:
        provider.stop()
