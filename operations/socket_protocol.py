"""uvicorn's fastest WebSocket protocol, with an answer where it has none."""

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol


class SocketProtocol(WebSocketsSansIOProtocol):
    """A handshake that cannot be parsed (a header line over 8 KB, such as a token that is far too long) is answered.

    uvicorn 0.54 makes the answer (431) and never sends it, so that the client waits until it gives up.
    """

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.handshake_exc is not None and not self.handshake_initiated:
            self.transport.write(b"".join(self.conn.data_to_send()))
            self.transport.close()
