"""The chat socket: what a visitor sends and gets, and what is refused."""

import asyncio
import json
import uuid

import pytest
from asgiref.sync import sync_to_async

from config.asgi import application
from conversations.models import Conversation, Message, Turn
from core.tokens import issue_signed_token
from tests.cast import issue_token, issue_visitor_token, make_cast, make_visitor
from tests.sockets import ChatSocket, ClosedError, RefusedError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def visitor():
    cast = await sync_to_async(make_cast)()
    return await sync_to_async(make_visitor)(cast.acme.bot)


async def connect(visitor) -> ChatSocket:
    socket = await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor))
    await socket.expect("ready")
    return socket


async def count(model, **lookup) -> int:
    return int(await sync_to_async(model.objects.filter(**lookup).count)())


async def test_ready_comes_first_and_names_the_bot_and_the_protocol(visitor):
    async with await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor)) as socket:
        ready = await socket.receive()
        assert ready["type"] == "ready"
        assert ready["protocol"] == "parley.v1"
        assert ready["bot"]["slug"] == "acme-shop"
        assert ready["sessions"] == []


async def test_a_question_is_acknowledged_worked_on_saved_and_complete_in_this_order(visitor):
    async with await connect(visitor) as socket:
        client_id = await socket.say("How long does delivery take?")
        await socket.expect("complete", outcome="answered")
        kinds = [frame["type"] for frame in socket.frames if frame["type"] != "ready"]
        assert kinds == ["accepted", "working", "saved", "complete"]
        accepted, _, saved, complete = socket.frames[1:]
        assert accepted["client_id"] == client_id
        assert accepted["seq"] == 1
        assert saved["message"]["seq"] == 2
        assert saved["message"]["text"] == "Two to four working days."
        assert saved["message"]["citations"][0]["source"] == "faq.csv"
        assert {frame["session_id"] for frame in socket.frames[1:]} == {accepted["session_id"]}
        assert saved["turn_id"] == complete["turn_id"]
        assert "trace" not in complete


async def test_the_reply_is_stored_before_it_is_announced_complete(visitor):
    async with await connect(visitor) as socket:
        await socket.say("How can I pay?")
        complete = await socket.expect("complete")
        turn = await sync_to_async(Turn.objects.get)(pk=complete["turn_id"])
        assert (turn.state, turn.outcome) == ("complete", "answered")
        assert turn.trace["candidates"][0]["title"] == "Payment"
        assert await count(Message, turn_id=turn.pk) == 1


async def test_a_second_message_lands_in_the_session_that_the_first_opened(visitor):
    async with await connect(visitor) as socket:
        await socket.say("How can I pay?")
        session = (await socket.expect("complete"))["session_id"]
        await socket.say("Can I send something back?", session_id=session)
        accepted = await socket.expect("accepted")
        assert (accepted["session_id"], accepted["seq"]) == (session, 3)


async def test_a_resend_gets_the_first_number_also_when_it_opened_the_session(visitor):
    client_id = str(uuid.uuid4())
    async with await connect(visitor) as first, await connect(visitor) as second:
        await first.say("How can I pay?", client_id=client_id)
        accepted = await first.expect("accepted")
        await first.expect("complete")
        for socket in (first, second):
            await socket.say("How can I pay?", client_id=client_id)
            again = await socket.expect("accepted")
            assert (again["session_id"], again["seq"]) == (accepted["session_id"], 1)
        await second.settle()
    assert await count(Conversation) == 1
    assert await count(Message, sender="visitor") == 1
    assert await count(Turn) == 1


async def test_two_tabs_that_open_a_session_with_the_same_client_id_at_once_make_one(visitor):
    client_id = str(uuid.uuid4())
    sockets = [await connect(visitor) for _ in range(5)]
    await asyncio.gather(*(socket.say("How can I pay?", client_id=client_id) for socket in sockets))
    answers = [await socket.expect("accepted") for socket in sockets]
    assert len({(answer["session_id"], answer["seq"]) for answer in answers}) == 1
    for socket in sockets:
        await socket.expect("complete", "session_synced", "saved")
        await socket.close()
    assert await count(Conversation) == 1
    assert await count(Message, sender="visitor") == 1


