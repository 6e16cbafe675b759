"""X19: the provider stalls, answers 429, dies mid-stream; cancel races completion. One final state, the visitor is told,
and the provider's request is closed within a second of a cancel.
"""

import asyncio
import random
import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.faults.fault import Fault
from tests.faults.modelled import TIMEOUT_SECONDS, Modelled, read_errors, run_modelled
from tests.faults.waiting import pause
from tests.provider import GARBAGE, TOO_MANY, Cut, Gate, Refusal, Request, Script, Stall

RACERS = 12
RACE_SECONDS = 0.03
WHOLE = "It takes two to four days [1]."


@pytest.fixture(scope="module")
def modelled(stages: Any) -> Iterator[Modelled]:
    with run_modelled(stages.get(distributed=True)) as scene:
        yield scene


@pytest.fixture(autouse=True)
def _ready(distributed: Any, modelled: Modelled) -> None:
    modelled.provider.default = Script("It takes two ", "to four days [1].")
    modelled.provider.requests.clear()


@pytest.mark.parametrize(
    "trouble",
    [Script(Stall()), Script(hang=Stall()), TOO_MANY, Script(Cut())],
    ids=["stall", "hang", "429", "cut"],
)
async def test_before_a_word_the_bot_answers_by_itself_within_the_time_limit(
    modelled: Modelled, fault: Fault, trouble: Script | Refusal
) -> None:
    modelled.provider.default = trouble
    visitor = await modelled.visitor(fault)
    fault.begin()
    end = await modelled.see_end(visitor, await modelled.ask(visitor))
    assert fault.recovered() < TIMEOUT_SECONDS + 5
    assert (end.state, end.outcome, end.message) == ("complete", "answered", "sent")
    assert end.text
    assert all(error["hint"] for error in read_errors(end))
    assert read_errors(end)
    if not isinstance(trouble, Refusal):
        await asyncio.to_thread(modelled.provider.answers[-1].wait_closed)
    await fault.check(modelled.stage)


async def test_a_429_that_names_a_time_is_waited_out_and_leaves_one_reply(
    modelled: Modelled, fault: Fault
) -> None:
    modelled.provider.play(Refusal(429, retry_after=0.3))
    visitor = await modelled.visitor(fault)
    end = await modelled.see_end(visitor, await modelled.ask(visitor))
    assert (end.state, end.text, read_errors(end)) == ("complete", WHOLE, [])
    first, second = modelled.provider.answers
    assert second.asked_at - first.asked_at >= 0.3
    await fault.check(modelled.stage)


@pytest.mark.parametrize("death", [Cut(), GARBAGE, Stall()], ids=["cut", "garbage", "stall"])
async def test_dead_in_the_middle_is_told_and_asked_again_once(
    modelled: Modelled, fault: Fault, death: Any
) -> None:
    modelled.provider.play(Script("It takes two ", death))
    visitor = await modelled.visitor(fault)
    fault.begin()
    turn_id = await modelled.ask(visitor)
    end = await modelled.see_end(visitor, turn_id)
    fault.recovered()
    assert (end.state, end.outcome, end.message, end.text) == (
        "interrupted", "failed", "interrupted", "It takes two ",
    )  # fmt: skip
    assert read_errors(end)[0]["hint"]
    again = len(visitor.streamed)
    for _ in range(2):
        visitor.send("retry", session_id=visitor.session, turn_id=turn_id)
    await visitor.until(lambda: len(visitor.streamed) > again, seconds=10, what="another try")
    second = await modelled.see_end(visitor, visitor.streamed[again]["turn_id"])
    assert (second.state, second.text) == ("complete", WHOLE)
    assert len(modelled.provider.answers) == 2
    await fault.check(modelled.stage)
    assert [entry.state for entry in visitor.views[visitor.session].shown] == ["sent", "superseded", "sent"]


@pytest.mark.parametrize("where", ["this process", "another process"])
async def test_a_cancel_closes_the_providers_request_within_a_second(
    modelled: Modelled, fault: Fault, where: str
) -> None:
    modelled.provider.play(Script("It takes two ", Gate()))
    visitor = await modelled.visitor(fault)
    turn_id = await modelled.ask(visitor)
    await modelled.see_text(visitor, turn_id)
    asking = visitor
    if where == "another process":
        asking = await fault.client(modelled.stage.urls[0], token=visitor.token).start()
    cancelled_at = time.monotonic()
    asking.send("cancel", session_id=visitor.session, turn_id=turn_id)
    closed_at = await asyncio.to_thread(modelled.provider.answers[0].wait_closed)
    assert closed_at - cancelled_at < 1
    end = await modelled.see_end(visitor, turn_id)
    assert (end.state, end.outcome, end.message, end.text) == (
        "cancelled", "cancelled", "stopped", "It takes two ",
    )  # fmt: skip
    await fault.check(modelled.stage)


async def test_of_cancel_and_completion_one_wins_and_everybody_is_told_the_same(
    modelled: Modelled, fault: Fault, rng: random.Random
) -> None:
    gates = [Gate() for _ in range(RACERS)]
    modelled.provider.play(*(Script("It takes two ", gate, "to four days [1].") for gate in gates))
    visitors = await modelled.visitors(fault, RACERS)
    turns = await asyncio.gather(*(modelled.ask(visitor) for visitor in visitors))
    await asyncio.gather(*(modelled.see_text(one, turn) for one, turn in zip(visitors, turns, strict=True)))

    async def cancel(number: int) -> None:
        await pause(rng.random() * RACE_SECONDS)
        visitors[number].send("cancel", session_id=visitors[number].session, turn_id=turns[number])

    async def complete(gate: Gate) -> None:
        await pause(rng.random() * RACE_SECONDS)
        gate.open()

    await asyncio.gather(*(cancel(number) for number in range(RACERS)), *map(complete, gates))
    for visitor, turn in zip(visitors, turns, strict=True):
        end = await modelled.see_end(visitor, turn)
        assert (end.state, end.outcome, end.message) in (
            ("complete", "answered", "sent"),
            ("cancelled", "cancelled", "stopped"),
        )
        shown = "".join(frame["delta"] for frame in visitor.streamed if frame["type"] == "text")
        assert end.text == shown
        assert WHOLE.startswith(end.text)
        assert end.state == "cancelled" or end.text == WHOLE
    assert all(_is_over(request) for request in modelled.provider.answers)
    await fault.check(modelled.stage)


def _is_over(request: Request) -> bool:
    return request.finished_at is not None or request.closed_at is not None
