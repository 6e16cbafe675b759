"""Buttons on the wire: a pressed one is a message, kept in order, never twice, and never made up."""

import asyncio
import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from chatbots.turns import finish_running_turns, sweep_turns, thinking
from conversations.models import Conversation, Message, Turn
from handoff.actions.accept_handoff import accept_handoff
from handoff.actions.end_handoff import end_by_visitor
from handoff.actions.request_handoff import request_handoff
from tests.cast import Cast, issue_visitor_token, make_cast
from tests.chatbots.choosing import (
    UNCLEAR,
    be_asked_back,
    choose,
    publish_with,
    read_log,
    read_state,
    unclear,
    visit,
)
from tests.chatbots.engine.shelves import Shelf
from tests.chatbots.menus.shop import SHOP
from tests.embed.polls import Poller, texts_of

__all__ = ["unclear"]
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def cast() -> Cast:
    return await sync_to_async(make_cast)()


async def test_a_bot_asks_back_and_the_choice_is_answered_as_the_visitors_own_words(
    cast: Cast, unclear: Shelf
) -> None:
    _, socket = await visit(cast)
    session = await be_asked_back(socket)
    buttons = next(frame for frame in socket.frames if frame["type"] == "saved")["message"]["parts"][0][
        "buttons"
    ]
    assert [button["id"] for button in buttons] == ["answer:1", "answer:2", "answer:none"]

    client_id = await choose(socket, "answer:2", session_id=session)
    accepted = await socket.expect("accepted", client_id=client_id)
    saved = await socket.expect("saved")
    complete = await socket.expect("complete", outcome="answered")

    assert (accepted["seq"], saved["message"]["seq"]) == (3, 4)
    assert saved["message"]["text"] == "About Stolen card."
    assert (await read_log(session))[2] == ("visitor", "Stolen card")
    chosen = await sync_to_async(Message.objects.get)(conversation_id=session, seq=3)
    assert chosen.parts == [{"type": "choice", "id": "answer:2"}]
    turn = await sync_to_async(Turn.objects.get)(pk=complete["turn_id"])
    assert turn.trace["why"] == "The visitor chose “Stolen card”."
    assert "asked_back" not in await read_state(session)


async def test_a_choice_that_is_sent_again_is_one_message_and_one_turn(cast: Cast, unclear: Shelf) -> None:
    _, socket = await visit(cast)
    session = await be_asked_back(socket)
    client_id = await choose(socket, "answer:1", session_id=session)
    await socket.expect("complete")
    await choose(socket, "answer:1", session_id=session, client_id=client_id)
    assert (await socket.expect("accepted", client_id=client_id))["seq"] == 3
    assert len(await read_log(session)) == 4
    assert await sync_to_async(Turn.objects.filter(conversation_id=session).count)() == 2


async def test_a_choice_from_an_older_message_still_works(cast: Cast, unclear: Shelf) -> None:
    _, socket = await visit(cast)
    session = await be_asked_back(socket)
    await choose(socket, "answer:1", session_id=session)
    await socket.expect("complete")
    await choose(socket, "answer:2", session_id=session)
    await socket.expect("complete", outcome="answered")
    assert (await read_log(session))[-2:] == [("visitor", "Stolen card"), ("bot", "About Stolen card.")]


@pytest.mark.parametrize("choice", ["answer:7", "answer:3", "orders", "menu:", "x" * 300])
async def test_a_button_that_was_never_shown_is_refused_and_leaves_nothing(
    cast: Cast, unclear: Shelf, choice: str
) -> None:
    _, socket = await visit(cast)
    session = await be_asked_back(socket)
    for place in (session, ""):
        client_id = await choose(socket, choice, session_id=place)
        error = await socket.expect("error", client_id=client_id)
        assert (error["code"], list(error["fields"])) == ("invalid", ["choice"])
    assert len(await read_log(session)) == 2
    assert await sync_to_async(Conversation.objects.filter(chatbot=cast.acme.bot).count)() == 1


@pytest.mark.parametrize("choice", ["", " ", "a\x00b", "x" * 301, None, 5, ["answer:1"]])
async def test_what_is_no_buttons_id_is_invalid(cast: Cast, choice: Any) -> None:
    _, socket = await visit(cast)
    client_id = str(uuid.uuid4())
    await socket.send("choose", client_id=client_id, session_id="", choice=choice)
    assert (await socket.expect("error"))["code"] == "invalid"
    assert await sync_to_async(Conversation.objects.count)() == 0


