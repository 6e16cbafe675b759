"""Streamed turns across real processes: killed, cancelled from the other one, and frozen until another took over."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass

import httpx
import pytest

from tests.faults.people import become_visitor, open_chat
from tests.provider import MODEL, Gate, Provider, Script, run_provider
from tests.server import Installation, WebProcess, run_installation
from tests.settings import SETUP
from tests.sockets import ChatSocket, Frame

pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(SETUP != "distributed", reason="Several processes need PostgreSQL and Redis."),
]
QUESTION = "How long does delivery take?"
LEASE_SECONDS = 2.0
# Lease, the sweep's quarter of it, and what a busy machine adds.
MARKED_SECONDS = LEASE_SECONDS * 1.25 + 3


@pytest.fixture(scope="module")
def provider() -> Iterator[Provider]:
    with run_provider() as running:
        yield running


@pytest.fixture(scope="module")
def parley(provider: Provider) -> Iterator[Installation]:
    """Two processes whose shop answers with the stand-in's model."""
    variables = {**provider.variables, "TURN_LEASE_SECONDS": str(LEASE_SECONDS), "PARLEY_RATE_LIMITS": "off"}
    with run_installation(setup="distributed", processes=2, variables=variables) as running:
        token = running.server.issue_token("owner@demo.test")
        with httpx.Client(
            base_url=f"{running.server.url}/api/v1/", headers={"Authorization": f"Bearer {token}"}
        ) as client:
            client.patch("chatbots/shop/", json={"model": MODEL}).raise_for_status()
            client.post("chatbots/shop/publish/", json={}).raise_for_status()
        yield running


@dataclass
class Reply:
    """A reply on its way in the second process, watched by the same visitor at the first."""

    token: str
    sender: ChatSocket
    watcher: ChatSocket
    session: str
    turn_id: str
    gate: Gate
    number: int

    @property
    def about(self) -> dict[str, str]:
        return {"session_id": self.session, "turn_id": self.turn_id}

    async def read_log(self) -> list[tuple[str, str]]:
        await self.watcher.send("session_sync", session_id=self.session, after_seq=0)
        messages = (await self.watcher.expect("session_synced"))["messages"]
        return [(message["sender"], message["state"]) for message in messages]


@pytest.fixture
async def web(parley: Installation) -> AsyncIterator[WebProcess]:
    """The second process, running again after the test."""
    process = parley.webs[1]
    assert isinstance(process, WebProcess)
    yield process
    if not process.is_running:
        await asyncio.to_thread(process.start)


async def begin(parley: Installation, provider: Provider, *steps: str) -> Reply:
    gate, number = Gate(), len(provider.answers)
    provider.play(Script(*steps, gate, " and so on [1]."))
    token = (await asyncio.to_thread(become_visitor, parley.server.url))["token"]
    sender, watcher = await open_chat(parley.webs[1].url, token), await open_chat(parley.server.url, token)
    await sender.say(QUESTION)
    working = await sender.expect("working")
    session = working["session_id"]
    await watcher.send("session_sync", session_id=session, after_seq=0)
    await watcher.expect("session_synced")
    await gate.wait_reached_async()
    if steps:
        await sender.expect("text")
        await watcher.expect("text")
    return Reply(token, sender, watcher, session, working["turn_id"], gate, number)


async def closing(provider: Provider, reply: Reply) -> float:
    return await asyncio.to_thread(provider.answers[reply.number].wait_closed)


async def end_of(socket: ChatSocket, reply: Reply) -> Frame:
    return await socket.expect("complete", turn_id=reply.turn_id, seconds=MARKED_SECONDS)


async def test_a_reply_whose_process_is_killed_is_marked_within_its_lease_and_a_retry_gives_one(
    parley, provider, web
) -> None:
    reply = await begin(parley, provider, "It takes two ")
    await asyncio.to_thread(web.kill)
    died = time.monotonic()
    saved = await reply.watcher.expect("saved", turn_id=reply.turn_id, seconds=MARKED_SECONDS)
    assert (saved["message"]["text"], saved["message"]["state"]) == ("It takes two ", "interrupted")
    assert (await end_of(reply.watcher, reply))["outcome"] == "failed"
    assert time.monotonic() - died < MARKED_SECONDS
    provider.play(Script("Two to four days."))
    await reply.watcher.send("retry", **reply.about)
    await reply.watcher.expect("complete", outcome="answered")
    assert await reply.read_log() == [("visitor", "sent"), ("bot", "superseded"), ("bot", "sent")]


async def test_a_reply_whose_process_is_killed_before_the_first_word_is_made_by_the_other(
    parley, provider, web
) -> None:
    reply = await begin(parley, provider)
    await asyncio.to_thread(web.kill)
    provider.play(Script("Two to four days."))
    assert (await end_of(reply.watcher, reply))["outcome"] == "answered"
    assert await reply.read_log() == [("visitor", "sent"), ("bot", "sent")]


async def test_a_reply_is_cancelled_from_another_process_within_a_second(parley, provider) -> None:
    reply = await begin(parley, provider, "It takes two ")
    asked = time.monotonic()
    await reply.watcher.send("cancel", **reply.about)
    assert (await end_of(reply.watcher, reply))["outcome"] == "cancelled"
    assert time.monotonic() - asked < 1
    assert await closing(provider, reply) - asked < 1
    assert (await end_of(reply.sender, reply))["outcome"] == "cancelled"
    assert await reply.read_log() == [("visitor", "sent"), ("bot", "stopped")]


async def test_a_frozen_process_that_thaws_after_another_took_its_turn_up_adds_nothing(
    parley, provider, web
) -> None:
    reply = await begin(parley, provider, "It takes two ")
    await asyncio.to_thread(web.freeze)
    try:
        assert (await end_of(reply.watcher, reply))["outcome"] == "failed"
    finally:
        await asyncio.to_thread(web.thaw)
    # It learns at its next save that the turn is not its own any more.
    await closing(provider, reply)
    assert await reply.read_log() == [("visitor", "sent"), ("bot", "interrupted")]


async def test_a_process_that_is_told_to_stop_leaves_a_reply_that_can_be_asked_for_again(
    parley, provider, web
) -> None:
    reply = await begin(parley, provider, "It takes two ")
    await asyncio.to_thread(web.stop)
    assert (await reply.watcher.expect("complete", turn_id=reply.turn_id))["outcome"] == "failed"
    assert await reply.read_log() == [("visitor", "sent"), ("bot", "interrupted")]
    provider.play(Script("Two to four days."))
    await reply.watcher.send("retry", **reply.about)
    await reply.watcher.expect("complete", outcome="answered")


async def test_all_clients_of_both_processes_see_the_same_pieces(parley, provider) -> None:
    reply = await begin(parley, provider, "It takes two ")
    reply.gate.open()
    for socket in (reply.sender, reply.watcher):
        saved = await socket.expect("saved", turn_id=reply.turn_id)
        await end_of(socket, reply)
        pieces = [
            frame["delta"] for frame in socket.frames if frame["type"] == "text" and "whole" not in frame
        ]
        assert "".join(pieces) == saved["message"]["text"]
