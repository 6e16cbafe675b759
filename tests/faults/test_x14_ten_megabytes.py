"""X14: a frame of 10 MB closes its socket with 1009, costs the server no memory, and loses nothing."""

import contextlib
from collections.abc import Awaitable, Callable

import httpx
import psutil
import pytest
import websockets

from tests.faults.fault import Fault
from tests.faults.people import open_chat
from tests.faults.stage import Stage
from tests.server import ServerProcess
from tests.sockets import ChatSocket, NetworkTransport

MEGABYTE = 1024 * 1024
HUGE = 10 * MEGABYTE
PIECE = 60_000
TIMES = 12
# Less than one such frame: whichever of the twelve were kept would show.
FLAT = 8 * MEGABYTE


def measure_memory(server: ServerProcess) -> int:
    """Bytes that the server's processes hold."""
    assert server.process
    parent = psutil.Process(server.process.pid)
    return int(sum(process.memory_info().rss for process in [parent, *parent.children(recursive=True)]))


async def send_text(socket: ChatSocket) -> None:
    await socket.say("x" * HUGE)


async def send_binary(socket: ChatSocket) -> None:
    await socket.send_raw(b"x" * HUGE)


async def send_pieces(socket: ChatSocket) -> None:
    """One message in many frames, each of which is small enough."""
    assert isinstance(socket.transport, NetworkTransport)
    with contextlib.suppress(websockets.ConnectionClosed):
        await socket.transport.send_pieces(["x" * PIECE] * (HUGE // PIECE))


@pytest.mark.parametrize("send_huge", [send_text, send_binary, send_pieces])
async def test_ten_megabytes_close_their_socket_only_and_cost_nothing(
    embedded: Stage, fault: Fault, send_huge: Callable[[ChatSocket], Awaitable[None]]
) -> None:
    server = embedded.webs[0]
    token, *others = await embedded.make_visitors(4)
    tabs = [await fault.client(server.url, token=one).start() for one in (token, *others)]
    for tab in tabs:
        tab.say("before")
        await tab.settle()
    before = measure_memory(server)
    for _ in range(TIMES):
        socket = await open_chat(server.url, token)
        await send_huge(socket)
        assert await socket.expect_close() == 1009
        for tab in tabs:
            tab.say("while it goes on")
    for tab in tabs:
        await tab.settle()
        assert tab.losses == []
    assert measure_memory(server) - before < FLAT
    await fault.check(embedded)


# The widget's two doors over HTTP: a visitor's bootstrap, and the long-poll where sockets are blocked.
@pytest.mark.parametrize("path", ["/api/v1/widget/{public_id}/bootstrap/", "/api/v1/widget/messages/"])
async def test_ten_megabytes_over_http_are_refused_and_cost_nothing(
    embedded: Stage, seed: int, path: str
) -> None:
    server = embedded.webs[0]
    [token] = await embedded.make_visitors(1)
    before = measure_memory(server)
    async with httpx.AsyncClient(base_url=server.url, timeout=30) as http:
        for _ in range(TIMES):
            answer = await http.post(
                path.format(public_id=embedded.public_id),
                content=b'{"text": "' + b"x" * HUGE + b'"}',
                headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
            )
            assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large"), seed
    assert measure_memory(server) - before < FLAT
