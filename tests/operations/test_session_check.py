"""`check_session_persistence`: passes against the real server, and names each fault of a server that is none."""

import asyncio
import json
import os
import ssl
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from websockets.asyncio.server import ServerConnection, serve

from operations.session_check import Check, CheckFailed, check_session, make_address
from tests.server import ROOT, ServerProcess
from tests.service_process import find_free_port

Handler = Callable[[ServerConnection], Awaitable[None]]
SESSION, OTHER = str(uuid.uuid4()), str(uuid.uuid4())


def run_command(**variables: str) -> tuple[int, str]:
    """The command in a process of its own, with a database that is nowhere."""
    nowhere = {
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "DJANGO_SETTINGS_MODULE": "config.settings",
    }
    unset = {"REDIS_URL", "BACKEND_WS_URL", "JWT_TOKEN", "BOT", "MODEL"}
    kept = {name: value for name, value in os.environ.items() if name not in unset}
    result = subprocess.run(
        [sys.executable, "manage.py", "check_session_persistence"],
        cwd=ROOT, env={**kept, **nowhere, **variables}, capture_output=True, text=True, timeout=100,
    )  # fmt: skip
    assert "Traceback" not in result.stderr
    return result.returncode, result.stdout + result.stderr


@pytest.mark.journey
def test_a_real_server_passes_for_members_and_visitors_and_each_frame_is_shown(
    live_server_process: ServerProcess, tmp_path: Path
) -> None:
    server, token = live_server_process, live_server_process.issue_token("owner@demo.test")
    data = {"PARLEY_DATA": str(tmp_path)}
    status, said = run_command(BACKEND_WS_URL=server.url, JWT_TOKEN=token, BOT="shop", **data)
    assert status == 0, said
    assert "PASSED" in said
    for words in ('"type":"ready"', '"type":"accepted"', '"type":"complete"', '→ {"type": "message"'):
        assert words in said
    assert token not in said
    status, said = run_command(BACKEND_WS_URL=server.url, JWT_TOKEN=token, BOT="no-such-bot", **data)
    assert (status, "Unauthorised" in said, "no-such-bot" in said) == (1, True, True)
    status, said = run_command(BACKEND_WS_URL=server.url, JWT_TOKEN="x.y.z", BOT="shop", **data)
    assert (status, "Unauthorised: That token is not valid here." in said) == (1, True)
    status, said = run_command(
        BACKEND_WS_URL=server.url, JWT_TOKEN=token, BOT="shop", MODEL="no-such-model", **data
    )
    assert (status, "Refused with `invalid`" in said) == (1, True)


# Servers that are none -----------------------------------------------------------------------------------------------
@asynccontextmanager
async def stand_in(handler: Handler, **options: Any) -> AsyncIterator[str]:
    async with serve(handler, "127.0.0.1", 0, **options) as server:
        scheme = "wss" if "ssl" in options else "ws"
        yield f"{scheme}://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


def script(*rounds: list[dict[str, Any]], ready: bool = True) -> Handler:
    """A server that answers the first message with the first list of frames, and so on, and then is silent."""

    async def handle(socket: ServerConnection) -> None:
        if ready:
            await socket.send(json.dumps({"type": "ready"}))
        for frames in rounds:
            asked = json.loads(await socket.recv())
            for frame in frames:
                await socket.send(json.dumps({"client_id": asked["client_id"], **frame}))
        await socket.wait_closed()

    return handle


async def fail(url: str, *, seconds: float = 5.0, said: list[str] | None = None) -> str:
    """The sentence with which the check fails."""
    with pytest.raises(CheckFailed) as failure:
        await check_session(Check(url=url, token="a.b.c", bot="shop", seconds=seconds), (said or []).append)
    return str(failure.value)


ACCEPTED = {"type": "accepted", "session_id": SESSION, "seq": 1}
COMPLETE = {"type": "complete", "session_id": SESSION, "turn_id": "1", "outcome": "answered"}


async def test_a_good_stand_in_passes_and_is_asked_as_the_protocol_says() -> None:
    asked: list[dict[str, Any]] = []
    said: list[str] = []

    async def handle(socket: ServerConnection) -> None:
        assert socket.request
        assert socket.request.path == "/ws/chat/?bot=shop"
        assert socket.request.headers["Authorization"] == "Bearer a.b.c"
        await socket.send('{"type":"ready"}')
        for _ in range(2):
            asked.append(json.loads(await socket.recv()))
            for frame in (ACCEPTED, COMPLETE):
                await socket.send(json.dumps(frame))
        await socket.wait_closed()

    async with stand_in(handle) as url:
        check = Check(url=url, token="a.b.c", bot="shop", model="small", seconds=5)
        assert await check_session(check, said.append) == SESSION
    assert [frame["session_id"] for frame in asked] == ["", SESSION]
    assert len({frame["client_id"] for frame in asked}) == 2
    assert {frame["model"] for frame in asked} == {"small"}
    assert sum(line.startswith("←") for line in said) == 5


