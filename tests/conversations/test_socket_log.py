"""What the server's log says about a socket: the ids that the client has too, and never what was said."""

import logging

import pytest
from asgiref.sync import sync_to_async

from config.asgi import application
from tests.cast import issue_visitor_token, make_cast, make_conversation, make_visitor
from tests.sockets import ChatSocket

pytestmark = pytest.mark.django_db(transaction=True)
SECRET = "my-secret-words"


def find(caplog: pytest.LogCaptureFixture, words: str) -> logging.LogRecord:
    return next(record for record in caplog.records if words in record.getMessage())


async def test_opening_failing_and_leaving_name_connection_and_session(caplog, monkeypatch) -> None:
    cast = await sync_to_async(make_cast)()
    visitor = await sync_to_async(make_visitor)(cast.acme.bot)
    session = str((await sync_to_async(make_conversation)(visitor)).pk)
    token = issue_visitor_token(visitor)

    def fail(*_: object) -> None:
        raise RuntimeError("on purpose")

    with caplog.at_level(logging.INFO, logger="conversations"):
        async with await ChatSocket.connect_inside(application, token=token) as socket:
            connection = (await socket.expect("ready"))["connection_id"]
            monkeypatch.setattr("chatbots.consumers.ChatSocket._take_message", fail)
            await socket.say(SECRET, session_id=session)
            await socket.expect_error("internal")
    lines = [
        find(caplog, "a socket is open"),
        find(caplog, "a frame could not be handled"),
        find(caplog, "a socket is gone"),
    ]
    for line in lines:
        named = line.__dict__
        assert (named["connection"], named["sessions"]) == (connection, session)
    assert SECRET not in caplog.text
    assert token not in caplog.text
