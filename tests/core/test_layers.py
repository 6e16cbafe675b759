"""Both layers keep Channels' interface, deliver in order, forget who left, and never wait for a slow reader or Redis."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from typing import Any

import pytest
from channels.exceptions import ChannelFull

from core.layers import redis as redis_layer
from core.layers.local import LocalLayer
from core.layers.redis import RedisLayer
from tests.services import Redis, run_redis

HINT = {"type": "conversation.message", "seq": 1}


@pytest.fixture(scope="module")
def redis() -> Iterator[Redis]:
    with run_redis() as running:
        yield running


@pytest.fixture
async def two_processes(redis: Redis) -> AsyncIterator[tuple[RedisLayer, RedisLayer]]:
    """Two layers that know nothing of each other but Redis's address."""
    first, second = (RedisLayer(address=redis.url, timeout=2.0) for _ in range(2))
    yield first, second
    await first.close_pools()
    await second.close_pools()


async def join(layer: LocalLayer, group: str) -> str:
    channel = await layer.new_channel()
    await layer.group_add(group, channel)
    return channel


async def receive(layer: LocalLayer, channel: str) -> dict[str, object]:
    return await asyncio.wait_for(layer.receive(channel), 5)


async def receives_nothing(layer: LocalLayer, channel: str) -> bool:
    """True when nothing waits in the channel, once whatever was ready has run."""
    with suppress(TimeoutError):
        await asyncio.wait_for(layer.receive(channel), 0.05)
        return False
    return True


async def test_all_members_of_a_group_get_a_message_in_the_order_of_sending() -> None:
    layer = LocalLayer()
    channels = [await join(layer, "room") for _ in range(3)]
    for seq in range(5):
        await layer.group_send("room", {"type": "x", "seq": seq})
    for channel in channels:
        assert [(await receive(layer, channel))["seq"] for _ in range(5)] == [0, 1, 2, 3, 4]


async def test_a_reader_that_waits_is_woken() -> None:
    layer = LocalLayer()
    channel = await join(layer, "room")
    reading = asyncio.create_task(layer.receive(channel))
    await asyncio.sleep(0)
    layer.send_soon("room", HINT)
    assert await asyncio.wait_for(reading, 5) == HINT


async def test_a_channel_gets_what_is_sent_to_it_alone() -> None:
    layer = LocalLayer()
    mine, other = await layer.new_channel(), await join(layer, "room")
    await layer.send(mine, HINT)
    assert await receive(layer, mine) == HINT
    assert await receives_nothing(layer, other)


async def test_who_left_gets_nothing_and_leaves_nothing_behind() -> None:
    layer = LocalLayer()
    channel = await join(layer, "room")
    await layer.group_send("room", HINT)
    await layer.group_discard("room", channel)
    await layer.group_discard("room", channel)
    await layer.group_send("room", HINT)
    assert layer._boxes == {}
    assert layer._groups == {}


async def test_an_attached_reader_is_called_with_what_waited_and_what_comes_but_never_at_once() -> None:
    layer, seen = LocalLayer(), []
    channel = await join(layer, "room")
    layer.send_soon("room", {"type": "x", "seq": 1})
    layer.attach(channel, lambda message: seen.append(message["seq"]))
    layer.send_soon("room", {"type": "x", "seq": 2})
    assert seen == []
    await asyncio.sleep(0)
    assert seen == [1, 2]


async def test_an_attached_reader_hears_what_another_thread_sends() -> None:
    layer, heard = LocalLayer(), asyncio.Event()
    channel = await join(layer, "room")
    layer.attach(channel, lambda message: heard.set())
    await asyncio.to_thread(lambda: asyncio.run(layer.group_send("room", HINT)))
    await asyncio.wait_for(heard.wait(), 5)


async def test_a_detached_reader_is_not_called_again_and_leaves_nothing_behind() -> None:
    layer = LocalLayer()
    seen: list[Any] = []
    channel = await join(layer, "room")
    layer.attach(channel, seen.append)
    layer.send_soon("room", HINT)
    layer.detach(channel)
    await layer.group_discard("room", channel)
    await asyncio.sleep(0)
    assert seen == []
    assert layer._boxes == {}


async def test_a_cancelled_reader_loses_nothing_that_comes_later() -> None:
    layer = LocalLayer()
    channel = await join(layer, "room")
    assert await receives_nothing(layer, channel)
    await layer.group_send("room", HINT)
    assert await receive(layer, channel) == HINT


async def test_a_reader_who_is_far_behind_keeps_the_oldest_and_delays_nobody() -> None:
    layer = LocalLayer(capacity=2)
    slow, quick = await join(layer, "room"), await join(layer, "room")
    for seq in range(3):
        await layer.group_send("room", {"type": "x", "seq": seq})
        assert (await receive(layer, quick))["seq"] == seq
    assert [(await receive(layer, slow))["seq"] for _ in range(2)] == [0, 1]
    assert await receives_nothing(layer, slow)


