"""Going down (SIGTERM, a deploy) without losing an answer.

Waiting polls are answered at once; sockets take no more frames, and each is closed with 1012 once what it was sent is
stored and acknowledged; turns have until TURNS_SECONDS after the signal, and what is left is another process's by its
lease. All of it within LEAVE_SECONDS: what hangs even then is cut off.
"""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from conversations.caretaker import get_caretaker
from conversations.listening import end_listeners

logger = logging.getLogger(__name__)
SOCKETS_SECONDS, TURNS_SECONDS, LEAVE_SECONDS = 2.0, 5.0, 9.5
_hooks: list[Callable[[], None]] = []
_tasks: set["asyncio.Task[None]"] = set()
_began_at = 0.0


def when_going_down(hook: Callable[[], None]) -> None:
    """Have `hook`, which must not wait, called as soon as the server is told to go."""
    _hooks.append(hook)


def watch_signals() -> None:
    """Begin with the signal itself, on the running loop; the web server's own handler is called as before."""
    if threading.current_thread() is not threading.main_thread():
        return
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _chain(loop, signal.getsignal(number)))


def _chain(loop: asyncio.AbstractEventLoop, before: Any) -> Callable[[int, FrameType | None], None]:
    def handle(number: int, frame: FrameType | None) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(begin_drain)
            _leave_in_time()
        if callable(before):
            before(number, frame)

    return handle


def begin_drain() -> None:
    """On the loop, from the signal or from the web server's shutdown, whichever comes first."""
    global _began_at
    caretaker = get_caretaker()
    if caretaker.is_draining:
        return
    caretaker.is_draining = True
    _began_at = time.monotonic()
    logger.info("going down: %d sockets are drained", caretaker.count())
    end_listeners()
    task = asyncio.create_task(caretaker.drain(seconds=SOCKETS_SECONDS))
    _tasks.add(task)
    task.add_done_callback(_tasks.discard)
    for hook in _hooks:
        hook()


def measure_turns_left() -> float:
    """Seconds that running turns have left to end by themselves."""
    passed = time.monotonic() - _began_at if _began_at else 0.0
    return max(0.5, TURNS_SECONDS - passed)


def _leave_in_time() -> None:
    timer = threading.Timer(LEAVE_SECONDS, _leave)
    timer.daemon = True
    timer.start()


def _leave() -> None:
    logger.error("going down took too long: what is left is cut off")
    os._exit(1)
