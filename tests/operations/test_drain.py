"""SIGTERM under load, as a deploy sends it: nothing that was acknowledged is lost, and everybody is told."""

import asyncio
import signal
import time
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.embed.polls import Poller
from tests.server import Installation, ServerProcess
from tests.sockets import ChatSocket, ClosedError

pytestmark = pytest.mark.journey
LEAVE_SECONDS = 10.0
TALKERS = 20


@dataclass
class Talker:
    """A visitor who writes on and on, and keeps book of what was acknowledged."""

    token: str
    session_id: str = ""
    acknowledged: dict[str, int] = field(default_factory=dict)
    code: int = 0

    async def talk(self, url: str, begun: asyncio.Event) -> None:
        socket = await ChatSocket.connect(url, token=self.token)
        try:
            while True:
                client_id = await socket.say("How long does it take?", session_id=self.session_id)
                accepted = await socket.expect("accepted", client_id=client_id)
                self.session_id = accepted["session_id"]
                self.acknowledged[client_id] = accepted["seq"]
                if len(self.acknowledged) > 2:
                    begun.set()
        except ClosedError as error:
            self.code = error.code


def bootstrap(server: ServerProcess) -> str:
    page = httpx.get(f"{server.url}/demo/").text
    public_id = page.partition('data-bot="')[2].partition('"')[0]
    answer = httpx.post(f"{server.url}/api/v1/widget/{public_id}/bootstrap/", json={}).json()
    return str(answer["token"])


async def read_log(url: str, talker: Talker) -> dict[str, list[int]]:
    """All numbers under which each client id stands in the log."""
    found: dict[str, list[int]] = {}
    async with Poller(talker.token, url=url) as poller:
        after, more = 0, True
        while more:
            answer = await poller.post(type="session_sync", session_id=talker.session_id, after_seq=after)
            synced = answer.json()["frames"][0]
            for message in synced["messages"]:
                found.setdefault(message["client_id"], []).append(message["seq"])
                after = message["seq"]
            more = synced["more"]
    return found


def signal_and_wait(server: ServerProcess) -> tuple[int, float]:
    """SIGTERM; the exit status, and after how many seconds."""
    assert server.process
    began = time.monotonic()
    server.process.send_signal(signal.SIGTERM)
    return server.process.wait(30), time.monotonic() - began


async def test_a_deploy_under_load_loses_no_acknowledged_message_and_closes_every_socket_with_1012(
    start_installation,
) -> None:
    installation: Installation = start_installation(variables={"PARLEY_RATE_LIMITS": "off"})
    server = installation.server
    talkers = [Talker(await asyncio.to_thread(bootstrap, server)) for _ in range(TALKERS)]
    begun = [asyncio.Event() for _ in talkers]
    talking = [
        asyncio.create_task(talker.talk(server.url, event))
        for talker, event in zip(talkers, begun, strict=True)
    ]
    await asyncio.gather(*(event.wait() for event in begun))
    async with Poller(await asyncio.to_thread(bootstrap, server), url=server.url) as poller:
        query = await come_to_rest(poller)
        waiting = asyncio.create_task(poller.poll(**query, wait_s=25))
        await poller.post(type="ping")
        status, seconds = await asyncio.to_thread(signal_and_wait, server)
        assert (await waiting).json()["frames"][0]["type"] == "session_synced"
    await asyncio.gather(*talking)
    assert status == 0, server.read_log()[-3000:]
    assert seconds < LEAVE_SECONDS
    assert [talker.code for talker in talkers] == [1012] * TALKERS
    assert "Traceback" not in server.read_log()
    server.restart()
    for talker in talkers:
        found = await read_log(server.url, talker)
        assert {name: found.get(name) for name in talker.acknowledged} == {
            name: [seq] for name, seq in talker.acknowledged.items()
        }


async def come_to_rest(poller: Poller) -> dict[str, Any]:
    """The query of a poll that has no news to wait for but the server's end."""
    session = (await poller.say("Hello!")).json()["session_id"]
    query: dict[str, Any] = {"session_id": session, "after_seq": 0, "version": ""}
    while True:
        answer = (await poller.poll(**query, wait_s=1)).json()
        if answer["version"] == query["version"]:
            return query
        query |= {"after_seq": answer["frames"][0]["head_seq"], "version": answer["version"]}