async def test_another_tab_sees_what_this_one_sends_and_what_the_bot_replies(visitor):
    async with await connect(visitor) as first:
        await first.say("How can I pay?")
        session = (await first.expect("complete"))["session_id"]
        async with await connect(visitor) as second:
            await second.send("session_sync", session_id=session, after_seq=0)
            synced = await second.expect("session_synced")
            assert [message["seq"] for message in synced["messages"]] == [1, 2]
            await first.say("Can I send something back?", session_id=session)
            message = await second.expect("message")
            assert message["message"]["text"] == "Can I send something back?"
            assert (await second.expect("saved"))["message"]["seq"] == 4
        await first.expect("complete")
        assert "message" not in [frame["type"] for frame in first.frames]


async def test_a_sync_after_a_number_brings_what_was_missed_in_order_and_once(visitor):
    async with await connect(visitor) as socket:
        await socket.say("How can I pay?")
        session = (await socket.expect("complete"))["session_id"]
    async with await connect(visitor) as socket:
        await socket.send("session_sync", session_id=session, after_seq=1)
        synced = await socket.expect("session_synced")
        assert [message["seq"] for message in synced["messages"]] == [2]
        assert (synced["head_seq"], synced["more"], synced["state"]) == (2, False, "bot")


async def test_a_visitor_finds_nothing_in_the_session_of_another(visitor):
    stranger = await sync_to_async(lambda: make_visitor(visitor.chatbot))()
    async with await connect(visitor) as mine:
        await mine.say("How can I pay?")
        session = (await mine.expect("complete"))["session_id"]
        async with await connect(stranger) as theirs:
            for frame in (
                {
                    "type": "message",
                    "client_id": str(uuid.uuid4()),
                    "session_id": session,
                    "text": "Let me in",
                },
                {"type": "session_sync", "session_id": session, "after_seq": 0},
                {"type": "typing", "session_id": session, "on": True},
                {"type": "read", "session_id": session, "seq": 1},
                {"type": "request_agent", "session_id": session},
                {"type": "end", "session_id": session},
            ):
                nothing = {**frame, "session_id": str(uuid.uuid4())}
                answers = []
                for sent in (frame, nothing):
                    await theirs.send_raw(json.dumps(sent))
                    error = await theirs.expect_error("not_found")
                    answers.append({name: value for name, value in error.items() if name != "client_id"})
                assert answers[0] == answers[1]
        await mine.settle()
        assert [frame["type"] for frame in mine.frames].count("message") == 0


BAD_FRAMES: dict[str, tuple[str | bytes, str]] = {
    "malformed": ("{", "bad_frame"),
    "no object": ("[]", "bad_frame"),
    "no type": ("{}", "bad_frame"),
    "binary": (b"abc", "bad_frame"),
    "nested 10,000 deep": ("[" * 10_000, "bad_frame"),
    "nested inside a field": ('{"type":"ping","id":' + "[" * 10_000, "bad_frame"),
    "unknown type": ('{"type":"shutdown"}', "unknown_type"),
    "forged internal type": ('{"type":"conversation.message","session_id":"x"}', "unknown_type"),
    "missing field": ('{"type":"message","text":"hello"}', "invalid"),
    "wrong field": ('{"type":"message","client_id":"no uuid","text":"hello"}', "invalid"),
    "number for text": (
        '{"type":"message","client_id":"11111111-1111-4111-8111-111111111111","text":5}',
        "invalid",
    ),
    "empty": (
        '{"type":"message","client_id":"11111111-1111-4111-8111-111111111111","text":"  \\n"}',
        "invalid",
    ),
    "NUL": (
        '{"type":"message","client_id":"11111111-1111-4111-8111-111111111111","text":"a\\u0000b"}',
        "invalid",
    ),
    "surrogate": (
        '{"type":"message","client_id":"11111111-1111-4111-8111-111111111111","text":"\\ud800"}',
        "invalid",
    ),
    "over-long": (
        json.dumps({"type": "message", "client_id": str(uuid.UUID(int=1, version=4)), "text": "x" * 8_001}),
        "invalid",
    ),
    "no such session": ('{"type":"session_sync","session_id":"nonsense"}', "not_found"),
    "huge number": (
        '{"type":"read","session_id":"11111111-1111-4111-8111-111111111111","seq":1e400}',
        "invalid",
    ),
}


