"""The two sides of a conversation with Parley, speaking docs/protocol.md."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from bench.meter import Meter
from bench.scenarios.base import client_ids
from bench.wire import Socket, Target, open_socket

PROTOCOL = "parley.v1"
STEP_TIMEOUT_S = 30.0


class Row(msgspec.Struct):
    """What the generator reads of a message."""

    seq: int = 0
    sender: str = ""
    client_id: str | None = None


class Handoff(msgspec.Struct):
    id: str
    session_id: str


class Frame(msgspec.Struct):
    """The fields of all server frames that matter here; unknown ones are skipped by the decoder."""

    type: str
    session_id: str = ""
    client_id: str | None = None
    seq: int = 0
    message: Row | None = None
    outcome: str = ""
    code: str = ""
    detail: str = ""
    state: str = ""
    handoff: Handoff | None = None
    waiting: list[Handoff] | None = None


decode = msgspec.json.Decoder(Frame).decode
encode = msgspec.json.encode


def target_for(url: str, token: str, *, deflate: bool = False) -> Target:
    headers = {"Authorization": f"Bearer {token}", "Sec-WebSocket-Protocol": PROTOCOL}
    return Target(url, headers, deflate=deflate)


class Visitor:
    """A visitor's socket. It checks that the session's numbers follow each other without a gap."""

    socket: Socket

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.ids = client_ids()
        self.session_id = ""
        self.head = 0
        self.accepted = 0
        self.hear: Callable[[Frame], None] = lambda frame: None

    async def connect(self, target: Target) -> None:
        ready = self.expect("ready")
        self.socket = await open_socket(target, on_text=self.on_text)
        await ready

    def on_text(self, payload: bytes) -> None:
        frame = decode(payload)
        kind = frame.type
        if kind == "accepted":
            self.accepted += 1
            self._follow(frame.seq)
        elif frame.message is not None:
            self._follow(frame.message.seq)
        elif kind == "error":
            self.meter.trouble(f"error {frame.code}: {frame.detail}")
        self.hear(frame)

    def expect(self, kind: str, **fields: str) -> asyncio.Future[Frame]:
        """A future of the next frame of this kind with these fields, while nothing else listens."""
        future: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()

        def hear(frame: Frame) -> None:
            fits = frame.type == kind and all(getattr(frame, name) == value for name, value in fields.items())
            if fits and not future.done():
                future.set_result(frame)

        self.hear = hear
        return within(future, f"no `{kind}` in {STEP_TIMEOUT_S:.0f} s")

    def send_message(self, text: str) -> str:
        client_id = next(self.ids)
        self.socket.send_text(
            encode({"type": "message", "client_id": client_id, "session_id": self.session_id, "text": text})
        )
        return client_id

    async def open_session(self, question: str) -> None:
        """The first round: it opens the session and warms whatever the bot reads once."""
        self.send_message(question)
        complete = await self.expect("complete")
        self.session_id = complete.session_id
        self.meter.outcomes[complete.outcome] += 1

    def _follow(self, seq: int) -> None:
        """A number seen before is allowed by the protocol and changes nothing; a gap is not."""
        if seq == self.head + 1:
            self.head = seq
        elif seq > self.head:
            self.meter.trouble(f"number {seq} after {self.head}")
            self.head = seq
        else:
            self.meter.outcomes["shown twice"] += 1


class Agent:
    """An agent's console: one socket for all of the agent's conversations."""

    socket: Socket

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.ids = client_ids()
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.waiting: dict[str, str] = {}
        self.changed = asyncio.Event()
        self.hear: dict[str, Callable[[Frame], None]] = {}
        self.accepted = 0

    async def connect(self, target: Target) -> None:
        self.socket = await open_socket(target, on_text=self.on_text)
        await within(self.ready, "no `ready` on the agent's socket")

    def on_text(self, payload: bytes) -> None:
        frame = decode(payload)
        if frame.type == "ready":
            self.waiting.update({handoff.session_id: handoff.id for handoff in frame.waiting or []})
            self.ready.set_result(None)
        elif frame.type == "queue" and frame.handoff is not None:
            self.waiting[frame.handoff.session_id] = frame.handoff.id
            self.changed.set()
        elif frame.type == "accepted":
            self.accepted += 1
        elif frame.type == "error":
            self.meter.trouble(f"agent: error {frame.code}: {frame.detail}")
        hear = self.hear.get(frame.session_id)
        if hear is not None:
            hear(frame)

    async def accept(self, session_id: str) -> None:
        """Take the conversation as soon as it shows up in the queue, and load it, as the console does."""
        while session_id not in self.waiting:
            self.changed.clear()
            await asyncio.wait_for(self.changed.wait(), STEP_TIMEOUT_S)
        self.socket.send_text(encode({"type": "accept", "handoff_id": self.waiting[session_id]}))
        await self.expect(session_id, "state")
        self.socket.send_text(encode({"type": "session_sync", "session_id": session_id, "after_seq": 0}))
        await self.expect(session_id, "session_synced")

    def expect(self, session_id: str, kind: str) -> asyncio.Future[Frame]:
        """A future of the next frame of this kind for the session."""
        future: asyncio.Future[Frame] = asyncio.get_running_loop().create_future()

        def hear(frame: Frame) -> None:
            if frame.type == kind and not future.done():
                future.set_result(frame)

        self.hear[session_id] = hear
        return within(future, f"no `{kind}` on the agent's socket in {STEP_TIMEOUT_S:.0f} s")

    def send_message(self, session_id: str, text: str) -> str:
        client_id = next(self.ids)
        self.socket.send_text(
            encode({"type": "message", "client_id": client_id, "session_id": session_id, "text": text})
        )
        return client_id


def within(future: asyncio.Future[Any], complaint: str) -> asyncio.Future[Any]:
    """Fail the future with a TimeoutError that says what was missing."""

    def give_up() -> None:
        if not future.done():
            future.set_exception(TimeoutError(complaint))

    timer = asyncio.get_running_loop().call_later(STEP_TIMEOUT_S, give_up)
    future.add_done_callback(lambda _: timer.cancel())
    return future
