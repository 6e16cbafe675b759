"""A bot whose answers a language model words: over the socket, against a stand-in for the provider."""

import json
import logging

import pytest
from asgiref.sync import sync_to_async

from chatbots.actions.edit_bot import edit_bot
from chatbots.actions.publish_bot import publish_bot
from chatbots.drafts import describe_publish_state
from config.asgi import application
from conversations.models import Message, Turn
from core.errors import Invalid
from tests.cast import Cast, issue_token, issue_visitor_token, make_cast, make_visitor
from tests.provider import BROKEN, MODEL, NO_QUOTA, OTHER_MODEL, Cut, Gate, Script, Stall
from tests.sockets import ChatSocket

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider", "closing_clients")]
QUESTION = "How long does delivery take?"


@pytest.fixture
async def cast() -> Cast:
    """acme's published bot answers with the stand-in's model; rival's by itself."""
    return await sync_to_async(_make_cast)()


def _make_cast() -> Cast:
    cast = make_cast()
    _publish_with(cast, model=MODEL, instructions="Say “you”.")
    return cast


def _publish_with(cast: Cast, **changes: object) -> None:
    edit_bot(chatbot=cast.acme.bot, changes=changes)
    publish_bot(chatbot=cast.acme.bot, author=None)
    cast.acme.bot.refresh_from_db()


async def visit(cast: Cast) -> ChatSocket:
    visitor = await sync_to_async(make_visitor)(cast.acme.bot)
    return await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor))


async def load(model, **lookup):
    return await sync_to_async(model.objects.get)(**lookup)


async def test_a_reply_streams_and_is_stored_as_it_was_shown_with_its_citation(cast, provider) -> None:
    gate = Gate()
    provider.play(Script("It takes two to four ", gate, "working days [1].", tokens_in=90, tokens_out=9))
    async with await visit(cast) as socket:
        await socket.say(QUESTION)
        assert (await socket.expect("text"))["delta"] == "It takes two to four "
        gate.open()
        saved = await socket.expect("saved")
        complete = await socket.expect("complete", outcome="answered")
    shown = "".join(frame["delta"] for frame in socket.frames if frame["type"] == "text")
    assert saved["message"]["text"] == shown == "It takes two to four working days [1]."
    assert [citation["title"] for citation in saved["message"]["citations"]] == ["Delivery time"]
    trace = (await load(Turn, pk=complete["turn_id"])).trace
    assert (trace["model"], trace["tokens_in"], trace["tokens_out"], trace["errors"]) == (MODEL, 90, 9, [])


async def test_the_model_gets_question_instructions_and_the_passages_over_the_threshold_only(
    cast, provider
) -> None:
    async with await visit(cast) as socket:
        await socket.say(QUESTION)
        complete = await socket.expect("complete")
    asked = json.dumps(provider.answers[0].messages, ensure_ascii=False)
    assert QUESTION in asked
    assert "Say “you”." in asked
    trace = (await load(Turn, pk=complete["turn_id"])).trace
    assert len(trace["candidates"]) > 1, "the test needs a candidate under the threshold"
    for candidate in trace["candidates"]:
        assert (candidate["text"] in asked) is (candidate["confidence"] >= trace["threshold"])


async def test_what_was_said_before_goes_along_and_what_others_said_does_not(cast, provider) -> None:
    async with await visit(cast) as stranger:
        await stranger.say("Can I send something back?")
        await stranger.expect("complete")
    provider.play(Script("In two to four days [1]."))
    async with await visit(cast) as socket:
        await socket.say(QUESTION)
        session = (await socket.expect("complete"))["session_id"]
        await socket.say("How can I pay?", session_id=session)
        await socket.expect("complete")
    roles = [message["role"] for message in provider.answers[-1].messages]
    assert roles == ["system", "user", "assistant", "user"]
    asked = json.dumps(provider.answers[-1].messages)
    assert QUESTION in asked
    assert "In two to four days." in asked
    assert "send something back" not in asked


@pytest.mark.parametrize("question", ["Hello", "I want to talk to a person", "Is there life on Mars?"])
async def test_nobody_is_asked_where_a_rule_answers_or_the_threshold_is_not_reached(
    cast, provider, question
) -> None:
    async with await visit(cast) as socket:
        await socket.say(question)
        await socket.expect("complete")
    assert provider.requests == []


async def test_a_model_that_finds_no_answer_fetches_a_person_and_shows_nothing_of_its_own(
    cast, provider
) -> None:
    provider.play(Script("NO_", "ANSWER"))
    async with await visit(cast) as socket:
        await socket.say(QUESTION)
        complete = await socket.expect("complete", outcome="handed_off")
    assert not [frame for frame in socket.frames if frame["type"] == "text"]
    turn = await load(Turn, pk=complete["turn_id"])
    assert "no answer" in turn.trace["why"]
    assert "NO_ANSWER" not in (await load(Message, turn_id=turn.pk)).text