async def test_the_first_menus_button_opens_a_session(cast: Cast) -> None:
    await publish_with(cast, menu=SHOP)
    _, socket = await visit(cast)
    await choose(socket, "delivery")
    saved = await socket.expect("saved")
    session, buttons = saved["session_id"], saved["message"]["parts"][0]["buttons"]
    assert await read_log(session) == [("visitor", "Délivery"), ("bot", "What about delivery?")]
    await choose(socket, buttons[1]["id"], session_id=session)
    assert (await socket.expect("saved"))["message"]["text"].startswith("Two working days.")
    await socket.say("menu", session_id=session)
    assert (await socket.expect("saved"))["message"]["text"] == "What is it about?"


async def test_a_choice_while_an_agent_has_the_conversation_is_an_ordinary_message(
    cast: Cast, unclear: Shelf
) -> None:
    _, socket = await visit(cast)
    session = await be_asked_back(socket)

    def accept() -> None:
        handoff = request_handoff(conversation_id=uuid.UUID(session), reason="")
        assert handoff is not None
        accept_handoff(membership=cast.acme.membership_of(cast.acme.agent), handoff_id=handoff.pk)

    await sync_to_async(accept)()
    await choose(socket, "answer:2", session_id=session)
    await socket.expect("accepted")
    await socket.settle()
    assert (await read_log(session))[-1] == ("visitor", "Stolen card")
    assert await sync_to_async(Turn.objects.filter(conversation_id=session).count)() == 1


async def test_a_bot_that_comes_back_begins_anew(cast: Cast, unclear: Shelf) -> None:
    _, socket = await visit(cast)
    session = await be_asked_back(socket)
    assert (await read_state(session))["asked_back"] == [1, 2]
    await sync_to_async(end_by_visitor)(conversation_id=uuid.UUID(session))
    assert list(await read_state(session)) == ["shown"]
    await socket.say(UNCLEAR, session_id=session)
    # Had it remembered that it asked back, it would fetch a person now.
    await socket.expect("complete", outcome="clarified")


async def test_questions_sent_at_once_know_what_the_one_before_left(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(thinking, "find_quick_index", lambda **_: Shelf())
    await publish_with(cast, handoff={"when_unsure": "offer"})
    _, socket = await visit(cast)
    await socket.say("Hello")
    session = (await socket.expect("complete"))["session_id"]
    await asyncio.gather(*(socket.say(f"Question {number}", session_id=session) for number in range(2)))
    first, second = [await socket.expect("complete") for _ in range(2)]
    assert (first["outcome"], second["outcome"]) == ("abstained", "handed_off")
    turn = await sync_to_async(Turn.objects.get)(pk=second["turn_id"])
    assert turn.trace["rule"] == "repeated_abstention"


async def test_a_choice_whose_turn_failed_is_asked_again_with_it(
    cast: Cast, unclear: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, socket = await visit(cast)
    session = await be_asked_back(socket)
    with monkeypatch.context() as broken:
        broken.setattr(unclear, "find", lambda chunk_id: 1 / 0)
        await choose(socket, "answer:2", session_id=session)
        failed = await socket.expect("complete", outcome="failed")
    assert (await read_state(session))["asked_back"] == [1, 2], (
        "a turn that failed leaves the state as it was"
    )
    await socket.send("retry", session_id=session, turn_id=failed["turn_id"])
    await socket.expect("complete", outcome="answered")
    assert (await read_log(session))[-1] == ("bot", "About Stolen card.")


async def test_a_choice_whose_process_died_is_answered_by_another_with_the_state_as_it_was(
    cast: Cast, unclear: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, socket = await visit(cast)
    session = await be_asked_back(socket)
    monkeypatch.setattr("conversations.delivery._turn_hook", None)  # the process dies after the commit
    await choose(socket, "answer:2", session_id=session)
    await socket.expect("accepted")
    past = timezone.now() - timedelta(seconds=1)
    assert (await read_state(session))["asked_back"] == [1, 2]
    await sync_to_async(Turn.objects.filter(conversation_id=session, state="running").update)(
        lease_until=past
    )
    assert await sweep_turns() == 1
    await finish_running_turns(seconds=10)
    await socket.expect("complete", outcome="answered")
    assert (await read_log(session))[-1] == ("bot", "About Stolen card.")
    assert "asked_back" not in await read_state(session)


async def test_choices_work_without_a_socket(cast: Cast, unclear: Shelf) -> None:
    visitor, socket = await visit(cast)
    session = await be_asked_back(socket)
    async with Poller(issue_visitor_token(visitor)) as poller:
        body = {"type": "choose", "client_id": str(uuid.uuid4()), "session_id": session, "choice": "answer:1"}
        answers = [await poller.post(**body) for _ in range(2)]
        assert [answer.json()["seq"] for answer in answers] == [3, 3]
        await socket.expect("complete", outcome="answered")
        page = await poller.poll(session_id=session, after_seq=2)
        assert texts_of(page) == ["Lost card", "About Lost card."]
        refused = await poller.post(**{**body, "client_id": str(uuid.uuid4()), "choice": "answer:9"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (400, "invalid")
