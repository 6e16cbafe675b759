"""A bot round in Socket.IO's protocol (Engine.IO 4 over a WebSocket), as its own client speaks it."""

import asyncio

import msgspec

from bench.scenarios.people import within
from bench.scenarios.references import TEXT, StockBotConversation, StockScenario
from bench.wire import Target, open_socket

PING, PONG, CONNECT, CONNECTED, EVENT = b"2", b"3", b"40", b"40", b"42"
EVENT_HEAD = b'42["message",'


class SocketIOBot(StockScenario):
    """The same rounds as the stock chat's, a room for each conversation."""

    def target(self, number: int) -> Target:
        return Target(f"{self.url}/socket.io/?EIO=4&transport=websocket&room={self.run}-{number}")

    async def open_one(self, number: int) -> "SocketIOConversation":
        conversation = SocketIOConversation(self.meter)
        conversation.joined = asyncio.get_running_loop().create_future()
        conversation.socket = await open_socket(self.target(number), on_text=conversation.on_packet)
        conversation.socket.send_text(CONNECT)
        await within(conversation.joined, "no answer to Socket.IO's connect")
        return conversation


class SocketIOConversation(StockBotConversation):
    joined: asyncio.Future[None]

    def begin(self) -> None:
        self.client_id = next(self.ids)
        self.begun_at = self.meter.begin()
        self.socket.send_text(
            EVENT_HEAD + msgspec.json.encode({"client_id": self.client_id, "text": TEXT}) + b"]"
        )

    def on_packet(self, packet: bytes) -> None:
        if packet.startswith(EVENT):
            self.on_text(packet[len(EVENT_HEAD) : -1])
        elif packet.startswith(CONNECTED) and not self.joined.done():
            self.joined.set_result(None)
        elif packet == PING:
            self.socket.send_text(PONG)
