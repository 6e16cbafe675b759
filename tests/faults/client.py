"""A client that behaves as the browser's does: outbox, resend until acknowledged, resume from its last number, backoff.

    async with FaultClient([url], token=token, rng=random.Random(seed)) as client:
        client.say("hello")                       # opens a session; later ones go into the same
        await client.settle()                     # everything said is acknowledged
        client.views[session].shown               # what this client shows

A client comes back by itself, to the next of its addresses, until it is stopped. Times are the browser's, times `pace`.
"""

import asyncio
import contextlib
import random
import time
import uuid
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, Self

import websockets

from tests.faults.log_view import Entry, LogView
from tests.faults.said import Said
from tests.sockets import ChatSocket, ClosedError, Frame, RefusedError

ACCEPT_WITHIN, PONG_WITHIN, READY_WITHIN = 15.0, 10.0, 10.0
HEARTBEAT, BACKOFF_BASE, BACKOFF_MOST, RESTART_SPREAD = 30.0, 1.0, 30.0, 1.5
PASSING = {"unavailable", "rate_limited", "internal"}
LOSSES = (RefusedError, ClosedError, OSError, TimeoutError, websockets.WebSocketException, EOFError)


class FaultClient:
    """One visitor (or, on `/ws/agent/`, one agent) on one socket at a time."""

    def __init__(
        self,
        addresses: Sequence[str],
        *,
        token: str,
        rng: random.Random,
        path: str = "/ws/chat/",
        pace: float = 0.1,
        name: str = "visitor",
    ) -> None:
        self.addresses, self.token, self.path, self.name = list(addresses), token, path, name
        self.pace, self._rng = pace, rng
        self.session = ""
        self.views: dict[str, LogView] = {}
        self.acknowledged: dict[str, tuple[str, int]] = {}
        self.said: list[str] = []
        self.complaints: list[str] = []
        self.refused: dict[str, Frame] = {}
        self.errors: list[Frame] = []
        self.losses: list[tuple[float, object]] = []
        self.readies: list[float] = []
        self.pongs: list[float] = []
        self.states: dict[str, Frame] = {}
        self.streamed: list[Frame] = []
        self.completes: list[Frame] = []
        self.acknowledged_at: dict[str, float] = {}
        self.said_at: dict[str, float] = {}
        self.reading = asyncio.Event()
        self.reading.set()
        self._outbox: list[Said] = []
        self._socket: ChatSocket | None = None
        self._attempt = self._turn = 0
        self._pinged_at: dict[str, float] = {}
        self._task: asyncio.Task[None] | None = None
        self._waiting: set[asyncio.Future[None]] = set()

    # What a test says and asks ---------------------------------------------------------------------------------------
    async def start(self, *, seconds: float = 20) -> Self:
        """Returns once the server has said `ready`."""
        self._task = asyncio.create_task(self._run())
        await self.until_ready(seconds=seconds)
        return self

    async def until_ready(self, *, seconds: float) -> None:
        await self.until(lambda: self.is_ready, seconds=seconds, what="ready")

    async def stop(self) -> None:
        if self._task is not None:
            while not self._task.done():
                # `wait_for` may swallow a cancellation that meets the end of what it waits for (Python 3.11).
                self._task.cancel()
                await asyncio.wait([self._task], timeout=1)
        for said in self._outbox:
            said.rest()

    @property
    def is_ready(self) -> bool:
        return self._socket is not None

    @property
    def waiting(self) -> list[str]:
        """The client ids of what is not yet acknowledged."""
        return [said.client_id for said in self._outbox]

    @property
    def unanswered(self) -> int:
        """How many pings are without an answer."""
        return len(self._pinged_at)

    def say(self, text: str, *, session: str | None = None, client_id: str = "") -> str:
        """Put a message into the outbox; without `session` into the conversation that this client opened."""
        said = Said(client_id or str(uuid.uuid4()), text, self.session if session is None else session)
        self._outbox.append(said)
        self.said.append(said.client_id)
        self.said_at[said.client_id] = time.monotonic()
        self._flush()
        return said.client_id

    def follow(self, session: str) -> None:
        """Show a conversation that somebody else opened."""
        self.views.setdefault(session, LogView())
        self.send("session_sync", session_id=session, after_seq=self.views[session].head)

    def send(self, type: str, **fields: Any) -> None:
        """A frame as it is; lost when there is no socket."""
        if self._socket is not None:
            self._spawn_send({"type": type, **fields})

    def ping(self, **fields: Any) -> str:
        """A heartbeat, also out of turn; `pongs` gets the seconds until its answer."""
        mark = str(uuid.uuid4())
        self._pinged_at[mark] = time.monotonic()
        self.send("ping", id=mark, **fields)
        return mark

    def lose(self) -> None:
        """Drop the socket without a word, as a network does."""
        if self._socket is not None:
            self._socket.abort()

    async def until_answered(self, *, seconds: float) -> None:
        await self.until(lambda: not self.unanswered, seconds=seconds, what="every ping is answered")

    async def until_shown(self, session: str, head: int, *, seconds: float) -> None:
        """This client shows the conversation up to that number."""
        await self.until(
            lambda: self.views[session].head >= head, seconds=seconds, what=f"number {head} is shown"
        )

    async def settle(self, *, seconds: float = 30, refusals: bool = False) -> None:
        """Everything said is acknowledged. With `refusals` some may be refused for good, else AssertionError."""
        await self.until(lambda: not self._outbox, seconds=seconds, what="everything acknowledged")
        assert refusals or not self.refused, f"{self.name}: refused for good: {self.refused}"

    async def until(self, condition: Callable[[], Any], *, seconds: float, what: str) -> Any:
        """Wait for a condition that frames change. Raises AssertionError naming `what`."""
        deadline = time.monotonic() + seconds
        while not (result := condition()):
            left = deadline - time.monotonic()
            if left <= 0:
                lost = [reason for _, reason in self.losses[-3:]]
                raise AssertionError(
                    f"{self.name}: not within {seconds} s: {what} (ready {self.is_ready},"
                    f" waiting {len(self._outbox)}, lost by {lost}, errors {self.errors[-2:]})"
                )
            changed = asyncio.get_running_loop().create_future()
            self._waiting.add(changed)
            await asyncio.wait([changed], timeout=left)
            self._waiting.discard(changed)
        return result

    # The connection --------------------------------------------------------------------------------------------------
    async def _run(self) -> None:
        while True:
            code: object
            try:
                await self._connect_and_read()
            except LOSSES as error:
                code = getattr(error, "code", None) or getattr(error, "status", None) or type(error).__name__
            self._lose_socket(code)
            self._tell()
            await asyncio.sleep(self._backoff(code))  # time is the fault

    async def _connect_and_read(self) -> NoReturn:
        address = self.addresses[self._turn % len(self.addresses)]
        async with asyncio.timeout(READY_WITHIN * max(self.pace, 0.5)):
            socket = await ChatSocket.connect(address, token=self.token, path=self.path)
        beats = asyncio.create_task(self._beat(socket))
        try:
            await socket.expect("ready", seconds=READY_WITHIN)
            self._take_ready(socket)
            self._tell()
            while True:
                await self.reading.wait()
                self._take(await socket.receive(seconds=3_600))
                socket.frames.clear()
                self._tell()
        finally:
            beats.cancel()
            socket.abort()

    def _take_ready(self, socket: ChatSocket) -> None:
        self._socket, self._attempt = socket, 0
        self.readies.append(time.monotonic())
        for session, view in self.views.items():
            self.send("session_sync", session_id=session, after_seq=view.head)
        self._flush()

    async def _beat(self, socket: ChatSocket) -> None:
        """Ask for a sign of life, carrying the head number; silence means that the socket is dead."""
        while True:
            await asyncio.sleep(HEARTBEAT * self.pace)  # time is the fault
            if socket is not self._socket or not self.reading.is_set():
                continue
            mark = self.ping(session_id=self.session)
            await asyncio.sleep(PONG_WITHIN * max(self.pace, 0.3))  # time is the fault
            if mark in self._pinged_at and socket is self._socket:
                socket.abort()

    def _lose_socket(self, code: object) -> None:
        self._socket = None
        self._attempt += 1
        self._turn += 1
        self.losses.append((time.monotonic(), code))
        self._pinged_at.clear()
        for said in self._outbox:
            said.rest()

    def _backoff(self, code: object) -> float:
        """The browser's: spread over 1.5 s after a restart, else full jitter under a doubling ceiling."""
        most = min(BACKOFF_MOST, BACKOFF_BASE * 2 ** min(self._attempt, 10))
        return self._rng.random() * (RESTART_SPREAD if code == 1012 else most) * self.pace

    def _spawn_send(self, frame: Frame) -> None:
        socket = self._socket
        if socket is not None:
            task = asyncio.ensure_future(socket.send(**frame))
            task.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _tell(self) -> None:
        """Let those who wait look again."""
        for changed in self._waiting:
            if not changed.done():
                changed.set_result(None)

    # Frames ----------------------------------------------------------------------------------------------------------
    def _take(self, frame: Frame) -> None:
        match frame["type"]:
            case "accepted":
                self._accept(frame)
            case "message" | "saved":
                self._show(frame["session_id"], [frame["message"]])
            case "session_synced":
                self._show(frame["session_id"], frame["messages"])
                self._catch_up(frame["session_id"], frame["head_seq"])
            case "pong":
                self._take_pong(frame)
            case "state":
                self.states[frame["session_id"]] = frame
            case "working" | "text":
                self.streamed.append(frame)
            case "complete":
                self.completes.append(frame)
            case "error":
                self._refuse(frame)

    def _accept(self, frame: Frame) -> None:
        place = (frame["session_id"], frame["seq"])
        earlier = self.acknowledged.setdefault(frame["client_id"], place)
        if earlier != place:
            self.complaints.append(f"{frame['client_id']} was accepted as {earlier}, and then as {place}")
        self.acknowledged_at.setdefault(frame["client_id"], time.monotonic())
        said = next((said for said in self._outbox if said.client_id == frame["client_id"]), None)
        if said is None:
            return
        self._outbox.remove(said)
        said.rest()
        if not said.session:
            self._learn_session(frame["session_id"])
        sender = "agent" if self.path == "/ws/agent/" else "visitor"
        self.views.setdefault(frame["session_id"], LogView()).put(
            Entry(frame["seq"], sender, said.text, said.client_id)
        )
        self._catch_up(frame["session_id"], frame["seq"])
        self._flush()

    def _learn_session(self, session: str) -> None:
        self.session = self.session or session
        for other in self._outbox:
            other.session = other.session or session

    def _show(self, session: str, messages: list[Frame]) -> None:
        view = self.views.get(session)
        if view is None:
            return
        before = view.has_gap
        for message in messages:
            view.put(Entry.of(message))
        if view.has_gap and not before:
            self._catch_up(session, view.head + 1)

    def _catch_up(self, session: str, head: int) -> None:
        view = self.views.get(session)
        if view is not None and view.head < head:
            self.send("session_sync", session_id=session, after_seq=view.head)

    def _take_pong(self, frame: Frame) -> None:
        sent_at = self._pinged_at.pop(frame["id"], None)
        if sent_at is not None:
            self.pongs.append(time.monotonic() - sent_at)
        if self.session:
            self._catch_up(self.session, frame["head_seq"])

    def _refuse(self, frame: Frame) -> None:
        self.errors.append(frame)
        said = next((said for said in self._outbox if said.client_id == frame.get("client_id")), None)
        if said is None:
            return
        said.rest()
        if frame["code"] in PASSING:
            said.sending = True  # it steps back for so long, and nothing overtakes it
            said.timer = asyncio.get_running_loop().call_later(
                frame.get("retry_after_s", 1.0), self._again, said
            )
        else:
            self._outbox.remove(said)
            self.refused[said.client_id] = frame
            self._flush()

    # The outbox: in each conversation one message is on its way at a time ---------------------------------------------
    def _flush(self) -> None:
        seen: set[str] = set()
        for said in list(self._outbox):
            if said.session not in seen and not said.sending and self._socket is not None:
                self._transmit(said)
            seen.add(said.session)

    def _transmit(self, said: Said) -> None:
        said.sending = True
        within = ACCEPT_WITHIN * max(self.pace, 0.2)
        said.timer = asyncio.get_running_loop().call_later(within, self._again, said)
        self.send("message", client_id=said.client_id, session_id=said.session, text=said.text)

    def _again(self, said: Said) -> None:
        said.rest()
        self._flush()

    async def __aenter__(self) -> Self:
        return await self.start()

    async def __aexit__(self, *_: object) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await self.stop()
