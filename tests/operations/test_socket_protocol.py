"""The server's own part of a socket, over the network."""

import json

import pytest

from tests.server import ServerProcess
from tests.sockets import BlockingSocket, RefusedError

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("length", [5_000, 20_000, 60_000])
@pytest.mark.parametrize("by", ["subprotocol", "header"])
def test_a_token_that_is_too_long_is_answered_and_not_left_hanging(
    live_server_process: ServerProcess, length: int, by: str
) -> None:
    with pytest.raises(RefusedError) as refused:
        BlockingSocket(live_server_process.url, token="x" * length, by=by)
    assert refused.value.status in {403, 431}


def test_an_oversize_frame_closes_the_socket(live_server_process: ServerProcess) -> None:
    token = live_server_process.issue_token("owner@demo.test")
    with BlockingSocket(live_server_process.url, path="/ws/chat/?bot=shop", token=token) as socket:
        socket.expect("ready")
        socket.send_raw(json.dumps({"type": "ping", "id": "x" * 70_000}))
        assert socket.expect_close() == 1009


def test_bad_utf_8_is_closed_by_the_server_and_the_next_socket_is_served(
    live_server_process: ServerProcess,
) -> None:
    token = live_server_process.issue_token("owner@demo.test")
    with BlockingSocket(live_server_process.url, path="/ws/chat/?bot=shop", token=token) as socket:
        socket.expect("ready")
        socket.send_as_text(b"\xff\xfe")
        assert socket.expect_close() == 1007
    with BlockingSocket(live_server_process.url, path="/ws/chat/?bot=shop", token=token) as socket:
        socket.expect("ready")