@pytest.mark.parametrize("name", BAD_FRAMES)
async def test_a_bad_frame_gets_its_error_and_the_socket_lives(visitor, name):
    data, code = BAD_FRAMES[name]
    async with await connect(visitor) as socket:
        await socket.send_raw(data)
        error = await socket.receive()
        assert (error["type"], error["code"]) == ("error", code)
        assert error["detail"].endswith(".")
        await socket.say("How can I pay?")
        await socket.expect("complete", outcome="answered")
    assert await count(Message, sender="visitor") == 1


async def test_the_longest_message_is_taken(visitor):
    async with await connect(visitor) as socket:
        await socket.say("x" * 8_000)
        await socket.expect("accepted")
        await socket.expect("complete")


async def test_a_flood_of_messages_is_limited_with_a_time_to_wait(visitor):
    async with await connect(visitor) as socket:
        for _ in range(40):
            await socket.say("How can I pay?")
        error = await socket.expect_error("rate_limited")
        assert error["retry_after_s"] > 0
        assert error["client_id"]


@pytest.mark.parametrize("seconds", [-1, -3600])
async def test_an_expired_token_is_refused(visitor, seconds):
    token = issue_signed_token(
        audience="visitor", bearer=str(visitor.pk), seconds=seconds, bot=visitor.chatbot.public_id
    )
    with pytest.raises(RefusedError):
        await ChatSocket.connect_inside(application, token=token)


async def test_tokens_for_anything_else_are_refused(visitor):
    bot, bearer = visitor.chatbot.public_id, str(visitor.pk)
    good = issue_visitor_token(visitor)
    bad = [
        "",
        "nonsense",
        good[:-4] + "AAAA",
        "x" * 5_000,
        issue_signed_token(audience="refresh", bearer=bearer, seconds=60, bot=bot),
        issue_signed_token(audience="test", bearer=bearer, seconds=60, bot=bot),
        issue_signed_token(audience="visitor", bearer=bearer, seconds=60, bot="0" * 16),
        issue_signed_token(audience="visitor", bearer=str(uuid.uuid4()), seconds=60, bot=bot),
    ]
    for token in bad:
        with pytest.raises(RefusedError):
            await ChatSocket.connect_inside(application, token=token)


async def test_an_api_client_names_a_bot_of_its_own_organisation_only():
    cast = await sync_to_async(make_cast)()
    token = await sync_to_async(issue_token)(cast.acme.owner)
    async with await ChatSocket.connect_inside(
        application, path="/ws/chat/?bot=acme-shop", token=token, by="header"
    ) as socket:
        await socket.expect("ready")
        await socket.say("How can I pay?")
        await socket.expect("complete", outcome="answered")
    for path in (
        "/ws/chat/?bot=rival-shop",
        "/ws/chat/?bot=nothing",
        "/ws/chat/",
        "/ws/chat/?bot=rival/rival-shop",
    ):
        with pytest.raises(RefusedError):
            await ChatSocket.connect_inside(application, path=path, token=token)


