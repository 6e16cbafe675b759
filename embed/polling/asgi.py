"""The long-poll's place beside the sockets: one task a waiting request, where Django holds a thread for each.

Measured: 100 waiting polls in an async view are 101 threads, since Django's middleware is not all async; here they are none.

Of Django's middleware it runs what secures an answer; nothing here reads a cookie.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from csp.middleware import CSPMiddleware
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.handlers.asgi import ASGIRequest
from django.db import DatabaseError
from django.http import HttpResponse, HttpResponseBase
from django.middleware.clickjacking import XFrameOptionsMiddleware
from django.middleware.security import SecurityMiddleware

from conversations.delivery import remember_main_loop
from core.api import answer_error
from core.errors import Internal, Invalid, ParleyError, TooLarge, Unavailable
from embed.polling.answering import answer_request

logger = logging.getLogger(__name__)
PATH = "/api/v1/widget/messages/"
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class Gone(Exception):
    """The caller went away before the answer."""


def _no_response(request: Any) -> Any:
    """The middleware below is asked for its part only."""


SECURING: tuple[Any, ...] = (
    SecurityMiddleware(_no_response), XFrameOptionsMiddleware(_no_response), CSPMiddleware(_no_response),
)  # fmt: skip


def carry_polls(django_application: Any) -> Any:
    """An ASGI application for HTTP that answers polls by itself and leaves all else to Django."""

    async def routed(scope: dict[str, Any], receive: Receive, send: Send) -> None:
        if scope["path"] == PATH and scope["method"] in ("GET", "POST"):
            await serve_poll(scope, receive, send)
        else:
            await django_application(scope, receive, send)

    return routed


async def serve_poll(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    remember_main_loop()
    request = ASGIRequest(scope, BytesIO())
    try:
        response = _secure(request) or await _respond(request, receive)
    except Gone:
        return
    for middleware in reversed(SECURING):
        response = middleware.process_response(request, response)
    await _send(response, send)


def _secure(request: ASGIRequest) -> HttpResponseBase | None:
    """A redirect to HTTPS, where that is set."""
    for middleware in SECURING:
        early: HttpResponseBase | None = None
        if hasattr(middleware, "process_request"):
            early = middleware.process_request(request)
        if early is not None:
            return early
    return None


async def _respond(request: ASGIRequest, receive: Receive) -> HttpResponseBase:
    try:
        body = await _read_body(request, receive)
        if request.method == "POST":
            return await answer_request(request, body)
        return await _unless_gone(answer_request(request, body), receive)
    except ParleyError as error:
        return answer_error(error)
    except SuspiciousOperation:
        return answer_error(Invalid())
    except DatabaseError as error:
        logger.warning("a poll could not be answered: %s", type(error).__name__)
        return answer_error(Unavailable(retry_after_s=2.0))
    except Exception as error:
        if isinstance(error, Gone):
            raise
        logger.exception("a poll failed")
        return answer_error(Internal())


async def _read_body(request: ASGIRequest, receive: Receive) -> bytes:
    """Raises TooLarge as soon as that is certain, Gone."""
    most = settings.FRAME_MAX_BYTES_IN
    length = request.headers.get("Content-Length", "0")
    if length.isdigit() and int(length) > most:
        raise TooLarge
    body = b""
    while True:
        event = await receive()
        if event["type"] == "http.disconnect":
            raise Gone
        body += bytes(event.get("body", b""))
        if len(body) > most:
            raise TooLarge
        if not event.get("more_body", False):
            return body


async def _unless_gone(work: Any, receive: Receive) -> HttpResponse:
    """The outcome of `work`, which is given up when the caller goes. Raises Gone."""
    answering = asyncio.ensure_future(work)
    listening = asyncio.ensure_future(receive())
    try:
        await asyncio.wait([answering, listening], return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            raise Gone
        response: HttpResponse = await answering
        return response
    finally:
        listening.cancel()
        if not answering.done():
            answering.cancel()
        await asyncio.gather(answering, listening, return_exceptions=True)


async def _send(response: HttpResponseBase, send: Send) -> None:
    body = response.content if isinstance(response, HttpResponse) else b""
    response["Content-Length"] = str(len(body))
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in response.items()]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    await send({"type": "http.response.body", "body": body})
