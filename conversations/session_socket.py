"""What visitors' and agents' sockets have in common: sending, resuming, typing, heartbeats."""

import asyncio
import time
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.utils import Error as DatabaseError

from conversations.access import Page, find_running_turns, read_page
from conversations.actions.post_message import submit_message
from conversations.database import run_query
from conversations.delivery import encode, frame_event, publish
from conversations.frames import ChooseFrame, MessageFrame, PingFrame, SessionSyncFrame, TypingFrame
from conversations.messages import group_of_conversation
from conversations.models import Conversation, Turn
from conversations.socket import FrameSocket
from conversations.writer.items import NewMessage, Refused, Result, Written
from core.errors import NotFound, RateLimited
from core.ratelimit import LocalLimit

PONG_SECONDS = 1.5
MAX_SEQ = 2**31 - 1


class SessionSocket(FrameSocket):
    """A socket that carries conversations. Subclasses say who may read which, in `load_conversation`."""

    def __init__(self) -> None:
        super().__init__()
        self.message_limit = LocalLimit("message")
        self._pings: dict[int, asyncio.TimerHandle] = {}
        self._ping_number = 0

    def who(self) -> dict[str, Any]:
        """Who is shown as typing or reading."""
        raise NotImplementedError

    def written(self, frame: MessageFrame | ChooseFrame, written: Written) -> None:
        """Called when a message of this socket joined the log, after `accepted` was sent."""

    # Sending ---------------------------------------------------------------------------------------------------------
    def submit(self, frame: MessageFrame | ChooseFrame, item: NewMessage) -> None:
        """Hand to the writer; `accepted` or `error` follows with the commit, while the socket goes on reading."""
        future = submit_message(item)
        client_id = str(frame.client_id)
        self.pending.add(client_id)
        future.add_done_callback(lambda done: self._acknowledge(frame, client_id, item, done))

    def _acknowledge(
        self,
        frame: MessageFrame | ChooseFrame,
        client_id: str,
        item: NewMessage,
        done: "asyncio.Future[Result]",
    ) -> None:
        self.pending.discard(client_id)
        if done.cancelled():
            return
        result = done.result()
        if isinstance(result, Refused):
            if item.opens is not None:
                self.positions.pop(item.opens.id, None)
            self.refuse(result.error, frame)
            return
        session = result.conversation_id
        self.send_frame(
            {"type": "accepted", "client_id": client_id, "session_id": session, "seq": result.seq}
        )
        if result.duplicate:
            if item.opens is not None and item.opens.id != session:
                self.positions.pop(item.opens.id, None)
            self.spawn(self.follow(session))
            return
        self.expect_own(session, result.seq)
        if session not in self.positions:
            self.track(session, seq=result.seq)
            self.spawn(self.follow(session))
        self.written(frame, result)

    # Following -------------------------------------------------------------------------------------------------------
    async def follow(self, session: UUID) -> None:
        """Join first, then let the log say what was missed meanwhile. Raises NotFound."""
        if session not in self.positions:
            conversation = await self.load(session)
            self.track(session, seq=conversation.last_seq, owner_version=conversation.owner_version)
        group = group_of_conversation(session)
        if group not in self.groups:
            await self.join(group)
            self.check_at = 0.0

    async def sync(self, frame: SessionSyncFrame) -> None:
        """Everything after a number: join, then read, then live."""
        session = self.read_session(frame.session_id)
        conversation = await self.load(session)
        await self.join(group_of_conversation(session))
        self.positions.setdefault(session, conversation.last_seq)
        page, state, turns = await run_query(self._read_page, session, clamp_seq(frame.after_seq))
        self.track(session, seq=_last_of(page), owner_version=page.conversation.owner_version)
        self.send_frame(synced_frame(page))
        self._show_changed(session, list(map(encode, page.changed)), edits=page.conversation.edits)
        self._show_turns(session, turns)
        if any(turn.text for turn in turns) and self.groups:
            # Pieces that went out between the last save and this socket's join are in the next save.
            again = settings.TURN_SAVE_SECONDS * 1.5
            asyncio.get_running_loop().call_later(again, self._show_turns_again, session)
        if page.conversation.state != "bot":
            self.send_frame(state)

    def _read_page(self, session: UUID, after_seq: int) -> tuple[Page, dict[str, Any], list[Turn]]:
        """The turns come with it, so that who was away sees the bot at work, and what it has said so far."""
        conversation, state = self.load_conversation(session)
        return read_page(conversation, after_seq=after_seq), state, find_running_turns(conversation)

    def _show_turns(self, session: UUID, turns: list[Turn]) -> None:
        for turn in turns:
            about = {"session_id": str(session), "turn_id": str(turn.pk)}
            self.send_frame({"type": "working", **about})
            if turn.text:
                # All of it, in the place of the pieces up to this one: they went out before this socket listened.
                text = {"index": turn.pieces - 1, "delta": turn.text, "whole": True}
                self.send_frame({"type": "text", **about, **text})

    def _show_turns_again(self, session: UUID) -> None:
        async def show() -> None:
            if session in self.positions:
                conversation = await self.load(session)
                self._show_turns(session, await run_query(find_running_turns, conversation))

        with suppress(RateLimited):
            self.spawn(show())

    # Heartbeat, typing, reading --------------------------------------------------------------------------------------
    def take_ping(self, frame: PingFrame) -> None:
        """Answer in turn; or, when what was asked for before takes long (a slow database), with what is known here."""
        head = 0
        with suppress(NotFound):
            head = self.positions.get(self.read_session(frame.session_id), 0) if frame.session_id else 0
        self._ping_number += 1
        number, loop = self._ping_number, asyncio.get_running_loop()
        self._pings[number] = loop.call_later(PONG_SECONDS, self._send_pong, number, frame, head, {})
        with suppress(RateLimited):
            self.spawn(self._answer_ping(frame, number), frame)

    def _send_pong(self, number: int, frame: PingFrame, head: int, more: dict[str, Any]) -> None:
        """Answer a ping, unless that was done already."""
        late = self._pings.pop(number, None)
        if late is not None:
            late.cancel()
            pong = {"type": "pong", "id": frame.id, "head_seq": head, "server_time": time.time(), **more}
            self.send_frame(pong)

    async def _answer_ping(self, frame: PingFrame, number: int) -> None:
        """The log's head where the database answers soon, else the last that is known here."""
        head = 0
        if frame.session_id:
            with suppress(NotFound):
                session = self.read_session(frame.session_id)
                head = self.positions.get(session, 0)
                with suppress(TimeoutError, DatabaseError):
                    async with asyncio.timeout(PONG_SECONDS):
                        head = (await self.load(session)).last_seq
        self._send_pong(number, frame, head, await self.describe_pulse())

    async def describe_pulse(self) -> dict[str, Any]:
        """What else a heartbeat's answer carries."""
        return {}

    def pass_on_typing(self, frame: TypingFrame) -> None:
        """Shown to the others, never stored. Raises NotFound for a session that this socket does not follow."""
        session = self.read_session(frame.session_id)
        if session not in self.positions:
            raise NotFound
        self.show_others(session, {"type": "typing", "on": frame.on, "who": self.who()})

    def show_others(self, session: UUID, frame: dict[str, Any]) -> None:
        """A frame for every other socket of the conversation."""
        publish(group_of_conversation(session), frame_event(session, frame, origin=self.channel_name))

    async def load(self, session: UUID) -> Conversation:
        """The conversation, with permission. Raises NotFound."""
        return (await run_query(self.load_conversation, session))[0]


def synced_frame(page: Page) -> dict[str, Any]:
    """The `session_synced` frame for a stretch of a log."""
    conversation = page.conversation
    return {
        "type": "session_synced",
        "session_id": str(conversation.pk),
        "state": conversation.state,
        "messages": page.messages,
        "head_seq": max(_last_of(page), conversation.last_seq),
        "more": page.more,
        "read": {"visitor": conversation.visitor_read_seq, "agent": conversation.agent_read_seq},
    }


def clamp_seq(seq: int) -> int:
    """A number as a client sent it, within what the database can compare."""
    return min(max(0, seq), MAX_SEQ)


def _last_of(page: Page) -> int:
    """The number from which on a socket that was given `page` needs hints: more than the head where the log was quicker."""
    return page.messages[-1]["seq"] if page.messages and not page.more else page.conversation.last_seq
