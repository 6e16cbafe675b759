"""The turns that this process runs: each a task beside the sockets, which can be told to stop."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

from chatbots.turns.job import TurnJob

# cancelled: somebody asked for it. stale: somebody else answers by now. lost: another process runs or ended the turn.
# shutdown: this process ends.
Why = Literal["cancelled", "stale", "lost", "shutdown"]


class Running:
    """One turn's place in this process. `stopped` says why it was told to stop, and stays as it was said first."""

    def __init__(self, job: TurnJob) -> None:
        self.job = job
        self.stopped: Why | None = None
        # What the conversation's bot_state is after this turn.
        self.state = job.state
        self._reading: asyncio.Task[None] | None = None

    @property
    def has_streamed(self) -> bool:
        """Whether a model was asked: then this task ends the turn, however it was stopped."""
        return self._reading is not None

    def follow(self, before: "Running") -> None:
        """Begin with the state that the turn before this one has left, which was not stored yet when the question was.

        Where somebody else answered in between, that state is gone.
        """
        if before.job.owner_version == self.job.owner_version:
            self.job = replace(self.job, state=before.state)
            self.state = before.state

    def stop(self, why: Why) -> bool:
        """Stop streaming at once; returns whether it is the first to say so. Thinking goes on, for nothing."""
        if self.stopped is not None:
            return False
        self.stopped = why
        if self._reading is not None:
            self._reading.cancel()
        return True

    async def read(self, reading: Coroutine[Any, Any, None]) -> BaseException | None:
        """Run `reading` until it ends or the turn is told to stop; returns what it raised."""
        self._reading = asyncio.create_task(reading)
        if self.stopped is not None:
            self._reading.cancel()
        try:
            await asyncio.wait([self._reading])
        finally:
            self._reading.cancel()
        return None if self._reading.cancelled() else self._reading.exception()


_running: dict["asyncio.Task[None]", Running] = {}
_latest: dict[UUID, tuple["asyncio.Task[None]", Running]] = {}


def keep_running(running: Running, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
    """Run a turn's work as a task of its own, known here until it ends."""
    task = asyncio.create_task(work)
    _running[task] = running
    task.add_done_callback(_running.pop)
    return task


def keep_running_in_order(running: Running, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """The same, once the conversation's turn before this one has ended here: answers come in the order of the questions."""
    conversation = running.job.conversation_id
    before = _latest.get(conversation)
    waits = before is not None and _is_at_work(before[0])
    task = keep_running(
        running, _work_after(*before, running, work) if before is not None and waits else work()
    )
    _latest[conversation] = (task, running)
    task.add_done_callback(lambda done: _forget_latest(conversation, done))


def _is_at_work(task: "asyncio.Task[None]") -> bool:
    return not task.done() and task.get_loop() is asyncio.get_running_loop()


async def _work_after(
    task: "asyncio.Task[None]",
    before: Running,
    running: Running,
    work: Callable[[], Coroutine[Any, Any, None]],
) -> None:
    await asyncio.wait([task])
    running.follow(before)
    if running.stopped is None:
        await work()


def _forget_latest(conversation: UUID, task: "asyncio.Task[None]") -> None:
    latest = _latest.get(conversation)
    if latest is not None and latest[0] is task:
        del _latest[conversation]


def list_running() -> list[Running]:
    """The running loop's turns."""
    loop = asyncio.get_running_loop()
    return [running for task, running in _running.items() if task.get_loop() is loop]


def find_running(turn_id: UUID) -> list[Running]:
    """The turn's places on this loop: none, or one."""
    return [running for running in list_running() if running.job.turn_id == turn_id]


async def wait_for_running(*, seconds: float) -> None:
    """Returns once no turn runs on this loop, or after `seconds`."""
    loop = asyncio.get_running_loop()
    tasks = {task for task in _running if task.get_loop() is loop}
    if tasks:
        await asyncio.wait(tasks, timeout=seconds)
