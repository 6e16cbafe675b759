"""What becomes of a message whose language model gives no answer, or has none in its passages: the owner's rules."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async

from conversations.models import Turn
from handoff.models import HandoffSession
from tests.cast import Cast
from tests.chatbots.choosing import publish_with, read_log, read_state, visit
from tests.chatbots.streams import OFFLINE, QUESTION, make_streaming_cast
from tests.provider import Provider, Refusal, Script

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("provider", "closing_clients")]


@pytest.fixture
async def cast() -> Cast:
    return await sync_to_async(make_streaming_cast)()


async def ask(cast: Cast, **fields: Any) -> tuple[str, Turn]:
    await publish_with(cast, **fields)
    _, socket = await visit(cast)
    await socket.say(QUESTION)
    complete = await socket.expect("complete", seconds=30)
    turn = await sync_to_async(Turn.objects.get)(pk=complete["turn_id"])
    await socket.close()
    return complete["session_id"], turn


async def test_where_the_provider_fails_the_bot_answers_by_itself(cast: Cast, provider: Provider) -> None:
    provider.play(Refusal(401))
    session, turn = await ask(cast)
    assert (turn.outcome, (await read_log(session))[-1]) == ("answered", ("bot", OFFLINE))
    assert turn.trace["errors"]


async def test_or_a_person_is_fetched_where_the_owner_wants_that(cast: Cast, provider: Provider) -> None:
    provider.play(Refusal(401))
    rule = {"name": "provider_failed", "on": True, "outcome": "hand_off", "text": "I'm fetching somebody."}
    session, turn = await ask(cast, rules=[rule])
    assert (turn.outcome, turn.trace["rule"]) == ("handed_off", "provider_failed")
    assert ("bot", "I'm fetching somebody.") in await read_log(session)
    handoff = await sync_to_async(HandoffSession.objects.get)(conversation_id=session)
    assert (handoff.state, handoff.reason) == ("waiting", "The bot could not answer just now.")
    assert turn.trace["candidates"], "the owner still sees what was found"


async def test_a_model_without_an_answer_counts_as_a_question_without_one(
    cast: Cast, provider: Provider
) -> None:
    provider.play(Script("NO_ANSWER"))
    session, turn = await ask(cast, handoff={"when_unsure": "offer"})
    assert turn.outcome == "abstained"
    assert (await read_state(session))["unanswered"] == 1