FAULTS: dict[str, tuple[Handler, str]] = {
    "no session id": (script([{"type": "working"}, {**COMPLETE, "session_id": ""}]), "No session id"),
    "session id only at the end": (script([{"type": "accepted", "seq": 1}, COMPLETE]), "No session id"),
    "another session": (
        script([ACCEPTED, COMPLETE], [{**ACCEPTED, "session_id": OTHER}, {**COMPLETE, "session_id": OTHER}]),
        "Not persistent",
    ),
    "a refusal": (script([{"type": "error", "code": "rate_limited", "detail": "Wait."}]), "`rate_limited`: Wait."),
    "no longer authorised": (
        script([{"type": "error", "code": "unauthorised", "detail": "Expired."}]), "Unauthorised: Expired.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_server_at_fault_is_named(fault: str) -> None:
    handler, words = FAULTS[fault]
    async with stand_in(handler) as url:
        assert words in await fail(url)


@pytest.mark.parametrize("handler", [script(ready=False), script(), script([ACCEPTED])])
async def test_a_server_that_goes_silent_timed_out(handler: Handler) -> None:
    async with stand_in(handler) as url:
        assert (await fail(url, seconds=0.3)).startswith("Timed out: no `")


@pytest.mark.parametrize(("code", "words"), [(4401, "has expired"), (1012, "restarting"), (1000, "broke")])
async def test_a_server_that_closes_says_why(code: int, words: str) -> None:
    async def handle(socket: ServerConnection) -> None:
        await socket.close(code)

    async with stand_in(handle) as url:
        said = await fail(url)
    assert str(code) in said
    assert words in said


@pytest.mark.parametrize(
    ("status", "words"),
    [(401, "Unauthorised"), (403, "Unauthorised"), (404, "Wrong URL"), (502, "Wrong URL")],
)
async def test_a_refused_handshake_is_told_from_a_wrong_address(status: int, words: str) -> None:
    def refuse(connection: ServerConnection, _: Any) -> Any:
        return connection.respond(HTTPStatus(status), "no")

    async with stand_in(script(), process_request=refuse) as url:
        assert (await fail(url)).startswith(words)


async def test_what_speaks_another_language_is_a_wrong_url() -> None:
    async def chatter(socket: ServerConnection) -> None:
        await socket.send("hello there")

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.example ESMTP\r\n")
        await writer.drain()
        writer.close()

    async with stand_in(chatter) as url:
        assert "does not speak Parley" in await fail(url)
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert (await fail(f"ws://127.0.0.1:{port}")).startswith("Wrong URL")


async def test_nobody_there_a_silent_machine_and_no_such_host(monkeypatch: pytest.MonkeyPatch) -> None:
    assert (await fail(f"ws://127.0.0.1:{find_free_port()}")).startswith("Refused: nothing listens")
    assert (await fail("ws://no-such-host.invalid")).startswith("Wrong URL: there is no host")
    monkeypatch.setattr("operations.session_check.CONNECT_SECONDS", 0.3)

    async def say_nothing(*_: object) -> None:
        await asyncio.Event().wait()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    try:
        port = silent.sockets[0].getsockname()[1]
        assert (await fail(f"ws://127.0.0.1:{port}")).startswith("Timed out")
    finally:
        silent.close()


def make_certificate(folder: Path) -> ssl.SSLContext:
    """One that nobody trusts."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    built = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    built = built.serial_number(1).not_valid_before(now).not_valid_after(now + timedelta(days=1))
    certificate = built.sign(key, hashes.SHA256())
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    return context


async def test_tls_that_fails_is_named_either_way_round(tmp_path: Path) -> None:
    async with stand_in(script(), ssl=make_certificate(tmp_path)) as url:
        assert "self-signed certificate" in (said := await fail(url))
        assert said.startswith("TLS failed")
    async with stand_in(script()) as url:
        assert (await fail(url.replace("ws:", "wss:"))).startswith("TLS failed")


@pytest.mark.parametrize("url", ["", "nonsense", "ftp://host/", "ws://", "ws://host:99999", "ws://[::1"])
def test_an_address_that_is_none_is_named(url: str) -> None:
    with pytest.raises(CheckFailed, match="Wrong URL: BACKEND_WS_URL"):
        make_address(Check(url=url, token="x", bot="shop"))


def test_a_token_that_is_not_set_is_asked_for(tmp_path: Path) -> None:
    status, said = run_command(BACKEND_WS_URL="ws://127.0.0.1:1", PARLEY_DATA=str(tmp_path))
    assert status == 1
    assert "FAILED. Set JWT_TOKEN" in said


def test_addresses_are_completed() -> None:
    def made(url: str) -> str:
        return make_address(Check(url=url, token="x", bot="demo/shop"))

    assert made("https://chat.example") == "wss://chat.example/ws/chat/?bot=demo%2Fshop"
    assert made("ws://chat.example/ws/chat/?bot=other") == "ws://chat.example/ws/chat/?bot=other"
    assert made("http://h:81/below/ws/chat/") == "ws://h:81/below/ws/chat/?bot=demo%2Fshop"