@pytest.mark.parametrize(
    "trouble", [BROKEN, NO_QUOTA, Script(Stall()), Script(Cut())], ids=["500", "quota", "stall", "cut"]
)
async def test_a_provider_that_fails_before_a_word_leaves_the_bots_own_answer_and_a_hint(
    cast, provider, settings, trouble
) -> None:
    settings.PROVIDER_TIMEOUT_SECONDS = 1.0
    provider.default = trouble
    async with await visit(cast) as socket:
        await socket.say(QUESTION)
        saved = await socket.expect("saved")
        complete = await socket.expect("complete", outcome="answered")
    assert saved["message"]["text"] == "Two to four working days."
    assert saved["message"]["citations"][0]["title"] == "Delivery time"
    [error] = (await load(Turn, pk=complete["turn_id"])).trace["errors"]
    assert error["detail"]
    assert error["hint"]


async def test_a_provider_that_breaks_off_leaves_what_it_said_as_interrupted(cast, provider) -> None:
    provider.play(Script("It takes two [1]", " to", Cut()))
    async with await visit(cast) as socket:
        await socket.say(QUESTION)
        saved = await socket.expect("saved")
        complete = await socket.expect("complete", outcome="failed")
    assert (saved["message"]["text"], saved["message"]["state"]) == ("It takes two [1] to", "interrupted")
    assert saved["message"]["citations"][0]["title"] == "Delivery time"
    turn = await load(Turn, pk=complete["turn_id"])
    assert turn.state == "interrupted"
    assert turn.trace["errors"][0]["hint"]


async def test_a_model_that_is_not_offered_any_more_leaves_the_bot_to_itself(
    cast, provider, settings
) -> None:
    settings.OPENAI_MODELS = [OTHER_MODEL]
    async with await visit(cast) as socket:
        await socket.say(QUESTION)
        complete = await socket.expect("complete", outcome="answered")
    assert provider.requests == []
    [error] = (await load(Turn, pk=complete["turn_id"])).trace["errors"]
    assert MODEL in error["detail"]
    assert "OPENAI_MODELS" in error["hint"]


async def test_a_member_may_name_a_model_for_one_message(cast, provider) -> None:
    token = await sync_to_async(issue_token)(cast.acme.agent)
    async with await ChatSocket.connect_inside(
        application, path="/ws/chat/?bot=acme-shop", token=token
    ) as socket:
        await say(socket, model=OTHER_MODEL)
        await socket.expect("complete", outcome="answered")
        await say(socket, model="")
        await socket.expect("complete", outcome="answered")
    assert [request.body["model"] for request in provider.answers] == [OTHER_MODEL, MODEL]


async def test_a_model_that_is_not_offered_is_refused_by_its_field(cast) -> None:
    token = await sync_to_async(issue_token)(cast.acme.agent)
    async with await ChatSocket.connect_inside(
        application, path="/ws/chat/?bot=acme-shop", token=token
    ) as socket:
        client_id = await say(socket, model="gpt-nobody-offers")
        error = await socket.expect_error("invalid")
        assert error["client_id"] == client_id
        assert MODEL in error["fields"]["model"]
        assert await sync_to_async(Message.objects.count)() == 0


async def test_a_visitor_may_not_choose_where_the_bots_knowledge_goes(cast, provider) -> None:
    async with await visit(cast) as socket:
        await say(socket, model=OTHER_MODEL)
        assert "model" in (await socket.expect_error("invalid"))["fields"]
        await say(socket, model=MODEL)
        await socket.expect("complete", outcome="answered")
    assert [request.body["model"] for request in provider.answers] == [MODEL]


async def test_neither_log_nor_trace_nor_frames_hold_the_key(cast, provider, settings, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    settings.OPENAI_API_KEY = "sk-wrong-but-secret"
    async with await visit(cast) as socket:
        await socket.say(QUESTION)
        complete = await socket.expect("complete", outcome="answered")
    turn = await load(Turn, pk=complete["turn_id"])
    assert "OPENAI_API_KEY" in json.dumps(turn.trace)
    for place in (json.dumps(turn.trace), json.dumps(socket.frames), caplog.text):
        assert "but-secret" not in place


async def test_a_draft_takes_offered_models_only_and_keeps_one_that_is_gone(cast, settings) -> None:
    bot = cast.acme.bot
    edit = sync_to_async(edit_bot)
    with pytest.raises(Invalid) as raised:
        await edit(chatbot=bot, changes={"model": "gone"})
    assert MODEL in raised.value.fields["model"]
    settings.OPENAI_MODELS = []
    await edit(chatbot=bot, changes={"model": MODEL, "name": "Another name"})
    await edit(chatbot=bot, changes={"model": ""})
    with pytest.raises(Invalid) as raised:
        await edit(chatbot=bot, changes={"model": MODEL})
    assert "OPENAI_MODELS" in raised.value.fields["model"]


async def test_another_model_is_a_difference_from_what_is_published(cast) -> None:
    bot = cast.acme.bot
    assert (await sync_to_async(describe_publish_state)(bot)).is_current
    await sync_to_async(edit_bot)(chatbot=bot, changes={"model": OTHER_MODEL})
    assert (await sync_to_async(describe_publish_state)(bot)).differences == ["language model"]


async def say(socket: ChatSocket, *, model: str) -> str:
    client_id = "0192d3a0-0000-7000-8000-" + f"{len(socket.frames):012d}"
    await socket.send("message", client_id=client_id, session_id="", text=QUESTION, model=model)
    return client_id
