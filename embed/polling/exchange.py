"""One frame posted over HTTP: the chat socket's own code answers it, and what it would have sent is gathered."""

import asyncio
import json
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings

from chatbots.consumers import ChatSocket
from chatbots.speakers import Speaker
from conversations.frames import TypingFrame
from conversations.models import Turn
from core.errors import BadFrame, ParleyError, TooLarge, Unavailable

ANSWER_SECONDS = 15.0


class Exchange(ChatSocket):
    """A chat socket for one frame, with a list in place of a connection."""

    def __init__(self, speaker: Speaker) -> None:
        super().__init__()
        self.speaker = speaker
        # Marks what it causes as nobody's: other polls of this visitor see it.
        self.channel_name = ""
        self.sent: list[str] = []
        self._error: ParleyError | None = None
        self._answered = asyncio.Event()

    async def answer(self, text: str) -> list[str]:
        """The frames, encoded, that a socket would have answered `text` with directly.

        Raises:
            ParleyError: what a socket would have put into an `error` frame. Unavailable: nothing came in time.
        """
        frame = self.reader.read(text)
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._handle(frame)
        except TimeoutError as error:
            raise Unavailable(retry_after_s=2.0) from error
        if self._error is not None:
            raise self._error
        return self.sent

    async def _handle(self, frame: Any) -> None:
        if isinstance(frame, TypingFrame):
            # A socket passes typing on for what it follows already.
            await self.follow(self.read_session(frame.session_id))
        self.handle(frame)
        while self.pending or not self._tasks.empty():
            if self._tasks.empty():
                await self._answered.wait()
                self._answered.clear()
            else:
                await self.guard(*self._tasks.get_nowait())

    def _show_turns(self, session: UUID, turns: list[Turn]) -> None:
        """Polls tell of turns themselves, with pieces counted for whoever polls."""

    async def join(self, group: str) -> None:
        """Nothing is listened for: who polls reads the log."""

    def send_text(self, text: str) -> None:
        self.sent.append(text)
        self._answered.set()

    def refuse(self, error: ParleyError, frame: Any = None) -> None:
        self._error = self._error or error
        self._answered.set()


def read_posted(body: bytes) -> tuple[str, bool]:
    """The frame in a body, as a socket's text frame, and whether it counts as a message; `type` may be left out for one.

    Raises TooLarge, BadFrame.
    """
    if len(body) > settings.FRAME_MAX_BYTES_IN:
        raise TooLarge
    try:
        text = body.decode()
    except UnicodeDecodeError as error:
        raise BadFrame from error
    try:
        # The standard library takes lone surrogates, which the reader has a better answer to than "no JSON".
        frame = json.loads(text)
    except (ValueError, RecursionError):
        # The frames' own reader says what is wrong with it.
        return text, False
    if not isinstance(frame, dict) or frame.get("type", "message") != "message":
        return text, isinstance(frame, dict) and frame["type"] in ("choose", "feedback")
    return json.dumps({**frame, "type": "message"}), True


def describe_answer(sent: list[str]) -> bytes:
    """The body of the answer; for a message, its place in the log stands at the top as well."""
    answer: dict[str, Any] = {"frames": [msgspec.Raw(text.encode()) for text in sent]}
    for text in sent:
        frame = msgspec.json.decode(text)
        if frame["type"] == "accepted":
            answer |= {name: frame[name] for name in ("client_id", "session_id", "seq")}
    return msgspec.json.encode(answer)
