"""Replies on their way, as a page sees them: streamed, stopped, broken and tried again."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.js.test_client import START

pytestmark = pytest.mark.journey

Run = Callable[[str], Any]
TURN = """
const to = { session_id: "s1", turn_id: "t1" };
const working = () => server.socket.receive({ type: "working", ...to });
const piece = (index, delta) => server.socket.receive({ type: "text", ...to, index, delta });
const complete = (outcome) => server.socket.receive({ type: "complete", ...to, outcome });
const reply = (text, more) => {
    const message = server.write("s1", { text, turn_id: "t1", ...more });
    server.socket.receive({ type: "saved", ...to, message });
    return message;
};
await begin(); await say("one"); working();
"""


def test_a_reply_on_its_way_is_stopped_and_what_came_of_it_stays(run: Run) -> None:
    result = run(
        START
        + TURN
        + "piece(0, 'Hel'); const stopped = client.stopReply(); const { stopping } = client.snapshot();"
        "reply('Hel', { state: 'stopped' }); complete('cancelled'); const after = client.snapshot();"
        "return [stopped, stopping, server.socket.of('cancel'), after.turns, after.stopping, after.failedTurn,"
        " after.messages.at(-1).state];"
    )
    assert result == [
        True,
        True,
        [{"type": "cancel", "session_id": "s1", "turn_id": "t1"}],
        [],
        False,
        None,
        "stopped",
    ]


def test_an_interrupted_reply_is_tried_again_and_the_first_try_is_marked_superseded(run: Run) -> None:
    result = run(
        START
        + TURN
        + "piece(0, 'Hel'); const partial = reply('Hel', { state: 'interrupted' }); complete('failed');"
        "const offered = client.snapshot().failedTurn; const asked = client.retryReply();"
        "live('s1', { ...partial, state: 'superseded' });"
        "server.socket.receive({ type: 'working', session_id: 's1', turn_id: 't2' }); const during = client.snapshot();"
        "live('s1', { ...partial, state: 'interrupted' }); await platform.settle();"
        "return [offered, asked, server.socket.of('retry'), during.failedTurn, during.turns.length,"
        " client.snapshot().messages.map(({ state }) => state)];"
    )
    retry = {"type": "retry", "session_id": "s1", "turn_id": "t1"}
    assert result == ["t1", True, [retry], None, 1, ["sent", "superseded"]]


def test_a_turn_that_failed_without_a_word_can_be_tried_again_until_one_writes_on(run: Run) -> None:
    result = run(
        START + TURN + "complete('failed'); const offered = client.snapshot().failedTurn; await say('two');"
        "return [offered, client.snapshot().failedTurn];"
    )
    assert result == ["t1", None]


def test_a_reply_that_was_whole_or_is_a_persons_to_give_is_not_tried_again(run: Run) -> None:
    result = run(
        START + TURN + "reply('Hello'); complete('answered'); const whole = client.snapshot().failedTurn;"
        "complete('failed'); server.write('s1', { text: 'Hel', state: 'interrupted', turn_id: 't3' });"
        "server.socket.receive({ type: 'state', session_id: 's1', state: 'waiting', agent: null, position: 1 });"
        "return [whole, client.snapshot().failedTurn];"
    )
    assert result == [None, None]


def test_a_retry_that_was_missed_while_cut_off_is_seen_on_return(run: Run) -> None:
    result = run(
        START + TURN + "const partial = reply('Hel', { state: 'interrupted' }); complete('failed');"
        "await platform.goOffline(); server.logs.get('s1')[partial.seq - 1] = { ...partial, state: 'superseded' };"
        "server.write('s1', { text: 'Hello', turn_id: 't2' }); await platform.goOnline(); server.welcome();"
        "await platform.settle(); live('s1', server.logs.get('s1')[partial.seq - 1]);"
        "return client.snapshot().messages.map(({ text, state }) => `${text} ${state}`);"
    )
    assert result == ["one sent", "Hel superseded", "Hello sent"]


def test_a_reply_that_streams_while_the_connection_is_lost_stays_and_goes_on(run: Run) -> None:
    result = run(
        START + TURN + "piece(0, 'Hel'); server.socket.drop(1012); await platform.settle();"
        "const cut = client.snapshot().turns; await platform.pass(1_500); server.welcome(); await platform.settle();"
        "const back = client.snapshot().turns; working(); piece(0, 'Hello, '); piece(1, 'you'); await platform.pass(40_000);"
        "return [cut, back, client.snapshot().turns];"
    )
    partial = [{"turn_id": "t1", "text": "Hel"}]
    assert result == [partial, partial, [{"turn_id": "t1", "text": "Hello, you"}]]


def test_a_reply_that_ended_in_silence_while_cut_off_does_not_type_for_ever(run: Run) -> None:
    result = run(
        START
        + TURN
        + "server.socket.drop(1012); await platform.pass(1_500); server.welcome(); await platform.settle();"
        "const before = client.snapshot().turns.length; await platform.pass(30_000);"
        "return [before, client.snapshot().turns.length];"
    )
    assert result == [1, 0]
