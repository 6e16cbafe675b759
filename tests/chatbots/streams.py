"""What the tests of streamed turns share: a bot that answers with the stand-in's model, and a visitor at it."""

import asyncio
from dataclasses import dataclass
from typing import Any

from asgiref.sync import sync_to_async

from chatbots.actions.edit_bot import edit_bot
from chatbots.actions.publish_bot import publish_bot
from config.asgi import application
from conversations.models import Message, Turn, Visitor
from tests.cast import Cast, issue_visitor_token, make_cast, make_visitor
from tests.provider import MODEL, Gate, Provider, Script
from tests.sockets import ChatSocket, Frame

QUESTION = "How long does delivery take?"
OFFLINE = "Two to four working days."


def make_streaming_cast() -> Cast:
    """The cast, with a model behind acme's published bot."""
    cast = make_cast()
    edit_bot(chatbot=cast.acme.bot, changes={"model": MODEL})
    publish_bot(chatbot=cast.acme.bot, author=None)
    cast.acme.bot.refresh_from_db()
    return cast


@dataclass
class Visit:
    """A visitor's socket with a reply on its way: shown up to the gate."""

    visitor: Visitor
    socket: ChatSocket
    gate: Gate
    session: str = ""
    turn_id: str = ""

    async def cancel(self, socket: ChatSocket | None = None) -> None:
        await (socket or self.socket).send("cancel", session_id=self.session, turn_id=self.turn_id)

    async def retry(self, socket: ChatSocket | None = None) -> None:
        await (socket or self.socket).send("retry", session_id=self.session, turn_id=self.turn_id)

    async def connect_again(self) -> ChatSocket:
        """Another tab, or the same visitor after a reload."""
        socket = await ChatSocket.connect_inside(application, token=issue_visitor_token(self.visitor))
        await socket.expect("ready")
        return socket

    async def read_turn(self, **lookup: Any) -> Turn:
        return await sync_to_async(Turn.objects.get)(**(lookup or {"pk": self.turn_id}))

    async def read_log(self) -> list[tuple[str, str, str]]:
        """Sender, text and state of every row, in order."""
        rows = Message.objects.filter(conversation_id=self.session).order_by("seq")
        return [row async for row in rows.values_list("sender", "text", "state")]


async def begin_reply(cast: Cast, provider: Provider, *steps: Any) -> Visit:
    """Ask, and wait until the provider has come to the gate behind `steps`, and the visitor has seen them."""
    gate = Gate()
    provider.play(Script(*steps, gate, " and the rest [1]."))
    visitor = await sync_to_async(make_visitor)(cast.acme.bot)
    visit = Visit(
        visitor, await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor)), gate
    )
    await visit.socket.say(QUESTION)
    working = await visit.socket.expect("working")
    visit.session, visit.turn_id = working["session_id"], working["turn_id"]
    await gate.wait_reached_async()
    shown = "".join(step for step in steps if isinstance(step, str))
    while shown_text(visit.socket.frames) != shown:
        await visit.socket.expect("text")
    return visit


def shown_text(frames: list[Frame]) -> str:
    """What the pieces add up to; they come in order, numbered without a gap."""
    pieces = [frame for frame in frames if frame["type"] == "text" and not frame.get("whole")]
    assert [piece["index"] for piece in pieces] == list(range(len(pieces)))
    return "".join(piece["delta"] for piece in pieces)


def types(frames: list[Frame]) -> list[str]:
    return [frame["type"] for frame in frames]


async def closed_within(provider: Provider, *, asked: int = 1) -> float:
    """Seconds from now until the client has closed its connection for the last of `asked` requests."""
    now = asyncio.get_running_loop().time()
    request = (await provider.wait_for_requests_async(asked))[asked - 1]
    return await asyncio.to_thread(request.wait_closed) - now
