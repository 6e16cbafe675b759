"""uvicorn's fastest WebSocket protocol, with an answer where it has none."""

import logging
from typing import Any

from operations.drain import SOCKETS_SECONDS, begin_drain
from operations.plain_frames import PlainFrames

LINGER_SECONDS = 2.0
BAD_UTF8 = 1007
QUIET = logging.getLogger("uvicorn.sockets")


class SocketProtocol(PlainFrames):
    """Nobody is left without an answer: neither to a handshake nor to a frame that cannot be read.

    A handshake with a header line over 8 KB (such as a token that is far too long) gets a 431, which uvicorn 0.54
    makes and never sends. A frame that is too large, or no UTF-8, gets its close code for certain: uvicorn closes on
    what the client is still sending, the kernel then resets the connection, and the code is lost on its way.
    """

    _is_lingering = False

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # Four lines for each socket that comes and goes, made only to be left out (config/logs.py).
        self.logger = self.conn.logger = QUIET

    def data_received(self, data: bytes) -> None:
        if self._is_lingering:
            return
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()

    def send_receive_event_to_app(self) -> None:
        """As uvicorn does it, save that bad UTF-8, whose sender alone is to blame, leaves no traceback in our log."""
        if self.curr_msg_data_type == "bytes" or self.close_sent:
            super().send_receive_event_to_app()
            return
        data = self.frames[0] if len(self.frames) == 1 else b"".join(self.frames)
        self.frames = []
        try:
            self.queue.put_nowait({"type": "websocket.receive", "text": data.decode()})
        except UnicodeDecodeError:
            self.conn.send_close(BAD_UTF8)
            self.handle_parser_exception()
            return
        if not self.read_paused:
            self.read_paused = True
            self.transport.pause_reading()

    def shutdown(self) -> None:
        """The drain closes a socket once it is answered; uvicorn would do it at once, and cuts off what is left."""
        begin_drain()
        if self.handshake_complete:
            self.loop.call_later(SOCKETS_SECONDS + LINGER_SECONDS / 2, self._cut_off)
        else:
            super().shutdown()

    def _cut_off(self) -> None:
        if not self.transport.is_closing():
            super().shutdown()

    def handle_parser_exception(self) -> None:
        """Send the close code and the end, and let what still arrives fall until the client has gone, for 2 s at most."""
        close = self.conn.close_sent
        if close is None or not self.transport.can_write_eof():
            super().handle_parser_exception()
            return
        self._is_lingering = self.close_sent = True
        self.queue.put_nowait({"type": "websocket.disconnect", "code": close.code, "reason": close.reason})
        self.transport.write(b"".join(self.conn.data_to_send()))
        self.transport.write_eof()
        if self.read_paused:
            self.read_paused = False
            self.transport.resume_reading()
        self.close_timer = self.loop.call_later(LINGER_SECONDS, self.transport.close)
