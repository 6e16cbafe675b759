"""A poll that waits: the log is read, then hints wake it, and the log is read again, whatever was heard."""

import asyncio
import time
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from conversations.database import run_query
from conversations.listening import Listener
from conversations.messages import group_of_conversation
from embed.polling.snapshot import Seen, Snapshot, read_snapshot

# What belongs together comes as a few hints in a row: a message, its turn and a short reply.
SETTLE_SECONDS = (0.03, 0.5)
POLLS_OF_VISITOR = 8
_waiting: dict[UUID, list[Listener]] = {}


@dataclass(frozen=True, slots=True)
class Poll:
    """One request. `until` (Unix seconds): when it is answered in any case."""

    visitor_id: UUID
    session_id: UUID
    after_seq: int
    seen: Seen | None
    until: float

    async def read(self) -> Snapshot:
        return await run_query(
            read_snapshot,
            visitor_id=self.visitor_id,
            session_id=self.session_id,
            after_seq=self.after_seq,
            seen=self.seen,
        )


async def wait_for_news(poll: Poll) -> dict[str, Any]:
    """`frames` and `version`, as soon as there is news, else when the time is over or the server stops.

    Join first, then read, then wait. Raises NotFound, also when the conversation goes meanwhile.
    """
    async with Listener(group_of_conversation(poll.session_id)) as listener:
        _enter(poll.visitor_id, listener)
        try:
            snapshot = await _read_until_news(poll, listener)
        finally:
            _leave(poll.visitor_id, listener)
        return {"frames": [*snapshot.frames, *_others_typing(listener)], "version": snapshot.version}


async def _read_until_news(poll: Poll, listener: Listener) -> Snapshot:
    pause, longest = SETTLE_SECONDS
    while True:
        snapshot = await poll.read()
        left = poll.until - time.time()
        if snapshot.news or left <= 0 or listener.ended or _others_typing(listener):
            return snapshot
        woken = await listener.wait(min(left, settings.POSITION_CHECK_SECONDS))
        if woken and not listener.ended:
            # Pieces of a streamed reply come many a second, and are stored twice a second.
            await asyncio.sleep(min(pause, max(0.0, left)))
            pause = min(longest, pause * 2)


def _others_typing(listener: Listener) -> list[dict[str, Any]]:
    return [frame for frame in listener.typing if frame["who"]["sender"] != "visitor"]


def _enter(visitor_id: UUID, listener: Listener) -> None:
    """One more of this visitor's polls waits; the oldest of too many is answered."""
    waiting = _waiting.setdefault(visitor_id, [])
    waiting.append(listener)
    if len(waiting) > POLLS_OF_VISITOR:
        waiting[0].end()


def _leave(visitor_id: UUID, listener: Listener) -> None:
    waiting = _waiting[visitor_id]
    waiting.remove(listener)
    if not waiting:
        del _waiting[visitor_id]
