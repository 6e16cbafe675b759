"""What is measured of the product: bot rounds, relay, typing, connecting, sitting idle."""

import asyncio
import itertools
from collections.abc import Iterator, Sequence
from typing import Any

from bench.meter import Conversation, Meter
from bench.scenarios.base import Scenario, open_all
from bench.scenarios.people import Agent, Frame, Visitor, encode, target_for
from bench.scenarios.references import TEXT
from bench.wire import Refused, Target


class ProductScenario(Scenario):
    """Opens visitors with one token each."""

    def __init__(self, meter: Meter, *, url: str, tokens: list[str], questions: list[str]) -> None:
        super().__init__(meter)
        self.urls = url.split(",")
        self.tokens = iter(tokens)
        self.questions = questions
        self.visitors: list[Visitor] = []

    def url(self, number: int) -> str:
        return self.urls[number % len(self.urls)]

    async def open_visitor(self, number: int) -> Visitor:
        visitor = Visitor(self.meter)
        await visitor.connect(target_for(f"{self.url(number)}/ws/chat/", next(self.tokens)))
        await visitor.open_session(self.questions[number % len(self.questions)])
        self.visitors.append(visitor)
        return visitor

    def totals(self) -> dict[str, Any]:
        return {"accepted": sum(visitor.accepted for visitor in self.visitors),
                "sessions": {visitor.session_id: visitor.head for visitor in self.visitors}}  # fmt: skip


class BotRounds(ProductScenario):
    """message → accepted, working, text, saved, complete: both rows are on disk by then."""

    numbered = True

    async def open(self, count: int) -> Sequence[Conversation]:
        return await open_all(count, self._open_one)

    async def _open_one(self, number: int) -> Conversation:
        return BotRound(await self.open_visitor(number), self._texts())

    def _texts(self) -> Iterator[str]:
        """No two messages are alike, so nothing is won by remembering them."""
        for number, question in enumerate(itertools.cycle(self.questions)):
            yield f"{question} ({number})" if self.numbered else question


class Greetings(BotRounds):
    """Rounds that a rule answers, as the stock bot does: everything but the search."""

    numbered = False

    def __init__(self, meter: Meter, **options: Any) -> None:
        super().__init__(
            meter, **{**options, "questions": ["Hello there!", "Good morning.", "Hi!", "Hey all"]}
        )


class BotRound:
    def __init__(self, visitor: Visitor, texts: Iterator[str]) -> None:
        self.visitor = visitor
        self.texts = texts
        self.begun_at = 0.0
        self.client_id = ""
        visitor.hear = self.hear

    def begin(self) -> None:
        self.begun_at = self.visitor.meter.begin()
        self.client_id = self.visitor.send_message(next(self.texts))

    def hear(self, frame: Frame) -> None:
        if frame.type == "accepted":
            if frame.client_id != self.client_id:
                self.visitor.meter.trouble("accepted another message")
            self.visitor.meter.acknowledge(self.begun_at)
        elif frame.type == "complete":
            self.visitor.meter.outcomes[frame.outcome] += 1
            self.visitor.meter.finish(self, self.begun_at)


class Relay(ProductScenario):
    """Visitor and agent write in turns; a message is done when the other side's socket has it."""

    def __init__(self, meter: Meter, *, agent_tokens: list[str], agent_url: str, **options: Any) -> None:
        super().__init__(meter, **options)
        self.agent_tokens = agent_tokens
        self.agent_url = agent_url
        self.agents: list[Agent] = []

    async def open(self, count: int) -> Sequence[Conversation]:
        if not self.agents:
            for token in self.agent_tokens:
                agent = Agent(self.meter)
                await agent.connect(target_for(f"{self.agent_url}/ws/agent/", token))
                self.agents.append(agent)
        return await open_all(count, self._open_one)

    async def _open_one(self, number: int) -> Conversation:
        visitor = await self.open_visitor(number)
        agent = self.agents[number % len(self.agents)]
        visitor.socket.send_text(encode({"type": "request_agent", "session_id": visitor.session_id}))
        taken = visitor.expect("state", state="agent")
        await agent.accept(visitor.session_id)
        await taken
        return self.pair(visitor, agent)

    def pair(self, visitor: Visitor, agent: Agent) -> Conversation:
        return RelayPair(visitor, agent)

    def totals(self) -> dict[str, Any]:
        agents = sum(agent.accepted for agent in self.agents)
        return {**super().totals(), "agents_accepted": agents}


