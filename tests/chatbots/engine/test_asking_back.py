"""Asking back: when, with what choices, and what becomes of the choice."""

import pytest

from chatbots.engine.decision import count_choices, shorten_title
from tests.chatbots.engine.shelves import CLOSE, Shelf, ask, button_ids


@pytest.mark.parametrize(
    ("confidences", "count"),
    [
        ((0.4, 0.35), 2),
        ((0.3, 0.15, 0.05), 0),
        ((0.3, 0.15, 0.15), 3),
        ((0.45, 0.05), 0),
        ((0.2, 0.2, 0.2), 0),
        ((0.4,), 0),
        ((0.5, 0.5), 0),
        ((), 0),
    ],
)
def test_two_or_three_close_candidates_reach_the_threshold_together(
    confidences: tuple[float, ...], count: int
) -> None:
    assert count_choices(confidences, threshold=0.5) == count


def test_between_two_close_entries_the_bot_asks_back_with_buttons_and_a_way_out() -> None:
    reply = ask(Shelf(*CLOSE))
    assert reply.outcome == "clarified"
    assert button_ids(reply) == ["answer:1", "answer:2", "answer:none"]
    assert [button["title"] for button in reply.parts[0]["buttons"]] == [
        "Lost card",
        "Stolen card",
        "None of these",
    ]
    assert reply.citations == []
    assert reply.state == {
        "asked_back": [1, 2],
        "shown": [["answer:1", "Lost card"], ["answer:2", "Stolen card"], ["answer:none", "None of these"]],
    }


def test_an_owner_may_switch_that_off() -> None:
    assert ask(Shelf(*CLOSE), clarify=False).outcome == "handed_off"


def test_a_bot_asks_back_in_its_own_language() -> None:
    reply = ask(Shelf(*CLOSE), languages=["de-CH", "en"])
    assert reply.parts[0]["buttons"][-1]["title"] == "Nichts davon"


def test_entries_that_no_visitor_could_tell_apart_are_no_choice() -> None:
    assert ask(Shelf(("Cards", 0.4), ("cards ", 0.35))).outcome == "handed_off"


def test_it_does_not_ask_back_twice_for_the_same() -> None:
    state = ask(Shelf(*CLOSE)).state
    again = ask(Shelf(*CLOSE), state=state)
    assert again.outcome == "handed_off"
    assert "a moment ago" in again.trace["why"]


@pytest.mark.parametrize(
    ("question", "choice"),
    [("Stolen card", "answer:2"), ("stolen card.", ""), ("2", ""), (" 2) ", "")],
)
def test_a_choice_is_answered_with_its_entry_pressed_or_typed(question: str, choice: str) -> None:
    shelf = Shelf(*CLOSE)
    state = ask(shelf).state
    shelf.asked.clear()
    reply = ask(shelf, question, choice=choice, state=state)
    assert (reply.outcome, reply.text) == ("answered", "About Stolen card.")
    assert reply.citations[0]["title"] == "Stolen card"
    assert shelf.asked == [], "nothing is searched for"
    assert (reply.trace["choice"], reply.trace["why"]) == ("answer:2", "The visitor chose “Stolen card”.")
    assert reply.state is not None
    assert "asked_back" not in reply.state


@pytest.mark.parametrize(("question", "choice"), [("None of these", "answer:none"), ("none of these", "")])
def test_none_of_them_is_a_question_without_an_answer(question: str, choice: str) -> None:
    state = ask(Shelf(*CLOSE)).state
    reply = ask(Shelf(*CLOSE), question, choice=choice, state=state, handoff={"when_unsure": "offer"})
    assert reply.outcome == "abstained"
    assert button_ids(reply) == ["request_agent"]
    assert reply.state is not None
    assert reply.state["unanswered"] == 1
    assert "none of the entries" in reply.trace["why"]


@pytest.mark.parametrize(
    "choice", ["answer:99", "answer:", "answer:1e9", "answer:-1", "answer:²", "menu:gone", "x"]
)
def test_a_choice_that_is_gone_is_taken_for_its_title(choice: str) -> None:
    shelf = Shelf(("Fees", 0.9))
    reply = ask(shelf, "Fees", choice=choice)
    assert (reply.outcome, reply.text) == ("answered", "About Fees.")
    assert shelf.asked == ["Fees"]


def test_a_number_is_an_ordinary_message_where_nothing_was_asked() -> None:
    shelf = Shelf(*CLOSE)
    ask(shelf, "2")
    assert shelf.asked == ["2"]


def test_a_long_title_is_cut_for_its_button() -> None:
    assert shorten_title("Cards  and\nfees") == "Cards and fees"
    assert len(shorten_title("x" * 300)) == 80
    assert shorten_title("x" * 300).endswith("…")


def test_the_trace_says_of_each_choice_that_it_was_offered_and_offers_to_teach_the_bot() -> None:
    trace = ask(Shelf(*CLOSE)).trace
    assert trace["decision"] == "clarified"
    assert "together reached 0.75" in trace["why"]
    assert ["offered as a choice" in one["why_not"] for one in trace["candidates"]] == [True, True, False]
    kinds = [(fix["kind"], fix.get("chunk_id")) for fix in trace["fixes"]]
    assert kinds == [
        ("add_variant", 1),
        ("add_variant", 2),
        ("lower_threshold", None),
        ("add_knowledge", None),
    ]
