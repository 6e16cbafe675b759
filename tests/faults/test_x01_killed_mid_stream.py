"""X1: kill -9 a web worker mid-stream. What was made is kept or made again, marked within 30 s; a retry: one reply."""

import asyncio
from collections.abc import Iterator

import pytest

from tests.faults.conftest import Stages
from tests.faults.fault import Fault
from tests.faults.modelled import Modelled, run_modelled
from tests.faults.stage import Stage, last
from tests.faults.waiting import wait_until_in_thread
from tests.provider import Gate, Script

MARKED_SECONDS = last(30, short=15)
WHOLE = "It takes two to four days [1]."
SAVED = "SELECT text FROM conversations_turn WHERE id = %s::uuid AND text <> ''"
REPLIES = """
SELECT m.state, m.text FROM conversations_message m
WHERE m.conversation_id = %s::uuid AND m.sender = 'bot' ORDER BY m.seq"""

TURNS = "SELECT id, state FROM conversations_turn WHERE conversation_id = %s::uuid"
STATE = "SELECT state FROM conversations_turn WHERE id = %s::uuid AND state <> 'running'"


@pytest.fixture(scope="module")
def modelled(stages: Stages) -> Iterator[Modelled]:
    with run_modelled(stages.get(distributed=True)) as scene:
        yield scene


@pytest.fixture(autouse=True)
def _alive(distributed: Stage, modelled: Modelled) -> None:
    if not modelled.web.is_running:
        modelled.web.start()
    modelled.provider.default = Script("It takes two ", "to four days [1].")


async def test_what_was_shown_is_kept_marked_and_asked_for_again_once(
    modelled: Modelled, fault: Fault
) -> None:
    gate = Gate()
    modelled.provider.play(Script("It takes two ", gate, "to four days [1]."))
    visitor = await modelled.visitor(fault)
    turn_id = await modelled.ask(visitor)
    await modelled.see_text(visitor, turn_id)
    [(kept,)] = await wait_until_in_thread(
        lambda: modelled.stage.query(SAVED, turn_id), seconds=10, what="a piece of the reply is saved"
    )
    fault.begin()
    await asyncio.to_thread(modelled.web.kill)
    gate.open()
    marked = asyncio.create_task(wait_marked(modelled, turn_id))
    await asyncio.to_thread(modelled.web.start)
    await marked
    fault.recovered()
    await visitor.until(
        lambda: [entry.state for entry in visitor.views[visitor.session].shown][-1:] == ["interrupted"],
        seconds=MARKED_SECONDS,
        what="what was made is shown as interrupted",
    )
    # Pressed twice: one run.
    for _ in range(2):
        visitor.send("retry", session_id=visitor.session, turn_id=turn_id)
    await visitor.until(
        lambda: visitor.views[visitor.session].shown[-1].text == WHOLE, seconds=15, what="the whole reply"
    )
    await fault.check(modelled.stage)
    replies = await asyncio.to_thread(modelled.stage.query, REPLIES, visitor.session)
    assert replies == [("superseded", kept), ("sent", WHOLE)]


async def test_a_reply_of_which_nobody_saw_a_word_is_made_again_by_another_process(
    modelled: Modelled, fault: Fault
) -> None:
    gate = Gate()
    modelled.provider.play(Script(gate, WHOLE))
    visitor = await modelled.visitor(fault)
    visitor.addresses.append(modelled.stage.urls[0])
    turn_id = await modelled.ask(visitor)
    await asyncio.to_thread(gate.wait_reached)
    fault.begin()
    await asyncio.to_thread(modelled.web.kill)
    gate.open()
    await visitor.until(
        lambda: [entry.sender for entry in visitor.views[visitor.session].shown] == ["visitor", "bot"],
        seconds=MARKED_SECONDS,
        what="the reply",
    )
    fault.recovered()
    await fault.check(modelled.stage)
    turns = await asyncio.to_thread(modelled.stage.query, TURNS, visitor.session)
    assert [(str(turn), state) for turn, state in turns] == [(turn_id, "complete")]


async def wait_marked(modelled: Modelled, turn_id: str) -> None:
    rows = await wait_until_in_thread(
        lambda: modelled.stage.query(STATE, turn_id), seconds=MARKED_SECONDS, what="the turn is marked"
    )
    assert rows == [("interrupted",)]
