"""Replies that are asked for in one pass of the loop are worked out in one visit to the engine's thread.

A hand-over to a thread and the wake-up back cost as much as a small search, and each asks for the interpreter's lock,
which the loop and the writer want as well. So both are done once for all who ask in the same pass.
"""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypeVar

from django.conf import settings

from chatbots.retrieval.embedding.base import REMOTE, choose_kind

T = TypeVar("T")
# Who is done does not wait for the slow ones of the same batch any longer than this.
ANSWER_SECONDS = 0.004
# Threads that wait for an endpoint leave the interpreter to others.
WAITING_THREADS = 4

_threads: ThreadPoolExecutor | None = None
_gathering: dict[asyncio.AbstractEventLoop, "_Batch"] = {}


@dataclass(frozen=True, slots=True)
class _Asked:
    call: Callable[[], Any]
    future: "asyncio.Future[Any]"


@dataclass(frozen=True, slots=True)
class _Answer:
    future: "asyncio.Future[Any]"
    value: Any = None
    error: BaseException | None = None


@dataclass(slots=True)
class _Batch:
    loop: asyncio.AbstractEventLoop
    asked: list[_Asked] = field(default_factory=list)

    def hand_over(self) -> None:
        """What was asked for in this pass of the loop goes to the engine's thread."""
        _gathering.pop(self.loop, None)
        _get_threads().submit(self.work)

    def work(self) -> None:
        """On the engine's thread: call after call, answers together."""
        answers: list[_Answer] = []
        since = time.monotonic()
        for asked in self.asked:
            if asked.future.cancelled():
                continue
            answers.append(_call(asked))
            if (now := time.monotonic()) - since > ANSWER_SECONDS:
                self._answer(answers)
                answers, since = [], now
        self._answer(answers)

    def _answer(self, answers: list[_Answer]) -> None:
        if answers and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(_resolve, answers)


async def run_in_batch(call: Callable[[], T]) -> T:
    """Call `call` on the engine's thread, together with all that this pass of the loop asks for; raises what it raises.

    Calls of one pass run in the order in which they were asked for. A cancelled caller's call is left out while it waits.
    """
    loop = asyncio.get_running_loop()
    future: asyncio.Future[T] = loop.create_future()
    batch = _gathering.get(loop)
    if batch is None:
        batch = _gathering[loop] = _Batch(loop)
        loop.call_soon(batch.hand_over)
    batch.asked.append(_Asked(call, future))
    return await future


def _call(asked: _Asked) -> _Answer:
    try:
        return _Answer(asked.future, asked.call())
    except BaseException as error:  # noqa: BLE001 - whatever it is belongs to the one who asked
        return _Answer(asked.future, error=error)


def _resolve(answers: list[_Answer]) -> None:
    for answer in answers:
        if answer.future.done():
            continue
        if answer.error is not None:
            answer.future.set_exception(answer.error)
        else:
            answer.future.set_result(answer.value)


def _get_threads() -> ThreadPoolExecutor:
    global _threads
    if _threads is None:
        _threads = ThreadPoolExecutor(max_workers=_count_threads(), thread_name_prefix="parley-engine")
    return _threads


def _count_threads() -> int:
    """More where questions are embedded by somebody else: one slow answer must not keep all other bots waiting."""
    threads: int = settings.TURN_THREADS
    return max(threads, WAITING_THREADS) if choose_kind() in REMOTE else threads
