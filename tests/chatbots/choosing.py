"""A bot that asks back, and visitors who press its buttons."""

import uuid
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from chatbots.actions.edit_bot import edit_bot
from chatbots.actions.publish_bot import publish_bot
from chatbots.turns import thinking
from config.asgi import application
from conversations.models import Conversation, Message, Visitor
from tests.cast import Cast, issue_visitor_token, make_visitor
from tests.chatbots.engine.shelves import CLOSE, Shelf
from tests.sockets import ChatSocket

UNCLEAR = "What about my card?"


@pytest.fixture
def unclear(monkeypatch: pytest.MonkeyPatch) -> Shelf:
    """All bots know two entries that are as likely, whatever they are asked."""
    shelf = Shelf(*CLOSE)
    monkeypatch.setattr(thinking, "find_quick_index", lambda **_: shelf)
    return shelf


async def publish_with(cast: Cast, **changes: Any) -> None:
    """Acme's bot with these fields, as visitors meet it."""

    def change() -> None:
        bot = edit_bot(chatbot=cast.acme.bot, changes=changes)
        publish_bot(chatbot=bot, author=None)
        cast.acme.bot.refresh_from_db()

    await sync_to_async(change)()


async def visit(cast: Cast) -> tuple[Visitor, ChatSocket]:
    visitor = await sync_to_async(make_visitor)(cast.acme.bot)
    socket = await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor))
    await socket.expect("ready")
    return visitor, socket


async def choose(socket: ChatSocket, choice: str, *, session_id: str = "", client_id: str = "") -> str:
    """Press a button; returns the client id."""
    client_id = client_id or str(uuid.uuid4())
    await socket.send("choose", client_id=client_id, session_id=session_id, choice=choice)
    return client_id


async def be_asked_back(socket: ChatSocket) -> str:
    """Ask what needs asking back; returns the session."""
    await socket.say(UNCLEAR)
    return str((await socket.expect("complete", outcome="clarified"))["session_id"])


async def read_log(session: str) -> list[tuple[str, str]]:
    rows = Message.objects.filter(conversation_id=session).order_by("seq")
    return await sync_to_async(lambda: list(rows.values_list("sender", "text")))()


async def read_state(session: str) -> dict[str, Any]:
    row = await sync_to_async(Conversation.objects.get)(pk=session)
    state: dict[str, Any] = row.bot_state
    return state
