"""The console's socket, frame by frame."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from config.asgi import application
from conversations.models import Conversation, Message
from handoff.actions.accept_handoff import accept_handoff
from tests.cast import issue_visitor_token, make_conversation, make_visitor
from tests.handoff.conftest import Desk
from tests.sockets import ChatSocket

pytestmark = pytest.mark.django_db(transaction=True)
in_thread = sync_to_async


# Ready ---------------------------------------------------------------------------------------------------------------
async def test_ready_says_who_waits_and_what_is_ones_own(desk: Desk) -> None:
    mine = await in_thread(make_conversation)(
        await in_thread(make_visitor)(desk.cast.acme.bot), agent=desk.cast.acme.agent
    )
    agent = await desk.open(desk.cast.acme.agent)
    ready = agent.frames[0]
    assert ready["protocol"] == "parley.v1"
    assert ready["agent"] == {"id": desk.cast.acme.agent.pk, "name": "Agent", "role": "agent"}
    assert [row["session_id"] for row in ready["mine"]] == [str(mine.pk)]
    (waiting,) = ready["waiting"]
    assert (waiting["id"], waiting["position"], waiting["state"]) == (str(desk.handoff.pk), 1, "waiting")
    assert (waiting["last_message"], waiting["last_sender"]) == ("My parcel is broken", "visitor")
    assert (waiting["reason"], waiting["visitor"]["name"]) == ("Asked for a person.", "Vera")
    assert ready["waiting_count"] == 1


async def test_ready_tells_nothing_of_a_colleagues_chats(desk: Desk) -> None:
    await desk.accept(await desk.open(desk.cast.acme.agent))
    colleague = await desk.open(desk.cast.acme.agent2)
    assert (colleague.frames[0]["waiting"], colleague.frames[0]["mine"]) == ([], [])


async def test_a_heartbeat_says_how_many_wait(desk: Desk) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await agent.send("ping", id=1, session_id=desk.session)
    pong = await agent.expect("pong")
    assert (pong["waiting_count"], pong["head_seq"]) == (1, desk.conversation.last_seq)


# Accept --------------------------------------------------------------------------------------------------------------
async def test_accepting_tells_the_visitor_and_every_console(desk: Desk) -> None:
    agent, colleague = await desk.open(desk.cast.acme.agent), await desk.open(desk.cast.acme.agent2)
    await desk.accept(agent)
    said = await desk.visitor.expect("message")
    assert said["message"]["text"] == "You are now chatting with Agent."
    state = await desk.visitor.expect("state")
    assert (state["state"], state["agent"]["name"], state["position"]) == ("agent", "Agent", None)
    left = await colleague.expect("queue", change="left")
    assert (left["handoff"]["agent"]["name"], left["waiting_count"]) == ("Agent", 0)


async def test_the_second_to_accept_is_told_who_has_it(desk: Desk) -> None:
    agent, colleague = await desk.open(desk.cast.acme.agent), await desk.open(desk.cast.acme.agent2)
    await desk.accept(agent)
    await colleague.send("accept", handoff_id=str(desk.handoff.pk))
    error = await colleague.expect_error("conflict")
    assert error["handoff_id"] == str(desk.handoff.pk)
    assert error["detail"] == "Agent has this conversation already."
    assert error["agent"] == {"id": desk.cast.acme.agent.pk, "name": "Agent"}


async def test_a_chat_accepted_elsewhere_is_followed_here(desk: Desk) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    membership = await in_thread(desk.cast.acme.membership_of)(desk.cast.acme.agent)
    await in_thread(accept_handoff)(membership=membership, handoff_id=desk.handoff.pk)
    assert (await agent.expect("queue"))["handoff"]["state"] == "active"
    await agent.settle()
    await desk.visitor.say("Hello?", session_id=desk.session)
    assert (await agent.expect("message"))["message"]["text"] == "Hello?"


@pytest.mark.parametrize("handoff_id", ["", "nonsense", "11111111-1111-4111-8111-111111111111"])
async def test_accepting_nothing_is_not_found(desk: Desk, handoff_id: str) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await agent.send("accept", handoff_id=handoff_id)
    await agent.expect_error("not_found")


# Messages ------------------------------------------------------------------------------------------------------------
async def test_both_sides_chat_and_the_bot_is_silent(desk: Desk) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await desk.accept(agent)
    client_id = await desk.visitor.say("How long does delivery take?", session_id=desk.session)
    await desk.visitor.expect("accepted", client_id=client_id)
    assert (await agent.expect("message"))["message"]["sender"] == "visitor"
    own = await agent.say("Two **days**", session_id=desk.session)
    accepted = await agent.expect("accepted", client_id=own)
    heard = await desk.visitor.expect("message", session_id=desk.session)
    while heard["message"]["sender"] != "agent":
        heard = await desk.visitor.expect("message")
    assert heard["message"]["seq"] == accepted["seq"]
    assert heard["message"]["sender_name"] == "Agent"
    assert "<strong>days</strong>" in heard["message"]["html"]
    await desk.visitor.settle()
    kinds = {frame["type"] for frame in desk.visitor.frames}
    assert not kinds & {"working", "text", "saved", "complete"}


async def test_a_message_sent_twice_is_one(desk: Desk) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await desk.accept(agent)
    client_id = await agent.say("Hello", session_id=desk.session)
    first = await agent.expect("accepted", client_id=client_id)
    await agent.say("Hello", session_id=desk.session, client_id=client_id)
    assert await agent.expect("accepted", client_id=client_id) == first
    assert await in_thread(Message.objects.filter(sender="agent").count)() == 1


async def test_only_whoever_has_it_may_write(desk: Desk) -> None:
    agent, colleague = await desk.open(desk.cast.acme.agent), await desk.open(desk.cast.acme.agent2)
    early = await agent.say("Too early", session_id=desk.session)
    assert (await agent.expect_error("conflict"))["client_id"] == early
    await desk.accept(agent)
    await colleague.say("Not mine", session_id=desk.session)
    await colleague.expect_error("conflict")
    boss = await desk.open(desk.cast.acme.supervisor)
    await boss.say("Not mine either", session_id=desk.session)
    await boss.expect_error("conflict")
    assert await in_thread(Message.objects.filter(sender="agent").count)() == 0


@pytest.mark.parametrize(
    ("text", "code"), [("", "invalid"), ("   ", "invalid"), ("x" * 8001, "invalid"), ("a\x00b", "invalid")]
)
async def test_words_that_cannot_be_stored_are_refused(desk: Desk, text: str, code: str) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await desk.accept(agent)
    client_id = await agent.say(text, session_id=desk.session)
    assert (await agent.expect_error(code))["client_id"] == client_id


async def test_an_agent_opens_no_conversation(desk: Desk) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await agent.say("Hello")
    assert "session_id" in (await agent.expect_error("invalid"))["fields"]


async def expect_ended(agent: ChatSocket) -> dict[str, Any]:
    """The handoff of the queue frame that says that it has ended."""
    while True:
        handoff: dict[str, Any] = (await agent.expect("queue", change="left"))["handoff"]
        if handoff["state"] == "ended":
            return handoff


# Ending --------------------------------------------------------------------------------------------------------------
async def test_ending_gives_the_visitor_back_to_the_bot(desk: Desk) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await desk.accept(agent)
    await agent.send("end", session_id=desk.session)
    assert (await expect_ended(agent))["ended_by"] == "agent"
    await desk.visitor.expect("state", state="bot")
    assert await desk.states() == ("bot", "ended")
    await desk.visitor.say("How long does delivery take?", session_id=desk.session)
    assert (await desk.visitor.expect("complete"))["outcome"] == "answered"


async def test_ending_what_nobody_has_is_refused(desk: Desk) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await agent.send("end", session_id=desk.session)
    await agent.expect_error("forbidden")
    await desk.accept(agent)
    await agent.send("end", session_id=desk.session)
    await desk.visitor.expect("state", state="bot")
    await agent.send("end", session_id=desk.session)
    await agent.expect_error("not_found")


async def test_a_colleague_cannot_end_it(desk: Desk) -> None:
    await desk.accept(await desk.open(desk.cast.acme.agent))
    colleague = await desk.open(desk.cast.acme.agent2)
    await colleague.send("end", session_id=desk.session)
    await colleague.expect_error("not_found")
    assert await desk.states() == ("agent", "active")


@pytest.mark.parametrize("accepted", [True, False])
@pytest.mark.parametrize("words", ["end chat", "End.", "quit", "EXIT!"])
async def test_the_visitors_words_end_it(desk: Desk, words: str, accepted: bool) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    if accepted:
        await desk.accept(agent)
    await desk.visitor.say(words, session_id=desk.session)
    await desk.visitor.expect("state", state="bot")
    assert await desk.states() == ("bot", "ended")
    assert desk.handoff.ended_by == "visitor"
    await expect_ended(agent)


async def test_whoever_writes_while_waiting_is_told_and_the_queue_shows_it(desk: Desk) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await desk.visitor.say("Is anybody there?", session_id=desk.session)
    note = await desk.visitor.expect("message")
    assert note["message"]["text"] == "An agent will be with you shortly."
    changed = await agent.expect("queue", change="changed")
    assert changed["handoff"]["last_message"] == "Is anybody there?"
    assert changed["waiting_count"] == 1


# Reading along, typing, read ------------------------------------------------------------------------------------------
async def test_the_whole_history_is_there_bot_part_included(desk: Desk) -> None:
    person = await in_thread(make_visitor)(desk.cast.acme.bot)
    visitor = await ChatSocket.connect_inside(application, token=issue_visitor_token(person))
    await visitor.say("How long does delivery take?")
    session = (await visitor.expect("complete"))["session_id"]
    await visitor.send("request_agent", session_id=session)
    await visitor.expect("state", state="waiting")
    agent = await desk.open(desk.cast.acme.agent)
    await agent.send("session_sync", session_id=session, after_seq=0)
    synced = await agent.expect("session_synced")
    assert [message["sender"] for message in synced["messages"]] == ["visitor", "bot", "system"]
    assert synced["messages"][1]["citations"][0]["source"] == "faq.csv"
    assert (synced["state"], synced["more"], synced["head_seq"]) == ("waiting", False, 3)
    await visitor.close()


async def test_a_resync_brings_only_what_is_new_and_how_far_was_read(desk: Desk) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await desk.accept(agent)
    head = (await in_thread(Conversation.objects.get)()).last_seq
    await desk.visitor.send("read", session_id=desk.session, seq=head)
    await desk.visitor.settle()
    await agent.send("session_sync", session_id=desk.session, after_seq=head - 1)
    synced = await agent.expect("session_synced")
    assert [message["seq"] for message in synced["messages"]] == [head]
    assert synced["read"] == {"visitor": head, "agent": 0}


async def test_whoever_reads_along_sees_nothing_more_once_a_colleague_has_it(desk: Desk) -> None:
    agent, colleague = await desk.open(desk.cast.acme.agent), await desk.open(desk.cast.acme.agent2)
    await colleague.send("session_sync", session_id=desk.session, after_seq=0)
    await colleague.expect("session_synced")
    await desk.accept(agent)
    await colleague.expect("queue", change="left")
    await colleague.settle()
    await agent.say("Between us two", session_id=desk.session)
    await desk.visitor.expect("message", session_id=desk.session)
    await desk.visitor.say("A secret", session_id=desk.session)
    await agent.expect("message")
    assert [frame for frame in await colleague.settle() if frame["type"] in {"message", "typing"}] == []
    assert not any("secret" in str(frame) or "Between" in str(frame) for frame in colleague.frames)


async def test_a_supervisor_reads_along(desk: Desk) -> None:
    agent, boss = await desk.open(desk.cast.acme.agent), await desk.open(desk.cast.acme.supervisor)
    await desk.accept(agent)
    await boss.send("session_sync", session_id=desk.session, after_seq=0)
    await boss.expect("session_synced")
    await agent.say("Hello Vera", session_id=desk.session)
    assert (await boss.expect("message"))["message"]["text"] == "Hello Vera"


async def test_typing_goes_both_ways_and_not_back(desk: Desk) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await desk.accept(agent)
    await agent.send("typing", session_id=desk.session, on=True)
    typing = await desk.visitor.expect("typing")
    assert (typing["on"], typing["who"]) == (True, {"sender": "agent", "name": "Agent"})
    await desk.visitor.send("typing", session_id=desk.session, on=False)
    heard = await agent.expect("typing")
    assert (heard["on"], heard["who"]["sender"]) == (False, "visitor")
    assert [frame for frame in await agent.settle() if frame["type"] == "typing"] == []


async def test_reading_is_stored_and_shown_to_the_visitor(desk: Desk) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await agent.send("read", session_id=desk.session, seq=1)
    await agent.settle()
    await in_thread(desk.conversation.refresh_from_db)()
    assert desk.conversation.agent_read_seq == 0, "whoever only looks has not read it for the visitor"
    await desk.accept(agent)
    await agent.send("read", session_id=desk.session, seq=10_000)
    assert (await desk.visitor.expect("read"))["who"] == {"sender": "agent", "name": "Agent"}
    await in_thread(desk.conversation.refresh_from_db)()
    assert desk.conversation.agent_read_seq == desk.conversation.last_seq


# Bad frames ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("no json", "bad_frame"),
        ("[]", "bad_frame"),
        ('{"kind": "accept"}', "bad_frame"),
        (b"\x00\x01", "bad_frame"),
        ('{"type": "request_agent", "session_id": "x"}', "unknown_type"),
        ('{"type": "take_over_the_world"}', "unknown_type"),
        ('{"type": "accept"}', "invalid"),
        ('{"type": "accept", "handoff_id": 7}', "invalid"),
        ('{"type": "message", "session_id": "x", "text": "no client id"}', "invalid"),
        ('{"type": "read", "session_id": "x", "seq": "one"}', "invalid"),
        ('{"type": "typing", "session_id": "x"}', "not_found"),
        ('{"type": "session_sync", "session_id": "x"}', "not_found"),
    ],
)
async def test_a_bad_frame_is_answered_and_the_socket_stays(desk: Desk, raw: str | bytes, code: str) -> None:
    agent = await desk.open(desk.cast.acme.agent)
    await agent.send_raw(raw)
    assert (await agent.expect_error(code))["detail"]
    assert await agent.settle() == []
