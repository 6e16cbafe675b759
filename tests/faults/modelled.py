"""The demo's bot with a language model behind it, and a web process that reaches the stand-in for its provider."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from tests.faults.client import FaultClient
from tests.faults.fault import Fault
from tests.faults.stage import Stage
from tests.provider import MODEL, Provider, run_provider
from tests.server import DEMO_PASSWORD, ServerProcess, WebProcess

TIMEOUT_SECONDS = 1.5
QUESTION = "How long does delivery take?"
END = """
SELECT t.state, t.outcome, t.trace, m.state, m.text FROM conversations_turn t
LEFT JOIN conversations_message m ON m.turn_id = t.id WHERE t.id = %s::uuid"""


@dataclass
class End:
    """How a turn ended, and what it left in the log (`None`: nothing)."""

    state: str
    outcome: str
    trace: Any
    message: str | None
    text: str | None


@dataclass
class Modelled:
    """The scene of a fault at the provider: a web process beside the stage's own, which know no provider."""

    stage: Stage
    provider: Provider
    web: ServerProcess

    async def visitors(self, fault: Fault, count: int) -> list[FaultClient]:
        """Connected visitors at the bot."""
        return await fault.visitors(self.stage, count, addresses=[self.web.url])

    async def visitor(self, fault: Fault) -> FaultClient:
        [one] = await self.visitors(fault, 1)
        return one

    async def ask(self, client: FaultClient) -> str:
        """Put the question; returns its turn once it runs."""
        before = len(client.streamed)
        client.say(QUESTION)
        await client.settle()
        await client.until(lambda: len(client.streamed) > before, seconds=10, what="the bot at work")
        return str(client.streamed[before]["turn_id"])

    async def see_text(self, client: FaultClient, turn_id: str) -> None:
        """Returns once a piece of the turn's reply is shown."""
        await client.until(
            lambda: any(frame["type"] == "text" and frame["turn_id"] == turn_id for frame in client.streamed),
            seconds=10,
            what="a piece of the reply",
        )

    async def see_end(self, client: FaultClient, turn_id: str) -> End:
        """How the turn ended, once this client was told."""
        await client.until(
            lambda: any(frame["turn_id"] == turn_id for frame in client.completes),
            seconds=15,
            what="the turn complete",
        )
        [row] = await asyncio.to_thread(self.stage.query, END, turn_id)
        end = End(*row)
        told = [frame["outcome"] for frame in client.completes if frame["turn_id"] == turn_id]
        # A cancel that comes too late is answered with how the turn ended, once more.
        assert set(told) == {end.outcome}, f"the visitor was told {told}, and the turn ended as {end}"
        return end


@contextmanager
def run_modelled(stage: Stage) -> Iterator[Modelled]:
    """One more web process of the stage's installation, and its bot on the model; the bot is itself again afterwards."""
    with run_provider() as provider:
        own = {**provider.variables, "PROVIDER_TIMEOUT_SECONDS": f"{TIMEOUT_SECONDS}"}
        web = WebProcess(stage.folder / "modelled", {**stage.variables, **own})
        try:
            _publish(web.url, model=MODEL)
            yield Modelled(stage, provider, web)
            # By a process that lives: the fault may have killed the other.
            _publish(stage.urls[0], model="")
        finally:
            web.kill()


def _publish(url: str, *, model: str) -> None:
    """As the bot's owner, by REST."""
    body = {"email": "owner@demo.test", "password": DEMO_PASSWORD}
    with httpx.Client(base_url=f"{url}/api/v1/", timeout=60) as http:
        token = http.post("token/", json=body).raise_for_status().json()["access"]
        http.headers["Authorization"] = f"Bearer {token}"
        http.patch("chatbots/shop/", json={"model": model}).raise_for_status()
        http.post("chatbots/shop/publish/", json={}).raise_for_status()


def read_errors(end: End) -> list[dict[str, str]]:
    """The errors of a turn's trace."""
    trace = json.loads(end.trace) if isinstance(end.trace, str) else end.trace
    return list(trace["errors"])
