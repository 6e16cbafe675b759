"""X12: twenty agents accept one conversation at once, by socket and over HTTP: one gets it, nineteen are told who has it."""

import asyncio
import random
from typing import Any

import httpx
import pytest

from tests.faults.client import FaultClient
from tests.faults.fault import Fault
from tests.faults.people import find_waiting, make_agents, open_console
from tests.faults.stage import Stage
from tests.sockets import ChatSocket

TWENTY = 20
WON = "won"


async def accept_by_socket(url: str, token: str, handoff_id: str, start: asyncio.Barrier) -> str:
    """The name of whoever has it, by the answer's own word; WON for the one who got it."""
    console = await open_console(url, token)
    await start.wait()
    await console.send("accept", handoff_id=handoff_id)
    answer = await _read_answer(console, handoff_id)
    await console.close()
    return answer


async def _read_answer(console: ChatSocket, handoff_id: str) -> str:
    while True:
        frame = await console.receive()
        if frame["type"] == "error":
            assert (frame["code"], frame["handoff_id"]) == ("conflict", handoff_id)
            return str(frame["agent"]["name"])
        if frame["type"] == "state" and frame["state"] == "agent":
            return WON


async def accept_by_http(url: str, token: str, handoff_id: str, start: asyncio.Barrier) -> str:
    """The same; the connection is open before all begin."""
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=f"{url}/api/v1/", headers=headers, timeout=30) as http:
        (await http.get("me/")).raise_for_status()
        await start.wait()
        answer = await http.post(f"handoffs/{handoff_id}/accept/")
    if answer.status_code == 200:
        return WON
    error: dict[str, Any] = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (409, "conflict")
    return str(error["agent"]["name"])


async def wait_for_agent(visitor: FaultClient) -> str:
    visitor.say("I would like to talk to a person")
    await visitor.settle()
    await visitor.until(lambda: visitor.session in visitor.states, seconds=10, what="waiting for a person")
    return visitor.session


async def test_of_twenty_one_gets_it_and_nineteen_are_told_who(
    distributed: Stage, fault: Fault, rng: random.Random, agent_tokens: list[str]
) -> None:
    [visitor] = await fault.visitors(distributed, 1)
    session = await wait_for_agent(visitor)
    handoff_id = await find_waiting(distributed.urls[0], agent_tokens[0], session)
    start = asyncio.Barrier(TWENTY)
    ways = [accept_by_socket, accept_by_http] * (TWENTY // 2)
    rng.shuffle(ways)
    answers = await asyncio.gather(
        *(
            way(rng.choice(distributed.urls), token, handoff_id, start)
            for way, token in zip(ways, agent_tokens, strict=True)
        )
    )
    assert answers.count(WON) == 1
    winner = answers.index(WON)
    assert {answer for answer in answers if answer != WON} == {f"Agent {winner}"}
    await expect_only_winner_writes(distributed, fault, agent_tokens, winner, session)
    await fault.check(distributed)
    shown = [entry.text for entry in visitor.views[session].shown]
    assert [text for text in shown if text.startswith("You are now chatting")] == [
        f"You are now chatting with Agent {winner}."
    ]
    assert [text for text in shown if text.startswith("I am agent")] == [f"I am agent {winner}"]


async def expect_only_winner_writes(
    stage: Stage, fault: Fault, tokens: list[str], winner: int, session: str
) -> None:
    for number in {winner, (winner + 1) % TWENTY, (winner + 7) % TWENTY}:
        url = stage.urls[number % len(stage.urls)]
        agent = await fault.client(
            url, token=tokens[number], path="/ws/agent/", name=f"agent {number}"
        ).start()
        client_id = agent.say(f"I am agent {number}", session=session)
        await agent.settle(refusals=True)
        assert (client_id in agent.acknowledged) is (number == winner)
        if number != winner:
            assert agent.refused[client_id]["code"] == "conflict"
            agent.views.clear()


@pytest.fixture(scope="module")
def agent_tokens(stages: Any) -> list[str]:
    return make_agents(stages.get(distributed=True).webs[0], TWENTY)
