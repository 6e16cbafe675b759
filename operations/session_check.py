"""Proof over a real socket that a session persists: its id comes before the first reply ends, and a second message joins it.

Speaks only what docs/protocol.md says, needs no database, and so checks any server from anywhere.
"""

import asyncio
import json
import socket
import ssl
import urllib.error
import urllib.request
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit, urlunsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus, InvalidURI

CONNECT_SECONDS = 10.0
SHOWN_CHARACTERS = 600
SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
# Answered by a rule of every bot's: no agent is called, and no model is paid for.
GREETING, THANKS = "Hello!", "Thank you!"
CLOSES = {
    1012: "the server is restarting",
    4401: "Unauthorised: the token has expired",
    4403: "Unauthorised: the membership was withdrawn",
    4503: "the server could not begin (its database may be away)",
}
Say = Callable[[str], None]


class CheckFailed(Exception):
    """What is wrong, as a sentence that names the setting or the machine to look at."""


@dataclass(frozen=True, slots=True)
class Check:
    """What to check: an address, a token, the bot's short name, a model if not the bot's own; `seconds` for each reply."""

    url: str
    token: str
    bot: str
    model: str = ""
    seconds: float = 30.0


async def check_session(check: Check, say: Say) -> str:
    """Have two messages answered in one session, and say each frame. Returns the session's id. Raises CheckFailed."""
    address = make_address(check)
    say(f"Connecting to {address}")
    connection = await _connect(address, check)
    try:
        talk = _Talk(connection, check, say)
        await talk.expect_ready()
        first = await talk.ask(GREETING, session_id="")
        second = await talk.ask(THANKS, session_id=first)
    finally:
        await connection.close()
    if second != first:
        raise CheckFailed(f"Not persistent: the second message landed in session {second}, not in {first}.")
    return first


def make_address(check: Check) -> str:
    """The socket's address; http(s):// and an address without a path will do. Raises CheckFailed."""
    if not check.token:
        raise CheckFailed("Set JWT_TOKEN: `manage.py issue_token EMAIL` prints one.")
    try:
        url = urlsplit(check.url.strip())
        scheme, valid = SCHEMES.get(url.scheme.lower(), ""), url.hostname and url.port != 0
    except ValueError:
        scheme, valid = "", None
    if not scheme or not valid:
        raise CheckFailed(
            f"Wrong URL: BACKEND_WS_URL is {check.url!r}; give one such as wss://chat.example/ws/chat/."
        )
    path = url.path if url.path.strip("/") else "/ws/chat/"
    query = url.query or (urlencode({"bot": check.bot}) if check.bot else "")
    return urlunsplit((scheme, url.netloc, path, query, ""))


async def _connect(address: str, check: Check) -> ClientConnection:
    host = urlsplit(address).netloc
    try:
        return await connect(
            address,
            additional_headers={"Authorization": f"Bearer {check.token}"},
            subprotocols=["parley.v1"],  # type: ignore[list-item]
            open_timeout=CONNECT_SECONDS,
            max_size=None,
            proxy=None,
        )
    except ssl.SSLError as error:
        reason = getattr(error, "verify_message", "") or error.reason or str(error)
        raise CheckFailed(f"TLS failed at {host}: {reason}.") from error
    except InvalidStatus as error:
        raise await _explain_refusal(address, check, error.response.status_code) from error
    except TimeoutError as error:
        raise CheckFailed(f"Timed out: {host} did not answer within {CONNECT_SECONDS:g} s.") from error
    except socket.gaierror as error:
        raise CheckFailed(f"Wrong URL: there is no host {urlsplit(address).hostname!r}.") from error
    except ConnectionRefusedError as error:
        raise CheckFailed(f"Refused: nothing listens at {host}. Does the server run there?") from error
    except (InvalidHandshake, InvalidURI, ConnectionClosed, EOFError) as error:
        raise CheckFailed(f"Wrong URL: what answers at {host} is no WebSocket server ({error}).") from error
    except OSError as error:
        if address.startswith("wss:") and isinstance(error, ConnectionError):
            raise CheckFailed(
                f"TLS failed at {host}: it hung up. Does it speak TLS, or is it ws://?"
            ) from error
        raise CheckFailed(f"Refused: {host} cannot be reached ({error}).") from error


