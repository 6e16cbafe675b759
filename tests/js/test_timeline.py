"""The log as a page shows it: in order, once, without gaps."""

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.journey

Run = Callable[[str], Any]
START = """
const timeline = new Timeline();
const message = (seq, more = {}) => ({ seq, text: `m${seq}`, sender: "bot", client_id: null, parts: [], ...more });
const texts = () => timeline.messages.map(({ text }) => text);
"""


def test_any_order_with_any_number_of_doubles_gives_the_same_list(run: Run) -> None:
    wrong = run(
        """
        let seed = 7; const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
        const wrong = [];
        for (let round = 0; round < 300; round += 1) {
            const timeline = new Timeline();
            const log = Array.from({ length: 12 }, (_, index) => ({ seq: index + 1, text: `${index}`, parts: [] }));
            const arriving = [...log, ...log, ...log].sort(() => random() - 0.5);
            for (const one of arriving) timeline.add({ ...one });
            if (timeline.messages.map(({ seq }) => seq).join() !== log.map(({ seq }) => seq).join()) wrong.push(round);
        }
        return wrong;
        """
    )
    assert wrong == []


def test_nothing_beyond_a_gap_is_shown_until_the_gap_is_filled(run: Run) -> None:
    result = run(
        START + "timeline.add(message(1)); timeline.add(message(3)); timeline.add(message(4));"
        "const before = [texts(), timeline.hasGap, timeline.through, timeline.head];"
        "timeline.add(message(2)); return [before, texts(), timeline.hasGap];"
    )
    assert result == [[["m1"], True, 1, 4], ["m1", "m2", "m3", "m4"], False]


def test_the_logs_own_copy_replaces_the_echo_and_nothing_else(run: Run) -> None:
    result = run(
        START
        + "timeline.add(message(1, { local: true, text: 'echo' })); "
        + "const changed = timeline.add(message(1, { text: 'log' }));"
        "const again = timeline.add(message(1, { text: 'forged' })); return [changed, again, texts()];"
    )
    assert result == [True, False, ["log"]]


@pytest.mark.parametrize("seq", ["0", "-1", "1.5", "NaN", "'1'", "null", "undefined"])
def test_a_number_that_is_none_is_refused(run: Run, seq: str) -> None:
    assert run(START + f"return [timeline.add(message({seq})), timeline.messages.length];") == [False, 0]


def test_a_head_number_alone_shows_that_something_is_missing(run: Run) -> None:
    assert run(START + "timeline.add(message(1)); timeline.sawHead(2); return timeline.hasGap;") is True


def test_a_page_that_ends_the_log_closes_a_gap_that_never_was(run: Run) -> None:
    assert (
        run(
            START
            + "timeline.add(message(1)); timeline.sawHead(9); timeline.endsAt(1); return timeline.hasGap;"
        )
        is False
    )


def test_pieces_of_a_reply_make_its_text_in_whichever_order_and_once(run: Run) -> None:
    result = run(
        START + "timeline.beginTurn('t'); timeline.addText('t', 1, 'b'); timeline.addText('t', 0, 'a');"
        "timeline.addText('t', 1, 'again'); timeline.addText('t', 2, 'c'); return timeline.turns;"
    )
    assert result == [{"turn_id": "t", "text": "abc"}]


def test_who_joins_in_the_middle_of_a_reply_waits_for_the_whole(run: Run) -> None:
    assert run(START + "timeline.addText('t', 5, 'middle'); return timeline.turns;") == [
        {"turn_id": "t", "text": ""}
    ]


def test_a_whole_piece_stands_for_those_that_were_missed_and_what_follows_joins_on(run: Run) -> None:
    result = run(
        START
        + "timeline.addText('t', 7, 'd'); timeline.addText('t', 5, 'ab', true); timeline.addText('t', 6, 'c');"
        "timeline.addText('t', 2, 'late'); return timeline.turns;"
    )
    assert result == [{"turn_id": "t", "text": "abcd"}]


def test_the_saved_reply_ends_its_turn_and_late_pieces_do_not_bring_it_back(run: Run) -> None:
    result = run(
        START + "timeline.addText('t', 0, 'a'); timeline.add(message(1, { turn_id: 't' }));"
        "timeline.addText('t', 1, 'late'); timeline.beginTurn('t'); return timeline.turns;"
    )
    assert result == []


def test_a_row_that_changes_its_state_is_replaced_and_never_changed_back(run: Run) -> None:
    result = run(
        START
        + "const states = ['interrupted', 'interrupted', 'superseded', 'interrupted', 'erased', 'superseded'];"
        "return states.map((state) => [timeline.add(message(1, { state })), timeline.messages[0].state]);"
    )
    assert result == [
        [True, "interrupted"],
        [False, "interrupted"],
        [True, "superseded"],
        [False, "superseded"],
        [True, "erased"],
        [False, "erased"],
    ]


def test_a_row_beyond_a_gap_is_kept_in_its_latest_state(run: Run) -> None:
    result = run(
        START
        + "timeline.add(message(2, { state: 'interrupted' })); timeline.add(message(2, { state: 'superseded' }));"
        "timeline.add(message(2, { state: 'interrupted' })); timeline.add(message(1, { state: 'sent' }));"
        "return timeline.messages.map(({ state }) => state);"
    )
    assert result == ["sent", "superseded"]


def test_what_the_visitor_thinks_of_a_row_changes_it_and_its_older_state_does_not(run: Run) -> None:
    result = run(
        START + "timeline.add(message(1, { state: 'sent', feedback: 0, feedback_text: '' }));"
        "const rated = timeline.add(message(1, { state: 'sent', feedback: -1, feedback_text: 'No.' }));"
        "const again = timeline.add(message(1, { state: 'sent', feedback: -1, feedback_text: 'No.' }));"
        "timeline.add(message(1, { state: 'erased', feedback: 0, feedback_text: '' }));"
        "const late = timeline.add(message(1, { state: 'sent', feedback: -1, feedback_text: 'No.' }));"
        "return [rated, again, late, timeline.messages[0].state];"
    )
    assert result == [True, False, False, "erased"]
