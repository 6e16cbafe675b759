"""Waiting for a condition with a time limit, from coroutines and from threads."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import TypeVar

LOOK_EVERY_SECONDS = 0.02
Result = TypeVar("Result")


async def wait_until(condition: Callable[[], Result], *, seconds: float, what: str) -> Result:
    """Look until the condition is true, and return what it returned. Raises AssertionError naming `what`."""
    deadline = time.monotonic() + seconds
    while not (result := condition()):
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {seconds} s: {what}")
        await pause(LOOK_EVERY_SECONDS)
    return result


async def wait_until_in_thread(condition: Callable[[], Result], *, seconds: float, what: str) -> Result:
    """The same for a condition that blocks, such as a query."""
    deadline = time.monotonic() + seconds
    while not (result := await asyncio.to_thread(condition)):
        if time.monotonic() > deadline:
            raise AssertionError(f"Not within {seconds} s: {what}")
        await pause(LOOK_EVERY_SECONDS)
    return result


async def pause(seconds: float) -> None:
    """Let time pass: between two looks, and where a fault lasts so long (Redis away for a minute)."""
    await asyncio.sleep(seconds)  # time is the fault


def pause_thread(seconds: float) -> None:
    """The same for a thread."""
    threading.Event().wait(seconds)