async def _explain_refusal(address: str, check: Check, status: int) -> CheckFailed:
    """A handshake's refusal says no more than its status; the REST interface is asked why."""
    url = urlsplit(address)
    if status not in (401, 403):
        return CheckFailed(
            f"Wrong URL: there is no socket at {url.path} (HTTP {status}). Parley's is /ws/chat/."
        )
    said = await asyncio.to_thread(_ask_who_i_am, url.scheme.replace("ws", "http", 1), url.netloc, check)
    if said:
        return CheckFailed(f"Unauthorised: {said} (HTTP {status}; JWT_TOKEN)")
    return CheckFailed(
        f"Unauthorised: the socket refused the handshake (HTTP {status}). JWT_TOKEN must be good here and now, "
        f"BOT ({check.bot!r}) one of its bearer's bots, and the path that of the socket ({url.path!r})."
    )


def _ask_who_i_am(scheme: str, host: str, check: Check) -> str:
    """The server's own sentence on the token, "" where it has none."""
    request = urllib.request.Request(  # noqa: S310 - http or https, by SCHEMES
        f"{scheme}://{host}/api/v1/me/", headers={"Authorization": f"Bearer {check.token}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=CONNECT_SECONDS):  # noqa: S310
            return ""
    except urllib.error.HTTPError as error:
        try:
            return str(json.loads(error.read())["error"]["detail"])
        except (ValueError, KeyError, TypeError):
            return ""
    except OSError:
        return ""


class _Talk:
    """One open socket: says what goes out and comes in, and turns what goes wrong into sentences."""

    def __init__(self, connection: ClientConnection, check: Check, say: Say) -> None:
        self._connection, self._check, self._say = connection, check, say

    async def expect_ready(self) -> None:
        while (await self._receive("ready"))["type"] != "ready":
            continue

    async def ask(self, text: str, *, session_id: str) -> str:
        """Send a message and wait until its turn is complete; returns the session that it landed in."""
        client_id, found = str(uuid.uuid4()), ""
        await self._send(text, client_id=client_id, session_id=session_id)
        async with self._within("complete"):
            while True:
                frame = await self._receive("complete")
                if frame["type"] == "error":
                    raise _explain_error(frame)
                if frame["type"] == "complete" and not found:
                    raise CheckFailed(
                        "No session id: `complete` came, and no frame before it named the session."
                    )
                if frame["type"] == "accepted" or not found:
                    found = str(frame.get("session_id") or found)
                if frame["type"] == "complete" or _is_with_people(frame):
                    return found

    async def _send(self, text: str, **place: str) -> None:
        frame = {"type": "message", **place, "text": text}
        if self._check.model:
            frame["model"] = self._check.model
        self._say(f"→ {json.dumps(frame)}")
        await self._connection.send(json.dumps(frame))

    def _within(self, awaited: str) -> "_Deadline":
        return _Deadline(self._check.seconds, awaited)

    async def _receive(self, awaited: str) -> dict[str, Any]:
        try:
            async with self._within(awaited):
                raw = await self._connection.recv()
        except ConnectionClosed as error:
            code = error.rcvd.code if error.rcvd else 1006
            why = CLOSES.get(code, "the connection broke")
            raise CheckFailed(f"Closed with {code} before `{awaited}`: {why}.") from error
        text = raw if isinstance(raw, str) else raw.decode(errors="replace")
        self._say(f"← {text[:SHOWN_CHARACTERS]}{'…' if len(text) > SHOWN_CHARACTERS else ''}")
        try:
            frame = json.loads(text)
            if isinstance(frame, dict) and isinstance(frame.get("type"), str):
                return frame
        except ValueError:
            pass
        raise CheckFailed(
            "Wrong URL: a WebSocket server answers there, but it does not speak Parley's protocol."
        )


class _Deadline:
    """`async with`: what takes longer becomes a CheckFailed."""

    def __init__(self, seconds: float, awaited: str) -> None:
        self._seconds, self._awaited = seconds, awaited
        self._timeout = asyncio.timeout(seconds)

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()

    async def __aexit__(self, *error: Any) -> None:
        try:
            await self._timeout.__aexit__(*error)
        except TimeoutError as late:
            raise CheckFailed(
                f"Timed out: no `{self._awaited}` within {self._seconds:g} s. The server's log may say why."
            ) from late


def _is_with_people(frame: dict[str, Any]) -> bool:
    """No reply of the bot's is to come: a person has the conversation, or is waited for."""
    return frame["type"] == "state" and frame.get("state") in ("waiting", "agent")


def _explain_error(frame: dict[str, Any]) -> CheckFailed:
    code, detail = frame.get("code", "internal"), frame.get("detail", "")
    word = "Unauthorised" if code == "unauthorised" else f"Refused with `{code}`"
    return CheckFailed(f"{word}: {detail}")
