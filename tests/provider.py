"""A stand-in for a language model's provider: OpenAI's chat completions on a free port, scripted by the test.

    with run_provider() as provider:                      # real servers: run_installation(variables=provider.variables)
        gate = Gate()
        provider.play(Script("The fish ", gate, "is 9 euros [1]."))
        gate.wait_reached()                               # the first piece is out, nothing follows until gate.open()
        provider.wait_for_requests(1)[0].wait_closed()    # the moment at which the client closed its connection

Scripts are played in turn, one a request; after the last, each request gets `provider.default`, or what
`provider.respond(request)` makes of it. Speaks what the real one speaks: streamed or whole, usage, errors, /models.
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

__all__ = [
    "BROKEN", "GARBAGE", "KEY", "MODEL", "NO_QUOTA", "OTHER_MODEL", "TOO_MANY", "TROUBLE", "Cut", "Ends", "Gate",
    "Pause", "Provider", "Raw", "Refusal", "Request", "Script", "Stall", "run_provider",
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
        return [request for request in self.requests if request.path.endswith("/chat/completions")]

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
        provider = self._provider
        play: Play = provider.note(request) if request.path.endswith("/chat/completions") else Script()
        if provider.key and request.headers.get("authorization") != f"Bearer {provider.key}":
            play = Refusal(401, "Incorrect API key provided.", code="invalid_api_key")
        elif request.path.endswith("/models"):
            provider.requests.append(request)
            data = [{"id": name, "object": "model", "owned_by": "stand-in"} for name in provider.models]
            self._send_whole(200, json.dumps({"object": "list", "data": data}).encode())
            return
        elif request.body.get("model") not in provider.models:
            play = Refusal(
                404, f"The model `{request.body.get('model')}` does not exist.", code="model_not_found"
            )
        if isinstance(play, Refusal):
            extra = {} if play.retry_after is None else {"retry-after": f"{play.retry_after:g}"}
            self._send_whole(play.status, play.body(), extra)
        else:
            await self._play(request, play)
        request.finished_at = time.monotonic()

    async def _play(self, request: Request, script: Script) -> None:
        if script.hang is not None:
            await _wait(script.hang)
        if not request.body.get("stream"):
            self._send_whole(200, json.dumps(_whole(request, script)).encode())
            return
        head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream; charset=utf-8\r\ntransfer-encoding: chunked\r\n\r\n"
        self._transport.write(head.encode())
        counts = bool((request.body.get("stream_options") or {}).get("include_usage"))
        usage = {"usage": None} if counts else {}
        self._send_event({**_chunk(request, {"role": "assistant", "content": ""}), **usage})
        for step in script.steps:
            if isinstance(step, str):
                await asyncio.sleep(script.pace)  # time is the fault
                self._send_event({**_chunk(request, {"content": step}), **usage})
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
        self._send_event({**_chunk(request, {}, finish_reason=script.finish_reason), **usage})
        if counts:
            self._send_event({**_chunk(request, {}), "choices": [], "usage": _usage(script)})
        self._send_piece(b"data: [DONE]\n\n")
        self._transport.write(b"0\r\n\r\n")

    def _send_event(self, data: dict[str, Any]) -> None:
        self._send_piece(b"data: " + json.dumps(data).encode() + b"\n\n")

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


def _chunk(request: Request, delta: dict[str, str], finish_reason: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
    return {
        "id": "chatcmpl-standin",
        "object": "chat.completion.chunk",
        "created": int(time.time()),
        "model": request.body.get("model"),
        "choices": [choice],
    }


def _whole(request: Request, script: Script) -> dict[str, Any]:
    text = "".join(step for step in script.steps if isinstance(step, str))
    message = {"role": "assistant", "content": text, "refusal": None}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": script.finish_reason}
    return {**_chunk(request, {}), "object": "chat.completion", "choices": [choice], "usage": _usage(script)}


def _usage(script: Script) -> dict[str, int]:
    total = script.tokens_in + script.tokens_out
    return {"prompt_tokens": script.tokens_in, "completion_tokens": script.tokens_out, "total_tokens": total}


@contextmanager
def run_provider(**options: Any) -> Iterator[Provider]:
    """A provider that listens; gone afterwards, with its connections."""
    provider = Provider(**options)
    provider.start()
    try:
        yield provider
    finally:
        provider.stop()
