"""X15: what is no frame gets an `error`, its socket lives, and nobody else notices; bad UTF-8 is closed with 1007."""

import json
import random
import uuid
from functools import partial

import pytest

from tests.faults.client import FaultClient
from tests.faults.fault import Fault
from tests.faults.people import open_chat, read_log
from tests.faults.stage import Stage
from tests.sockets import ChatSocket

DEEP = 10_000
ID = str(uuid.uuid4())
BAD_FRAMES: dict[str, str | bytes] = {
    "nothing": "",
    "no JSON": "{",
    "JSON cut short": '{"type": "message", "text": "hel',
    "two at once": '{"type": "ping"}{"type": "ping"}',
    "no object": '["ping"]',
    "a number": "1",
    "null": "null",
    "no type": '{"text": "hello"}',
    "a type that is no text": '{"type": {"type": "message"}}',
    "not a number": '{"type": "ping", "id": NaN}',
    "a number without end": '{"type": "read", "session_id": "", "seq": ' + "9" * 5_000 + "}",
    "deep arrays": "[" * DEEP + "]" * DEEP,
    "deep arrays that never end": "[" * DEEP,
    "deep objects": '{"":' * DEEP + "1" + "}" * DEEP,
    "depth inside a frame": '{"type": "ping", "id": 1, "more": ' + "[" * DEEP + "]" * DEEP + "}",
    "depth in a known field": '{"type": "ping", "id": ' + "[" * DEEP + "]" * DEEP + "}",
    "binary": b"\x00\x01\x02",
    "JSON as binary": b'{"type": "ping", "id": 1}',
    "a byte order mark": "\ufeff" + '{"type": "ping"}',
    "only NUL": "\x00",
}
BAD_TEXTS: dict[str, str] = {
    "NUL": "a\x00b",
    "half a character": "a\ud800b",
    "the other half": "\udfff",
    "nothing": "",
    "blanks": " \n\t ",
    "too much": "x" * 8_001,
}
BAD_UTF8: dict[str, bytes] = {
    "a lone byte": b"\xff",
    "cut short": b'{"type": "message", "text": "\xe2\x82',
    "too long a form": b'{"type": "message", "text": "\xc0\x80"}',
    "half a character": b'{"type": "message", "text": "\xed\xa0\x80"}',
    "beyond the last": b'{"type": "message", "text": "\xf4\x90\x80\x80"}',
}
# Depth in a field that the protocol does not know is passed over, and the frame is what it says without it.
PASSED_OVER = {"depth inside a frame"}


async def meet(stage: Stage, fault: Fault) -> tuple[ChatSocket, FaultClient, FaultClient]:
    """A socket to break, another tab of the same visitor, and a neighbour."""
    token, other = await stage.make_visitors(2)
    url = stage.webs[0].url
    tabs = [await fault.client(url, token=one).start() for one in (token, other)]
    for tab in tabs:
        tab.say("Hello")
        await tab.settle()
        await tab.until(partial(getattr, tab, "completes"), seconds=10, what="an answer")
    return await open_chat(url, token), tabs[0], tabs[1]


async def expect_unharmed(stage: Stage, fault: Fault, *tabs: FaultClient) -> None:
    """Neither tab lost its socket or heard of an error, and both go on."""
    for tab in tabs:
        assert (tab.losses, tab.errors) == ([], [])
        tab.say("Still here")
        await tab.settle()
        assert len(tab.acknowledged) == 2
    await fault.check(stage)


async def test_what_is_no_frame_gets_an_error_and_the_socket_lives(
    embedded: Stage, fault: Fault, rng: random.Random
) -> None:
    socket, tab, neighbour = await meet(embedded, fault)
    for name, frame in rng.sample(list(BAD_FRAMES.items()), len(BAD_FRAMES)):
        await socket.send_raw(frame)
        answers = [answer for answer in await socket.settle() if answer["type"] != "pong"]
        if name in PASSED_OVER and not answers:
            continue
        assert [answer["type"] for answer in answers] == ["error"], name
        assert answers[0]["code"] in {"bad_frame", "invalid"}, name
        assert answers[0]["detail"], name
    client_id = await socket.say("I meant well", session_id=tab.session)
    await socket.expect("accepted", client_id=client_id)
    await socket.close()
    await expect_unharmed(embedded, fault, tab, neighbour)


@pytest.mark.parametrize("escaped", [True, False], ids=["escaped", "as it is"])
async def test_a_text_that_cannot_be_kept_is_refused_by_its_client_id(
    embedded: Stage, seed: int, escaped: bool
) -> None:
    [token] = await embedded.make_visitors(1)
    socket = await open_chat(embedded.webs[0].url, token)
    for name, text in BAD_TEXTS.items():
        client_id = str(uuid.uuid4())
        frame = json.dumps({"type": "message", "client_id": client_id, "session_id": "", "text": text})
        await socket.send_raw(frame if escaped else frame.replace("\\u0000", "\x00"))
        error = await socket.expect("error")
        if name == "NUL" and not escaped:
            assert error["code"] == "bad_frame", seed
            continue
        assert (error["code"], error["client_id"]) == ("invalid", client_id), name
    await socket.say("Hello")
    assert (await socket.expect("accepted"))["seq"] == 1
    await socket.close()


async def test_bad_utf8_closes_its_socket_only_and_the_client_resumes(
    embedded: Stage, fault: Fault, rng: random.Random
) -> None:
    socket, tab, neighbour = await meet(embedded, fault)
    for name, data in rng.sample(list(BAD_UTF8.items()), len(BAD_UTF8)):
        await socket.send_as_text(data)
        assert await socket.expect_close() == 1007, name
        socket = await open_chat(embedded.webs[0].url, tab.token)
        seen = await read_log(socket, tab.session)
        assert [row["text"] for row in seen if row["sender"] == "visitor"] == ["Hello"]
    await socket.close()
    await expect_unharmed(embedded, fault, tab, neighbour)


@pytest.mark.parametrize("path", ["/ws/chat/", "/ws/agent/"])
async def test_nothing_broken_reaches_the_error_log(embedded: Stage, seed: int, path: str) -> None:
    """What a stranger sends is their fault and never ours: no traceback, no `internal`."""
    server = embedded.webs[0]
    [token] = await embedded.make_visitors(1)
    if path == "/ws/agent/":
        token = await embedded.sign_in("agent@demo.test")
    before = len(server.read_log())
    socket = await ChatSocket.connect(server.url, path=path, token=token)
    await socket.expect("ready")
    for frame in BAD_FRAMES.values():
        await socket.send_raw(frame)
    answers = await socket.settle()
    assert {answer.get("code") for answer in answers if answer["type"] == "error"} <= {"bad_frame", "invalid"}
    await socket.send_as_text(BAD_UTF8["a lone byte"])
    assert await socket.expect_close() == 1007
    assert "Traceback" not in server.read_log()[before:], seed
