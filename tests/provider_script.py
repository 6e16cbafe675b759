"""What a stand-in provider may be told to do, and what it writes down. Tests import all of it from tests.provider."""

import asyncio
import threading
import time
from dataclasses import dataclass, field
from typing import Any

SECONDS = 15.0
MODEL, OTHER_MODEL = "stand-in-small", "stand-in-large"
KEY = "sk-stand-in-0123456789-never-to-be-seen"


class Gate:
    """A step at which the script waits until the test opens it. Each request that comes by waits."""

    def __init__(self) -> None:
        self.reached = threading.Event()
        self._lock = threading.Lock()
        self._is_open = False
        self._waiting: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    def open(self) -> None:
        with self._lock:
            self._is_open = True
            for loop, event in self._waiting:
                loop.call_soon_threadsafe(event.set)

    def wait_reached(self, seconds: float = SECONDS) -> None:
        assert self.reached.wait(seconds), "The provider never came to this gate."

    async def wait_reached_async(self, seconds: float = SECONDS) -> None:
        await asyncio.to_thread(self.wait_reached, seconds)

    async def pass_through(self) -> None:
        """The provider's side; its loop serves others meanwhile."""
        event = asyncio.Event()
        with self._lock:
            if self._is_open:
                event.set()
            self._waiting.append((asyncio.get_running_loop(), event))
        self.reached.set()
        await event.wait()


@dataclass(frozen=True, slots=True)
class Pause:
    """A step: this many seconds of silence."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Raw:
    """A step: these bytes, as they are, in the middle of the stream."""

    data: bytes


class Stall:
    """A step: silence until the client gives up."""


class Cut:
    """A step: the connection breaks, without an end of the stream."""


class Ends:
    """A step: the response ends properly where it stands, without `finish_reason` and `[DONE]`."""


# The name matters to Anthropic's streams only.
GARBAGE = Raw(b"event: content_block_delta\ndata: {this is not JSON\n\n")
TROUBLE = Raw(b'data: {"error": {"message": "The server had an error.", "type": "server_error"}}\n\n')
OVERLOADED = Raw(
    b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}\n\n'
)
Step = str | Gate | Pause | Raw | Stall | Cut | Ends


class Script:
    """What one request gets. `pace`: seconds before each piece. `hang`: silence before the headers, or a gate there."""

    def __init__(
        self,
        *steps: Step,
        pace: float = 0.0,
        tokens_in: int = 40,
        tokens_out: int | None = None,
        hang: Gate | Stall | None = None,
        finish_reason: str = "stop",
    ) -> None:
        self.steps = steps
        self.pace = pace
        self.tokens_in = tokens_in
        self.tokens_out = sum(isinstance(step, str) for step in steps) if tokens_out is None else tokens_out
        self.hang = hang
        self.finish_reason = finish_reason

    @property
    def text(self) -> str:
        return "".join(step for step in self.steps if isinstance(step, str))


@dataclass(frozen=True)
class Refusal:
    """An error in place of an answer, in the provider's shape; `retry_after` in seconds goes into the header."""

    status: int
    message: str = "The stand-in was told to refuse."
    code: str | None = None
    retry_after: float | None = None
    whole_body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)


Play = Script | Refusal
TOO_MANY = Refusal(429, "Rate limit reached.", code="rate_limit_exceeded")
NO_QUOTA = Refusal(429, "You exceeded your current quota.", code="insufficient_quota")
BROKEN = Refusal(500, "The server had an error.")


@dataclass
class Request:
    """What a client asked, and how it went. Moments are `time.monotonic()`, the same in all processes of a machine."""

    method: str
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    asked_at: float
    finished_at: float | None = None
    closed_at: float | None = None
    _closed: threading.Event = field(default_factory=threading.Event, repr=False)

    @property
    def messages(self) -> list[dict[str, str]]:
        return list(self.body.get("messages", []))

    def wait_closed(self, seconds: float = SECONDS) -> float:
        """The moment at which the client closed the connection that this request came by."""
        assert self._closed.wait(seconds), "The client keeps its connection to the provider."
        assert self.closed_at is not None
        return self.closed_at

    def note_closed(self) -> None:
        if self.closed_at is None:
            self.closed_at = time.monotonic()
            self._closed.set()
