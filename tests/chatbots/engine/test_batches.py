"""Replies of one pass of the loop share one visit to the engine's thread."""

import asyncio
import threading
from contextlib import suppress
from functools import partial
from typing import Any

from chatbots.engine import batches
from chatbots.engine.batches import run_in_batch


async def test_calls_of_one_pass_run_on_one_thread_in_the_order_in_which_they_were_asked_for() -> None:
    seen: list[tuple[int, int]] = []

    def note(number: int) -> int:
        seen.append((number, threading.get_ident()))
        return number * 10

    answers = await asyncio.gather(*(run_in_batch(partial(note, number)) for number in range(20)))

    assert answers == [number * 10 for number in range(20)]
    assert [number for number, _ in seen] == list(range(20))
    assert len({thread for _, thread in seen}) == 1
    assert threading.get_ident() not in {thread for _, thread in seen}


async def test_answers_of_one_pass_come_back_in_one_wake_up() -> None:
    loop = asyncio.get_running_loop()
    wakes = 0
    wake = loop.call_soon_threadsafe

    def count(*arguments: object, **options: object) -> object:
        nonlocal wakes
        wakes += threading.current_thread().name.startswith("parley-engine")
        return wake(*arguments, **options)  # type: ignore[arg-type]

    loop.call_soon_threadsafe = count  # type: ignore[assignment,method-assign]
    await asyncio.gather(*(run_in_batch(lambda: None) for _ in range(20)))

    assert wakes == 1


async def test_a_call_that_fails_fails_for_its_caller_only() -> None:
    def fail() -> int:
        raise ValueError("no such shelf")

    first, second, third = await asyncio.gather(
        run_in_batch(lambda: 1), run_in_batch(fail), run_in_batch(lambda: 3), return_exceptions=True
    )

    assert (first, third) == (1, 3)
    assert isinstance(second, ValueError)


async def test_who_is_done_does_not_wait_for_a_slow_call_of_the_same_pass() -> None:
    slow_may_end, before_is_slow = threading.Event(), threading.Event()

    def take_a_while() -> str:
        # Longer than an answer may be held back, then stuck until the test lets go.
        before_is_slow.wait(0.05)
        return "before"

    before = asyncio.create_task(run_in_batch(take_a_while))
    slow = asyncio.create_task(run_in_batch(lambda: slow_may_end.wait(20)))

    async with asyncio.timeout(10):
        assert await before == "before"
    assert not slow.done()
    slow_may_end.set()
    assert await slow


async def test_a_cancelled_callers_call_is_left_out() -> None:
    thread_is_free = threading.Event()
    called: list[str] = []
    busy = asyncio.create_task(run_in_batch(lambda: thread_is_free.wait(20)))
    gone = asyncio.create_task(run_in_batch(lambda: called.append("gone")))
    stays = asyncio.create_task(run_in_batch(lambda: called.append("stays")))
    await asyncio.sleep(0)
    gone.cancel()
    with suppress(asyncio.CancelledError):
        await gone
    thread_is_free.set()
    await asyncio.gather(busy, stays)

    assert called == ["stays"]


async def test_later_passes_are_answered_too() -> None:
    for number in range(3):
        assert await run_in_batch(partial(int, number)) == number


def test_more_threads_wait_for_an_endpoint_than_compute(settings: Any) -> None:
    settings.TURN_THREADS = 1
    assert batches._count_threads() == 1
    settings.EMBEDDER = "openai"
    assert batches._count_threads() == batches.WAITING_THREADS