class RelayPair:
    def __init__(self, visitor: Visitor, agent: Agent) -> None:
        self.visitor, self.agent = visitor, agent
        self.begun_at = 0.0
        self.client_id = ""
        self.numbers = itertools.count()
        self.from_agent = True
        visitor.hear = self.hear_visitor
        agent.hear[visitor.session_id] = self.hear_agent

    def begin(self) -> None:
        self.from_agent = not self.from_agent
        text = f"{TEXT} ({next(self.numbers)})"
        self.begun_at = self.visitor.meter.begin()
        if self.from_agent:
            self.client_id = self.agent.send_message(self.visitor.session_id, text)
        else:
            self.client_id = self.visitor.send_message(text)

    def hear_visitor(self, frame: Frame) -> None:
        if self.from_agent and frame.message is not None and frame.message.sender == "agent":
            self.visitor.meter.finish(self, self.begun_at)

    def hear_agent(self, frame: Frame) -> None:
        if not self.from_agent and frame.message is not None and frame.message.client_id == self.client_id:
            self.visitor.meter.finish(self, self.begun_at)


class TypingRelay(Relay):
    """The same way through groups and sockets, with nothing to store."""

    def pair(self, visitor: Visitor, agent: Agent) -> Conversation:
        return TypingPair(visitor, agent)


class TypingPair:
    def __init__(self, visitor: Visitor, agent: Agent) -> None:
        self.visitor, self.agent = visitor, agent
        self.begun_at = 0.0
        self.on = False
        self.from_agent = True
        visitor.hear = self.hear_visitor
        agent.hear[visitor.session_id] = self.hear_agent

    def begin(self) -> None:
        self.from_agent = not self.from_agent
        self.on = self.on is self.from_agent
        self.begun_at = self.visitor.meter.begin()
        socket = self.agent.socket if self.from_agent else self.visitor.socket
        socket.send_text(encode({"type": "typing", "session_id": self.visitor.session_id, "on": self.on}))

    def hear_visitor(self, frame: Frame) -> None:
        if self.from_agent and frame.type == "typing":
            self.visitor.meter.finish(self, self.begun_at)

    def hear_agent(self, frame: Frame) -> None:
        if not self.from_agent and frame.type == "typing":
            self.visitor.meter.finish(self, self.begun_at)


class Connect(ProductScenario):
    """Connect with a token, wait for `ready`, close, connect again."""

    async def open(self, count: int) -> Sequence[Conversation]:
        return [
            ConnectSlot(self.meter, target_for(f"{self.url(n)}/ws/chat/", next(self.tokens)))
            for n in range(count)
        ]


class ConnectSlot:
    def __init__(self, meter: Meter, target: Target) -> None:
        self.meter = meter
        self.target = target

    def begin(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._connect(self.meter.begin()))

    async def _connect(self, begun_at: float) -> None:
        try:
            visitor = Visitor(self.meter)
            await visitor.connect(self.target)
        except (Refused, OSError, TimeoutError) as error:
            self.meter.trouble(f"refused: {error}")
        else:
            visitor.socket.close()
        self.meter.finish(self, begun_at)


class Idle(ProductScenario):
    """Visitors who opened the widget and say nothing; as browsers do, they offer compression."""

    async def open(self, count: int) -> Sequence[Conversation]:
        await open_all(count, self._open_one)
        return []

    async def _open_one(self, number: int) -> None:
        visitor = Visitor(self.meter)
        await visitor.connect(target_for(f"{self.url(number)}/ws/chat/", next(self.tokens), deflate=True))
        self.visitors.append(visitor)


class Syncs(ProductScenario):
    """A page that comes back: everything of one conversation is read from the log, again and again."""

    rounds = 10

    async def open(self, count: int) -> Sequence[Conversation]:
        return await open_all(count, self._open_one)

    async def _open_one(self, number: int) -> Conversation:
        visitor = await self.open_visitor(number)
        for _ in range(self.rounds):
            visitor.send_message("Hello there!")
            await visitor.expect("complete")
        return SyncRound(visitor)


class SyncRound:
    def __init__(self, visitor: Visitor) -> None:
        self.visitor = visitor
        self.begun_at = 0.0
        visitor.hear = self.hear

    def begin(self) -> None:
        self.begun_at = self.visitor.meter.begin()
        self.visitor.socket.send_text(
            encode({"type": "session_sync", "session_id": self.visitor.session_id, "after_seq": 0})
        )

    def hear(self, frame: Frame) -> None:
        if frame.type == "session_synced":
            self.visitor.meter.finish(self, self.begun_at)
