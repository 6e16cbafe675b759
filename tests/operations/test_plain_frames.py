"""The short way for plain frames gives the application exactly what the library's way gives it."""

import random
from typing import Any

import pytest
from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame, Opcode
from websockets.utils import apply_mask

from operations.plain_frames import PlainFrames, find_plain_frame, make_header

HANDSHAKE = (
    b"GET /ws/ HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)
LIMIT = 70_000


class Wire:
    """Takes what is written; stands for a transport that never fills."""

    def __init__(self) -> None:
        self.written = b""
        self.closed = False

    def write(self, data: bytes) -> None:
        self.written += data

    def get_extra_info(self, name: str) -> Any:
        return None

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


async def open_protocol(kind: type[WebSocketsSansIOProtocol]) -> tuple[Any, Wire]:
    async def application(scope: Any, receive: Any, send: Any) -> None: ...

    config = Config(application, ws_max_size=LIMIT, ws_ping_interval=None, ws_per_message_deflate=False)
    protocol: Any = kind(config=config, server_state=ServerState(), app_state={})
    wire = Wire()
    protocol.run_asgi = lambda: application(None, None, None)
    protocol.connection_made(wire)
    protocol.data_received(HANDSHAKE)
    await protocol.send({"type": "websocket.accept"})
    wire.written = b""
    return protocol, wire


def drain(protocol: Any) -> list[Any]:
    return [protocol.queue.get_nowait() for _ in range(protocol.queue.qsize())]


def frame(opcode: Opcode, data: bytes, *, fin: bool = True) -> bytes:
    return Frame(opcode, data, fin).serialize(mask=True)


def make_stream(dice: random.Random) -> bytes:
    """What a client may send: mostly plain frames, and everything else between them."""
    words = "gruß 🐟 hello ".encode()
    stream = b""
    for _ in range(dice.randint(3, 12)):
        text = (words * 6000)[: dice.choice([0, 1, 13, 125, 126, 127, 500, 65_535, 65_536])].decode(
            errors="ignore"
        )
        match dice.randint(0, 9):
            case 0:
                stream += frame(Opcode.TEXT, b"half ", fin=False) + frame(Opcode.PING, b"now")
                stream += frame(Opcode.CONT, "…".encode())
            case 1:
                stream += frame(Opcode.BINARY, text.encode())
            case 2:
                stream += frame(Opcode.PING, b"ping")
            case _:
                stream += frame(Opcode.TEXT, text.encode())
    return stream + dice.choice(
        [b"", frame(Opcode.TEXT, b"\xff\xfe"), frame(Opcode.CLOSE, b"\x03\xe8"), b"\x81", b"\xf1\x80",
         frame(Opcode.TEXT, b"x" * (LIMIT + 1)), frame(Opcode.CONT, b"of what?")]
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(40))
async def test_any_stream_in_any_pieces_reads_as_the_library_reads_it(seed: int) -> None:
    dice = random.Random(seed)
    stream = make_stream(dice)
    ours, our_wire = await open_protocol(PlainFrames)
    theirs, their_wire = await open_protocol(WebSocketsSansIOProtocol)

    at = 0
    while at < len(stream):
        end = at + dice.choice([1, 2, 5, 40, 1_000, 100_000])
        if not our_wire.closed:
            ours.data_received(stream[at:end])
        if not their_wire.closed:
            theirs.data_received(stream[at:end])
        at = end

    assert drain(ours) == drain(theirs)
    assert (our_wire.written, our_wire.closed) == (their_wire.written, their_wire.closed)


@pytest.mark.parametrize("cut", [2, 6])
async def test_a_payload_that_looks_like_a_frame_is_read_as_a_payload(cut: int) -> None:
    """A header that comes alone is taken by the library at once, so that its buffer is empty in the middle of a frame."""
    text = b"hello there"
    mask = bytes(
        (text[0] ^ 0x81, text[1] ^ 0x81, 0, 0)
    )  # masked, the text begins as a frame of one byte does
    sent = bytes((0x81, 0x80 | len(text))) + mask + apply_mask(text, mask)
    protocol, _ = await open_protocol(PlainFrames)
    drain(protocol)

    for piece in (sent[:cut], sent[cut:6], sent[6:]):
        protocol.data_received(piece)

    assert drain(protocol) == [{"type": "websocket.receive", "text": "hello there"}]


@pytest.mark.parametrize("length", [0, 1, 125, 126, 65_535, 65_536, 200_000])
async def test_what_is_sent_is_what_the_library_would_send(length: int) -> None:
    ours, our_wire = await open_protocol(PlainFrames)
    theirs, their_wire = await open_protocol(WebSocketsSansIOProtocol)
    event = {"type": "websocket.send", "text": "é" + "x" * length}

    await ours.send(event)
    await theirs.send(event)

    assert our_wire.written == their_wire.written


def test_only_a_whole_frame_within_the_limit_takes_the_short_way() -> None:
    whole = frame(Opcode.TEXT, b"hello")
    assert find_plain_frame(whole, 0, limit=5) == (2, len(whole))
    assert find_plain_frame(whole, 0, limit=4) is None
    assert find_plain_frame(whole[:-1], 0, limit=5) is None
    assert find_plain_frame(frame(Opcode.PING, b"hello"), 0, limit=5) is None
    assert find_plain_frame(make_header(5) + b"hello", 0, limit=5) is None, "a client must mask"


async def test_reading_stops_while_the_application_is_behind() -> None:
    protocol, _ = await open_protocol(PlainFrames)
    drain(protocol)
    protocol.data_received(frame(Opcode.TEXT, b"x") * 15)
    assert not protocol.read_paused
    protocol.data_received(frame(Opcode.TEXT, b"x"))
    assert protocol.read_paused
    for _ in range(16):
        await protocol.receive()
    assert not protocol.read_paused