async def test_a_full_channel_is_refused_when_it_is_addressed_alone() -> None:
    layer = LocalLayer(capacity=1)
    channel = await layer.new_channel()
    await layer.send(channel, HINT)
    with pytest.raises(ChannelFull):
        await layer.send(channel, HINT)


async def test_a_name_that_channels_would_refuse_is_refused() -> None:
    with pytest.raises(TypeError):
        await LocalLayer().group_add("no such name!", "channel")


async def test_a_message_reaches_the_group_in_every_process_once(
    two_processes: tuple[RedisLayer, RedisLayer],
) -> None:
    first, second = two_processes
    here, there = await join(first, "room"), await join(second, "room")
    await first.group_send("room", {"type": "x", "seq": 1})
    await second.group_send("room", {"type": "x", "seq": 2})
    for layer, channel in ((first, here), (second, there)):
        assert {(await receive(layer, channel))["seq"] for _ in range(2)} == {1, 2}
        assert await receives_nothing(layer, channel)


async def test_a_burst_arrives_elsewhere_complete_and_in_order(
    two_processes: tuple[RedisLayer, RedisLayer],
) -> None:
    first, second = two_processes
    there = await join(second, "room")
    for seq in range(900):
        first.send_soon("room", {"type": "x", "seq": seq})
    assert [(await receive(second, there))["seq"] for _ in range(900)] == list(range(900))


async def test_a_channel_of_another_process_can_be_addressed(
    two_processes: tuple[RedisLayer, RedisLayer],
) -> None:
    first, second = two_processes
    there = await join(second, "room")
    await first.send(there, HINT)
    assert await receive(second, there) == HINT


async def test_members_here_get_hints_at_once_while_redis_is_frozen(
    redis: Redis, two_processes: tuple[RedisLayer, RedisLayer]
) -> None:
    first, _ = two_processes
    here = await join(first, "room")
    redis.freeze()
    try:
        first.send_soon("room", HINT)
        assert await asyncio.wait_for(first.receive(here), 1) == HINT
    finally:
        redis.thaw()


async def test_a_connection_that_is_dead_without_being_closed_is_replaced(
    redis: Redis, two_processes: tuple[RedisLayer, RedisLayer], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.layers.redis.PING_SECONDS", 0.2)
    first, second = two_processes
    there = await join(second, "room")
    back = asyncio.Event()
    second.after_gap = back.set
    redis.freeze()
    await asyncio.sleep(1.0)  # time is the fault: long enough to be silent to a ping
    redis.thaw()
    await asyncio.wait_for(back.wait(), 15)
    await first.group_send("room", HINT)
    assert await receive(second, there) == HINT


async def test_after_redis_was_away_the_reader_is_told_and_hears_the_others_again(
    redis: Redis, two_processes: tuple[RedisLayer, RedisLayer]
) -> None:
    first, second = two_processes
    there = await join(second, "room")
    back = asyncio.Event()
    second.after_gap = back.set
    await asyncio.to_thread(redis.restart)
    await asyncio.wait_for(back.wait(), 15)
    await first.group_send("room", HINT)
    assert await receive(second, there) == HINT


async def test_a_publishing_connection_that_was_closed_meanwhile_costs_no_hint(
    redis: Redis, two_processes: tuple[RedisLayer, RedisLayer]
) -> None:
    here, there = two_processes
    channel = await join(there, "room")
    await here.group_send("room", {"type": "x", "seq": 1})
    assert (await receive(there, channel))["seq"] == 1

    async with here._link().client.client() as other:
        # "normal" leaves the subscribers alone: only the connections that hints go out by are closed.
        assert await other.client_kill_filter(_type="normal", skipme=True) >= 1
    await here.group_send("room", {"type": "x", "seq": 2})
    assert (await receive(there, channel))["seq"] == 2


async def test_what_a_process_published_itself_is_not_read_again(
    two_processes: tuple[RedisLayer, RedisLayer], monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = two_processes
    mine, theirs = await join(here, "room"), await join(there, "room")
    read: list[bytes] = []
    decode = redis_layer.decode_batch

    def note(payload: bytes) -> redis_layer.Batch:
        read.append(payload)
        return decode(payload)

    monkeypatch.setattr(redis_layer, "decode_batch", note)

    await here.group_send("room", {"type": "x", "seq": 1})
    assert (await receive(there, theirs))["seq"] == (await receive(here, mine))["seq"] == 1
    await there.group_send("room", {"type": "x", "seq": 2})
    assert (await receive(here, mine))["seq"] == 2

    assert len(read) == 2, "once there, and once here"