async def test_a_token_that_expires_on_an_open_socket_closes_it(visitor):
    token = issue_signed_token(
        audience="visitor", bearer=str(visitor.pk), seconds=2, bot=visitor.chatbot.public_id
    )
    async with await ChatSocket.connect_inside(application, token=token) as socket:
        await socket.expect("ready")
        assert await socket.expect_close(seconds=10) == 4401


async def test_a_lost_hint_is_healed_by_the_position_check(visitor, settings, monkeypatch):
    settings.POSITION_CHECK_SECONDS = 0.4
    async with await connect(visitor) as first, await connect(visitor) as second:
        await first.say("How can I pay?")
        session = (await first.expect("complete"))["session_id"]
        await second.send("session_sync", session_id=session, after_seq=0)
        await second.expect("session_synced")
        monkeypatch.setattr("conversations.delivery.message_event", lambda written: {"type": "nothing"})
        await first.say("Can I send something back?", session_id=session)
        message = await second.expect("message")
        assert message["message"]["seq"] == 3
        assert (await second.expect("saved"))["message"]["seq"] == 4


async def test_a_hint_that_comes_early_makes_the_socket_read_the_log_first(visitor, monkeypatch):
    from conversations import delivery

    async with await connect(visitor) as first, await connect(visitor) as second:
        await first.say("How can I pay?")
        session = (await first.expect("complete"))["session_id"]
        await second.send("session_sync", session_id=session, after_seq=0)
        await second.expect("session_synced")
        real = delivery.message_event
        monkeypatch.setattr(
            delivery, "message_event", lambda w: real(w) if w.seq != 3 else {"type": "nothing"}
        )
        await first.say("Can I send something back?", session_id=session)
        frames = [await second.expect("message", "saved") for _ in range(2)]
        assert [frame["message"]["seq"] for frame in frames] == [3, 4]
        await second.expect("complete")


async def test_typing_and_reading_are_shown_to_the_other_tab_and_not_to_oneself(visitor):
    async with await connect(visitor) as first:
        await first.say("How can I pay?")
        session = (await first.expect("complete"))["session_id"]
        async with await connect(visitor) as second:
            await first.send("typing", session_id=session, on=True)
            typing = await second.expect("typing")
            assert (typing["on"], typing["who"]["sender"]) == (True, "visitor")
            await first.send("read", session_id=session, seq=2)
            assert (await second.expect("read"))["seq"] == 2
        assert [frame["type"] for frame in await first.settle()] == []
    conversation = await sync_to_async(Conversation.objects.get)()
    assert conversation.visitor_read_seq == 2


async def test_a_closed_session_is_opened_again_by_the_next_message(visitor):
    async with await connect(visitor) as socket:
        await socket.say("How can I pay?")
        session = (await socket.expect("complete"))["session_id"]
        await socket.send("end", session_id=session)
        assert (await socket.expect("state"))["state"] == "closed"
        await socket.say("Can I send something back?", session_id=session)
        frames = [await socket.expect("complete", "state") for _ in range(2)]
        assert {frame.get("outcome", frame.get("state")) for frame in frames} == {"answered", "bot"}
    conversation = await sync_to_async(Conversation.objects.get)()
    assert conversation.state == "bot"


async def test_pong_carries_the_head_of_ones_own_session_only(visitor):
    stranger = await sync_to_async(lambda: make_visitor(visitor.chatbot))()
    async with await connect(visitor) as mine, await connect(stranger) as theirs:
        await mine.say("How can I pay?")
        session = (await mine.expect("complete"))["session_id"]
        await mine.send("ping", id="a", session_id=session, last_seq=2)
        assert (await mine.expect("pong", id="a"))["head_seq"] == 2
        await theirs.send("ping", id="b", session_id=session, last_seq=0)
        assert (await theirs.expect("pong", id="b"))["head_seq"] == 0


async def test_an_unknown_address_is_refused():
    with pytest.raises((RefusedError, ClosedError)):
        await ChatSocket.connect_inside(application, path="/ws/other/", token="x")
