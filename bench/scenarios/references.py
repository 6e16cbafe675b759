"""The references' protocols: bare echo, and the stock chat's bot and relay."""

import asyncio
from collections.abc import Sequence
from typing import Any

import msgspec

from bench.meter import Conversation, Meter
from bench.scenarios.base import Scenario, client_ids, open_all
from bench.wire import Refused, Socket, Target, open_socket

TEXT = "When will the parcel that I ordered last week arrive?"
PAYLOAD = msgspec.json.encode(
    {"type": "message", "client_id": "0" * 36, "session_id": "0" * 36, "text": TEXT}
)


class StockMessage(msgspec.Struct):
    client_id: str
    sender: str


decode_stock = msgspec.json.Decoder(StockMessage).decode


class Echo(Scenario):
    """A frame of a message's size goes out and comes back."""

    def __init__(self, meter: Meter, *, url: str) -> None:
        super().__init__(meter)
        self.url = url

    async def open(self, count: int) -> Sequence[Conversation]:
        return await open_all(count, self._open_one)

    async def _open_one(self, number: int) -> Conversation:
        conversation = EchoConversation(self.meter)
        conversation.socket = await open_socket(Target(self.url), on_text=conversation.on_text)
        return conversation


class EchoConversation:
    socket: Socket

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.begun_at = 0.0

    def begin(self) -> None:
        self.begun_at = self.meter.begin()
        self.socket.send_text(PAYLOAD)

    def on_text(self, payload: bytes) -> None:
        self.meter.finish(self, self.begun_at)


class StockScenario(Scenario):
    """One group for each conversation, named by number."""

    path = ""

    def __init__(self, meter: Meter, *, url: str, run: str) -> None:
        super().__init__(meter)
        self.url = url
        self.run = run
        self.opened = 0

    def target(self, number: int) -> Target:
        return Target(f"{self.url}/{self.path}/{self.run}-{number}/")

    async def open(self, count: int) -> Sequence[Conversation]:
        first, self.opened = self.opened, self.opened + count
        return await open_all(count, lambda number: self.open_one(first + number))

    async def open_one(self, number: int) -> Conversation:
        raise NotImplementedError


class StockBot(StockScenario):
    """Done when the visitor has their own message and the bot's reply, both stored by then."""

    path = "bot"

    async def open_one(self, number: int) -> Conversation:
        conversation = StockBotConversation(self.meter)
        conversation.socket = await open_socket(self.target(number), on_text=conversation.on_text)
        return conversation


class StockBotConversation:
    socket: Socket

    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.ids = client_ids()
        self.begun_at = 0.0
        self.client_id = ""

    def begin(self) -> None:
        self.client_id = next(self.ids)
        self.begun_at = self.meter.begin()
        self.socket.send_text(msgspec.json.encode({"client_id": self.client_id, "text": TEXT}))

    def on_text(self, payload: bytes) -> None:
        message = decode_stock(payload)
        if message.client_id != self.client_id:
            self.meter.trouble("a stranger's message")
        elif message.sender == "visitor":
            self.meter.acknowledge(self.begun_at)
        else:
            self.meter.finish(self, self.begun_at)


class StockRelay(StockScenario):
    """Visitor and agent write in turns; a message is done when the other side has it."""

    path = "relay"

    async def open_one(self, number: int) -> Conversation:
        conversation = StockRelayConversation(self.meter)
        for side in ("visitor", "agent"):
            conversation.sockets[side] = await open_socket(
                self.target(number), on_text=conversation.listener(side)
            )
        return conversation


class StockRelayConversation:
    def __init__(self, meter: Meter) -> None:
        self.meter = meter
        self.sockets: dict[str, Socket] = {}
        self.ids = client_ids()
        self.sender = "agent"
        self.begun_at = 0.0

    def begin(self) -> None:
        self.sender = "visitor" if self.sender == "agent" else "agent"
        frame = {"client_id": next(self.ids), "sender": self.sender, "text": TEXT}
        self.begun_at = self.meter.begin()
        self.sockets[self.sender].send_text(msgspec.json.encode(frame))

    def listener(self, side: str) -> Any:
        def on_text(payload: bytes) -> None:
            if decode_stock(payload).sender != side:
                self.meter.finish(self, self.begun_at)

        return on_text


class Connect(Scenario):
    """Connect, close, connect again: each slot has one handshake in flight."""

    def __init__(self, meter: Meter, *, url: str) -> None:
        super().__init__(meter)
        self.url = url

    async def open(self, count: int) -> Sequence[Conversation]:
        return [ConnectSlot(self.meter, Target(self.url)) for _ in range(count)]


class ConnectSlot:
    def __init__(self, meter: Meter, target: Target) -> None:
        self.meter = meter
        self.target = target

    def begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._connect(self.meter.begin()))

    async def _connect(self, begun_at: float) -> None:
        try:
            socket = await open_socket(self.target, on_text=lambda payload: None)
        except (Refused, OSError) as error:
            self.meter.trouble(f"refused: {error}")
        else:
            socket.close()
        self.meter.finish(self, begun_at)


class Idle(Scenario):
    """Connections as a browser opens them, offering compression, that say nothing."""

    def __init__(self, meter: Meter, *, url: str) -> None:
        super().__init__(meter)
        self.url = url
        self.sockets: list[Socket] = []

    async def open(self, count: int) -> Sequence[Conversation]:
        target = Target(self.url, deflate=True)
        self.sockets += await open_all(
            count, lambda number: open_socket(target, on_text=lambda payload: None)
        )
        return []
