"""The running loop and random ids, without a system call for each."""

import asyncio
import os
import threading

from core.loops import IDS_AT_ONCE, find_running_loop, make_id


async def test_the_loop_is_the_one_that_runs_here() -> None:
    assert find_running_loop() is asyncio.get_running_loop()
    assert find_running_loop() is asyncio.get_running_loop()


def test_a_thread_without_a_loop_has_none_also_after_one_ran_there() -> None:
    found: list[object] = []

    def work() -> None:
        found.append(find_running_loop())
        asyncio.run(remember())
        found.append(find_running_loop())

    async def remember() -> None:
        assert find_running_loop() is asyncio.get_running_loop()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [None, None]


async def test_another_thread_does_not_take_this_ones_loop_for_its_own() -> None:
    assert find_running_loop() is not None
    assert await asyncio.to_thread(find_running_loop) is None


def test_ids_are_random_uuids_and_never_the_same() -> None:
    ids = [make_id() for _ in range(IDS_AT_ONCE * 3)]
    assert len(set(ids)) == len(ids)
    assert {(one.version, one.variant) for one in ids} == {(4, "specified in RFC 4122")}


def test_a_forked_child_draws_ids_of_its_own() -> None:
    make_id()
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, make_id().bytes)
        os._exit(0)
    os.waitpid(child, 0)
    assert os.read(reading, 16) != make_id().bytes
