"""A lean WebSocket client: the load shares its core with the databases, so it must cost next to nothing.

Callbacks instead of coroutines, the mask key zero (which the server still applies), no extensions unless asked
for, one frame a message. It is a measuring instrument, not a client to copy.
"""

import asyncio
import base64
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import cast
from urllib.parse import urlsplit

TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA
ZERO_MASK = b"\0\0\0\0"


class Refused(Exception):
    """The server did not upgrade the connection; the text is its status line."""


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect, and with which headers."""

    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    deflate: bool = False


class Socket(asyncio.Protocol):
    """One connection; `on_text` gets each text frame's bytes, `on_lost` the close code (1006 when none came)."""

    __slots__ = ("_buffer", "_close_code", "_opened", "_transport", "on_lost", "on_text", "opening")

    def __init__(self, target: Target) -> None:
        self._buffer = b""
        self._close_code = 1006
        self._opened = False
        self._transport: asyncio.Transport | None = None
        self.on_text: Callable[[bytes], None] = _ignore
        self.on_lost: Callable[[int], None] = _ignore
        self.opening: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._buffer_request(target)

    def send_text(self, payload: bytes) -> None:
        """Raises ConnectionError when the server has closed the connection; it says with which code."""
        if self._transport is None:
            raise ConnectionError(f"the server closed the connection with {self._close_code}")
        self._transport.write(_header(TEXT, len(payload)) + payload)

    def close(self) -> None:
        if self._transport is not None:
            self._transport.write(_header(CLOSE, 2) + b"\x03\xe8")
            self._transport.close()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.write(self._buffer)
        self._buffer = b""

    def connection_lost(self, error: Exception | None) -> None:
        self._transport = None
        if not self.opening.done():
            self.opening.set_exception(Refused("closed while opening"))
        self.on_lost(self._close_code)

    def data_received(self, data: bytes) -> None:
        buffer = self._buffer + data if self._buffer else data
        if not self._opened:
            buffer = self._read_response(buffer)
            if not self._opened:
                self._buffer = buffer
                return
        start, size = 0, len(buffer)
        while size - start >= 2:
            length, body = buffer[start + 1], start + 2
            if length == 126:
                length, body = int.from_bytes(buffer[start + 2 : start + 4]), start + 4
            elif length == 127:
                length, body = int.from_bytes(buffer[start + 2 : start + 10]), start + 10
            end = body + length
            if end > size or body > size:
                break
            opcode, payload, start = buffer[start] & 0xF, buffer[body:end], end
            if opcode == TEXT:
                self.on_text(payload)
            elif opcode == PING:
                self._answer_ping(payload)
            elif opcode == CLOSE:
                self._close_code = int.from_bytes(payload[:2]) or 1005
                self.close()
        self._buffer = buffer[start:] if start else buffer

    def _answer_ping(self, payload: bytes) -> None:
        if self._transport is not None:
            self._transport.write(_header(PONG, len(payload)) + payload)

    def _read_response(self, buffer: bytes) -> bytes:
        head, end, rest = buffer.partition(b"\r\n\r\n")
        if not end:
            return buffer
        status = head.split(b"\r\n", 1)[0].decode("latin-1")
        if " 101" not in status:
            if not self.opening.done():
                self.opening.set_exception(Refused(status))
            return b""
        self._opened = True
        self.opening.set_result(None)
        return rest

    def _buffer_request(self, target: Target) -> None:
        parts = urlsplit(target.url)
        lines = [
            f"GET {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            "Sec-WebSocket-Version: 13",
            f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
            *(f"{name}: {value}" for name, value in target.headers.items()),
        ]
        if target.deflate:
            lines.append("Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits")
        self._buffer = "\r\n".join([*lines, "", ""]).encode()


async def open_socket(target: Target, *, on_text: Callable[[bytes], None]) -> Socket:
    """Connect and upgrade; frames that come with the upgrade's answer already go to `on_text`."""
    parts = urlsplit(target.url)

    def make() -> Socket:
        socket = Socket(target)
        socket.on_text = on_text
        return socket

    loop = asyncio.get_running_loop()
    _, socket = await loop.create_connection(make, parts.hostname or "", parts.port or 80)
    await socket.opening
    return socket


def _header(opcode: int, length: int) -> bytes:
    if length < 126:
        return bytes((0x80 | opcode, 0x80 | length)) + ZERO_MASK
    if length < 65536:
        return bytes((0x80 | opcode, 0xFE)) + length.to_bytes(2) + ZERO_MASK
    return bytes((0x80 | opcode, 0xFF)) + length.to_bytes(8) + ZERO_MASK


def _ignore(value: object) -> None:
    """Nobody listens."""
