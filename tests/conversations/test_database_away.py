"""Sockets while the database does not answer."""

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from config.asgi import application
from tests.cast import issue_visitor_token, make_cast, make_visitor
from tests.sockets import ChatSocket, RefusedError

pytestmark = pytest.mark.django_db(transaction=True)


def fail(*_: object, **__: object) -> None:
    raise OperationalError("the database is away")


@pytest.fixture
async def token():
    return await sync_to_async(lambda: issue_visitor_token(make_visitor(make_cast().acme.bot)))()


async def test_a_handshake_is_refused_and_the_next_one_taken(token, monkeypatch):
    with monkeypatch.context() as broken:
        broken.setattr("chatbots.arrivals.read_sessions", fail)
        with pytest.raises(RefusedError):
            await ChatSocket.connect_inside(application, token=token)
    async with await ChatSocket.connect_inside(application, token=token) as socket:
        await socket.expect("ready")


async def test_a_greeting_that_fails_says_unavailable_and_closes(token, monkeypatch):
    monkeypatch.setattr("chatbots.consumers.ChatSocket.greet", fail)
    socket = await ChatSocket.connect_inside(application, token=token)
    assert (await socket.expect_error("unavailable"))["retry_after_s"] > 0
    assert await socket.expect_close() == 4503


async def test_a_message_is_answered_unavailable_and_the_resend_gets_through(token, monkeypatch):
    async with await ChatSocket.connect_inside(application, token=token) as socket:
        await socket.expect("ready")
        with monkeypatch.context() as broken:
            broken.setattr("conversations.writer.queue.WriterQueue._commit", fail)
            client_id = await socket.say("How can I pay?")
            error = await socket.expect_error("unavailable")
            assert (error["client_id"], error["retry_after_s"] > 0) == (client_id, True)
        await socket.say("How can I pay?", client_id=client_id)
        assert (await socket.expect("accepted"))["seq"] == 1
        await socket.expect("complete", outcome="answered")
