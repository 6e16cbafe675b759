"""How long senders wait for the writer: a database that says nothing must not keep them waiting for ever."""

import asyncio
import time
from collections import deque

from django.conf import settings

from conversations.writer.items import Refused
from conversations.writer.waiting import Request
from core.errors import Unavailable

RETRY_SECONDS = 2.0


class Patience:
    """Tells the senders of one queue `unavailable` after settings.WRITER_WAIT_SECONDS.

    What they sent may still be stored when the database comes back: the resend gets its number then. Each loop calls
    this on its own thread.
    """

    def __init__(self) -> None:
        self._waiting: dict[asyncio.AbstractEventLoop, deque[tuple[float, Request]]] = {}
        self._timed: set[asyncio.AbstractEventLoop] = set()

    def watch(self, request: Request) -> None:
        """Begin to wait for the answer to `request`."""
        line = self._waiting.get(request.loop)
        if line is None:
            line = self._waiting[request.loop] = deque()
        # Answers come nearly in order, so that the line stays as short as what is on its way.
        while line and line[0][1].future.done():
            line.popleft()
        if request.loop not in self._timed:
            self._timed.add(request.loop)
            request.loop.call_later(settings.WRITER_WAIT_SECONDS, self._look, request.loop)
        line.append((time.monotonic() + settings.WRITER_WAIT_SECONDS, request))

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        line, now = self._waiting[loop], time.monotonic()
        while line and (line[0][1].future.done() or line[0][0] <= now):
            request = line.popleft()[1]
            if not request.future.done():
                request.future.set_result(Refused(request.item, Unavailable(retry_after_s=RETRY_SECONDS)))
        if line:
            loop.call_later(line[0][0] - now, self._look, loop)
        else:
            self._timed.discard(loop)
