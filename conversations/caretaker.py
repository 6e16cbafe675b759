"""Looks after all sockets of a process: positions against the log, expired tokens, withdrawn people, silence.

One task a loop and one query a check for all sockets together, so that 5,000 idle connections cost a few queries.
"""

import asyncio
import logging
import random
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING
from uuid import UUID

from channels.layers import get_channel_layer
from django.conf import settings

from conversations.access import read_heads, read_roles
from conversations.database import run_query
from conversations.listening import wake_listeners
from organisations.sessions import read_live_sessions

if TYPE_CHECKING:
    from conversations.socket import FrameSocket

logger = logging.getLogger(__name__)
TICK_SECONDS = 1.0
CHUNK = 500
DRAIN_TICK_SECONDS = 0.02
CLOSE_RESTART = 1012
CLOSE_EXPIRED, CLOSE_WITHDRAWN, CLOSE_SILENT, CLOSE_SLOW, CLOSE_UNAVAILABLE = 4401, 4403, 4408, 4413, 4503


class Caretaker:
    """The sockets of one event loop, and the task that looks after them while there are any."""

    def __init__(self) -> None:
        self._sockets: set[FrameSocket] = set()
        self._task: asyncio.Task[None] | None = None
        self._roles_at = 0.0
        self.is_draining = False
        layer = get_channel_layer()
        if hasattr(layer, "after_gap"):
            layer.after_gap = self.check_soon

    def check_soon(self) -> None:
        """Hints may have been lost: let all sockets check their positions within a second or two."""
        now = time.monotonic()
        for socket in self._sockets:
            socket.check_at = now + jitter(0.0, 1.0)
        wake_listeners()

    def add(self, socket: "FrameSocket") -> None:
        # Soon: what joined the log while it was being let in came too early for its ears.
        socket.check_at = time.monotonic()
        self._sockets.add(socket)
        if self.is_draining:
            socket.close(CLOSE_RESTART)
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._run())

    def discard(self, socket: "FrameSocket") -> None:
        self._sockets.discard(socket)

    def count(self) -> int:
        return len(self._sockets)

    async def drain(self, *, seconds: float) -> None:
        """Close all sockets with 1012, each once what it was sent is answered, the last after `seconds`; for shutdown.

        Returns when all are gone, or soon after the time. Sockets that come meanwhile are closed as well.
        """
        self.is_draining = True
        until = time.monotonic() + seconds
        while self._sockets and time.monotonic() < until + DRAIN_TICK_SECONDS * 10:
            for socket in list(self._sockets):
                if socket.drain() or time.monotonic() >= until:
                    socket.close(CLOSE_RESTART)
            await asyncio.sleep(DRAIN_TICK_SECONDS)

    async def _run(self) -> None:
        while self._sockets:
            await asyncio.sleep(min(TICK_SECONDS, settings.POSITION_CHECK_SECONDS / 4))
            try:
                self._close_overdue()
                await self._check_roles()
                await self._check_positions()
            except Exception as error:  # noqa: BLE001 - the database may be away: sockets stay, the next tick tries again
                logger.warning("sockets were not checked this time: %s", type(error).__name__)

    def _close_overdue(self) -> None:
        now, wall = time.monotonic(), time.time()
        for socket in list(self._sockets):
            if socket.expires_at is not None and wall >= socket.expires_at:
                socket.close(CLOSE_EXPIRED)
            elif now - socket.heard_at > settings.SOCKET_SILENCE_SECONDS:
                socket.close(CLOSE_SILENT)

    async def _check_roles(self) -> None:
        now = time.monotonic()
        members = [socket for socket in self._sockets if socket.membership_id is not None]
        if not members or now - self._roles_at < settings.PERMISSION_CHECK_SECONDS:
            return
        self._roles_at = now
        wanted = {socket.membership_id for socket in members if socket.membership_id is not None}
        roles = await run_query(read_roles, wanted)
        signed_in = await run_query(
            read_live_sessions, {socket.session_key for socket in members if socket.session_key}
        )
        for socket in members:
            if roles.get(socket.membership_id or 0) != socket.role:
                socket.close(CLOSE_WITHDRAWN)
            elif socket.session_key and socket.session_key not in signed_in:
                socket.close(CLOSE_EXPIRED)

    async def _check_positions(self) -> None:
        now = time.monotonic()
        due = [socket for socket in self._sockets if socket.check_at <= now]
        for socket in due:
            socket.check_at = now + jitter(0.8, 1.2) * settings.POSITION_CHECK_SECONDS
        ids = sorted({session for socket in due for session in socket.positions})
        for chunk in _chunks(ids, CHUNK):
            heads = await run_query(read_heads, chunk)
            for socket in due:
                for session in socket.positions.keys() & heads.keys():
                    socket.notice_head(session, heads[session])


def jitter(least: float, most: float) -> float:
    """A random factor, so that many sockets do not ask at the same moment."""
    return random.uniform(least, most)  # noqa: S311 - no secret


def _chunks(ids: list[UUID], size: int) -> Iterable[list[UUID]]:
    return (ids[start : start + size] for start in range(0, len(ids), size))


_caretakers: dict[asyncio.AbstractEventLoop, Caretaker] = {}


def get_caretaker() -> Caretaker:
    """The running loop's caretaker."""
    loop = asyncio.get_running_loop()
    caretaker = _caretakers.get(loop)
    if caretaker is None:
        for old in [known for known in _caretakers if known.is_closed()]:
            del _caretakers[old]
        caretaker = _caretakers[loop] = Caretaker()
    return caretaker
