"""`/api/v1/widget/messages/`: who asks, what for, and the answer; the same for every server that carries it."""

import time
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from chatbots.speakers import Speaker, identify_speaker, ready_frame
from conversations.database import run_query
from conversations.positions import parse_session
from conversations.session_socket import MAX_SEQ
from conversations.socket import SUBPROTOCOL
from core.errors import Forbidden, Invalid, NotFound, Unauthorised
from core.ratelimit import consume_limit
from core.tokens import read_token
from embed.origins import is_foreign_origin
from embed.polling.exchange import Exchange, describe_answer, read_posted
from embed.polling.snapshot import parse_version
from embed.polling.waiting import Poll, wait_for_news

WAIT_SECONDS, LONGEST_WAIT_SECONDS = 20.0, 25.0


async def answer_request(request: HttpRequest, body: bytes) -> HttpResponse:
    """Answer a GET (wait for news) or a POST (one frame).

    Raises:
        ParleyError: as a socket would put it into an `error` frame, and Unauthorised, Forbidden at its door.
    """
    if is_foreign_origin(request):
        raise Forbidden("Only the widget's own frame may ask for that.")
    token = _read_bearer(request)
    if request.method == "POST":
        text, is_message = read_posted(body)
        speaker = await run_query(_let_in, token, *(["message"] if is_message else []))
        return _answer(describe_answer(await Exchange(speaker).answer(text)))
    speaker = await run_query(_let_in, token)
    session_id = request.GET.get("session_id", "")
    if not session_id:
        return _answer(msgspec.json.encode(await _greet(speaker)))
    poll = _read_poll(request, speaker, parse_session(session_id))
    return _answer(msgspec.json.encode(await wait_for_news(poll)))


def _read_bearer(request: HttpRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Unauthorised
    return token.strip()


def _let_in(token: str, *limits: str) -> Speaker:
    """The visitor of a visitor's or a test's token, within their limits; API tokens have sockets and REST of their own.

    Raises Unauthorised, RateLimited.
    """
    claims = read_token(token, audiences=("visitor", "test"))
    for name in ("frame", *limits):
        consume_limit(name=name, key=f"poll:{claims.bearer}")
    try:
        return identify_speaker(token=token, bot="", organisation="")
    except NotFound as error:
        raise Unauthorised("That token's bearer is gone. Get a new one.") from error


async def _greet(speaker: Speaker) -> dict[str, Any]:
    """What a socket says first. There is no connection to name; the session's log is the thread."""
    frame = await run_query(ready_frame, speaker)
    own = {"type": "ready", "protocol": SUBPROTOCOL, "connection_id": ""}
    return {"frames": [{**own, **frame, "heartbeat_s": settings.HEARTBEAT_SECONDS}], "version": ""}


def _read_poll(request: HttpRequest, speaker: Speaker, session: UUID) -> Poll:
    """Raises Invalid, naming each field that is no number or out of its range."""
    wait_s = _read_number(request, "wait_s", default=WAIT_SECONDS, most=LONGEST_WAIT_SECONDS)
    after_seq = _read_number(request, "after_seq", default=0, most=MAX_SEQ)
    if after_seq != int(after_seq):
        raise Invalid(fields={"after_seq": "A whole number."})
    return Poll(
        visitor_id=speaker.visitor_id,
        session_id=session,
        after_seq=int(after_seq),
        seen=parse_version(request.GET.get("version", "")),
        until=min(time.time() + wait_s, speaker.expires_at),
    )


def _read_number(request: HttpRequest, name: str, *, default: float, most: float) -> float:
    text = request.GET.get(name, "")
    try:
        number = float(text[:40]) if text else default
    except ValueError:
        number = -1.0
    if not 0 <= number <= most:
        raise Invalid(fields={name: f"A number from 0 to {most:g}."})
    return number


def _answer(body: bytes) -> HttpResponse:
    return HttpResponse(body, content_type="application/json", headers={"Cache-Control": "no-store"})
