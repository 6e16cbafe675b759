"""A reply that a language model makes piece by piece: shown as it comes, saved at intervals, stopped at once.

No `text` frame goes out before the turn's row has text: so a turn that died without text was seen by nobody and is run
again from the start, and one that died with text is never begun twice.
"""

import asyncio
import logging
import time
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from django.conf import settings
from django.db import DatabaseError

from chatbots.budgets.counting import BudgetSpent
from chatbots.engine.answering import speak
from chatbots.engine.reply import Reply
from chatbots.llm.base import Generation, ProviderFailed, Usage
from chatbots.turns.billing import pay_for, reserve_for
from chatbots.turns.cancelling import hear_cancels
from chatbots.turns.pieces import Saved, save_pieces
from chatbots.turns.registry import Running
from conversations.database import run_query
from conversations.delivery import publish_frame

logger = logging.getLogger(__name__)
# One frame a screen's blink at most: more cannot be read, and each goes to every socket of the conversation.
FRAME_SECONDS = 0.04
HINT = "Try again. If it happens often, look at the provider's status and at the server's log."
End = Literal["whole", "failed", "cancelled", "stale", "lost", "shutdown"]


@dataclass(frozen=True, slots=True)
class Spoken:
    """What was streamed, and how it ended. `error` with `hint` where it failed; times since the request, in ms.

    `is_spent`: a budget is used up, and no model was asked.
    """

    text: str
    end: End
    usage: Usage
    first_ms: float | None
    total_ms: float
    error: str = ""
    hint: str = ""
    is_spent: bool = False


async def stream_reply(running: Running, reply: Reply, generation: Generation) -> Spoken:
    """Ask the model for the reply's words and show what comes, until it ends, fails, or the turn is told to stop. What it
    takes is counted against the budgets beforehand and put right afterwards, however it ended.

    Ended "whole" without a word, the model has no answer, and `reply` is what the bot says then (`speak`).

    Every settings.TURN_SAVE_SECONDS one query saves the text and asks whether the turn is cancelled, whether somebody
    else answers by now, and whether it is still this process's.
    """
    hear_cancels()
    stream = _Stream(running, reply, generation)
    try:
        reservation = await reserve_for(running.job, generation)
    except ProviderFailed as refused:
        return stream.describe(refused)
    saving = asyncio.create_task(stream.keep_saved())
    error: BaseException | None = None
    try:
        error = await running.read(stream.read())
    finally:
        saving.cancel()
        stream.show()
        spoken = stream.describe(error)
        await pay_for(reservation, generation, spoken)
    return spoken


class _Stream:
    """One reply on its way."""

    def __init__(self, running: Running, reply: Reply, generation: Generation) -> None:
        self._running, self._reply, self._generation = running, reply, generation
        self._text = ""
        self._shown = self._pieces = self._saved_pieces = 0
        self._saves_in_turn = asyncio.Lock()
        self._usage = Usage()
        self._timer: asyncio.TimerHandle | None = None
        self._began = time.perf_counter()
        self._first_ms: float | None = None

    async def read(self) -> None:
        """Take the model's pieces. Raises ProviderFailed."""
        async with aclosing(speak(self._reply, self._generation)) as pieces:
            async for piece in pieces:
                if isinstance(piece, Usage):
                    self._usage = piece
                elif text := clean_piece(piece):
                    await self._add(text)

    async def _add(self, text: str) -> None:
        self._text += text
        if self._first_ms is None:
            self._first_ms = self._passed_ms()
            await self._save(pieces=1)
            self.show()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FRAME_SECONDS, self.show)
        if len(self._text) > settings.REPLY_MAX_CHARACTERS:
            raise ProviderFailed("The model did not come to an end.", hint=HINT)

    def show(self) -> None:
        """Publish what was not shown yet, as one `text` frame."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        delta, self._shown = self._text[self._shown :], len(self._text)
        if not delta or self._running.stopped == "lost":
            return
        frame = {"turn_id": str(self._running.job.turn_id), "index": self._pieces, "delta": delta}
        self._pieces += 1
        publish_frame(self._running.job.conversation_id, {"type": "text", **frame})

    async def keep_saved(self) -> None:
        """Save at intervals, also before the first word: a cancel from elsewhere may be seen here only."""
        while True:
            await asyncio.sleep(settings.TURN_SAVE_SECONDS)
            if self._pieces:
                self.show()
            await self._save(pieces=self._pieces)

    async def _save(self, *, pieces: int) -> None:
        """Save at least `pieces`. One at a time: an older save that came late would take back what is shown."""
        job = self._running.job
        async with self._saves_in_turn:
            pieces = max(pieces, self._pieces, self._saved_pieces)
            text = self._text if pieces else ""
            try:
                saved = await run_query(save_pieces, job=job, text=text, pieces=pieces)
            except DatabaseError as error:
                logger.warning("a reply's pieces were not saved: %s", type(error).__name__)
                return
            self._saved_pieces = pieces
        self._take(saved)

    def _take(self, saved: Saved | None) -> None:
        if saved is None:
            self._running.stop("lost")
        elif saved.cancelled:
            self._running.stop("cancelled")
        elif saved.owner_version != self._running.job.owner_version:
            self._running.stop("stale")

    def describe(self, error: BaseException | None) -> Spoken:
        """How it ended. Being told to stop counts more than what the provider made of it."""
        if error is not None and not isinstance(error, ProviderFailed):
            logger.error("a streamed reply broke", exc_info=error)
        end: End = self._running.stopped or ("whole" if error is None else "failed")
        detail, hint = explain_failure(error) if end == "failed" else ("", "")
        return Spoken(
            self._text,
            end,
            self._usage,
            self._first_ms,
            self._passed_ms(),
            error=detail,
            hint=hint,
            is_spent=end == "failed" and isinstance(error, BudgetSpent),
        )

    def _passed_ms(self) -> float:
        return round((time.perf_counter() - self._began) * 1000, 3)


def explain_failure(error: BaseException | None) -> tuple[str, str]:
    """A sentence for the owner's trace, and what to do about it; nothing of an error that nobody foresaw but its name."""
    if isinstance(error, ProviderFailed):
        return error.detail, error.hint or HINT
    return f"{type(error).__name__} while the model answered.", HINT


def clean_piece(piece: str) -> str:
    """What no log may hold: NUL goes, half a character becomes U+FFFD."""
    try:
        piece.encode()
    except UnicodeEncodeError:
        piece = piece.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return piece.replace("\x00", "")
