"""A visitor who waits, and consoles of acme's people: what the tests of the agent's socket begin with."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from config.asgi import application
from conversations.models import Conversation
from handoff.models import HandoffSession
from organisations.models import User
from tests.cast import Cast, issue_token, issue_visitor_token, make_cast, make_conversation, make_visitor
from tests.sockets import ChatSocket

in_thread = sync_to_async


@dataclass
class Desk:
    """A visitor who waits, with a socket of theirs, and whoever of acme opens a console."""

    cast: Cast
    conversation: Conversation
    handoff: HandoffSession
    visitor: ChatSocket
    open: Callable[..., Any]

    @property
    def session(self) -> str:
        return str(self.conversation.pk)

    async def accept(self, agent: ChatSocket) -> None:
        await agent.send("accept", handoff_id=str(self.handoff.pk))
        await agent.expect("state", session_id=self.session, state="agent")

    async def states(self) -> tuple[str, str]:
        await in_thread(self.conversation.refresh_from_db)()
        await in_thread(self.handoff.refresh_from_db)()
        return self.conversation.state, self.handoff.state


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    cast = await in_thread(make_cast)()
    person = await in_thread(make_visitor)(cast.acme.bot, name="Vera")
    conversation = await in_thread(make_conversation)(person, "My parcel is broken", handoff=True)
    handoff = await in_thread(HandoffSession.objects.get)(conversation=conversation)
    sockets: list[ChatSocket] = []

    async def open_console(user: User, **options: Any) -> ChatSocket:
        token = await in_thread(issue_token)(user)
        socket = await ChatSocket.connect_inside(application, path="/ws/agent/", token=token, **options)
        sockets.append(socket)
        await socket.expect("ready")
        return socket

    visitor = await ChatSocket.connect_inside(application, token=issue_visitor_token(person))
    await visitor.expect("ready")
    yield Desk(cast, conversation, handoff, visitor, open_console)
    for socket in (*sockets, visitor):
        await socket.close()
