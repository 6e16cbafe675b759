"""Rules, menu, search and decision in their order, and what the bot remembers from turn to turn."""

from datetime import UTC, datetime
from typing import Any

import pytest

from chatbots.engine.state import SHOWN_BUTTONS, remember_shown
from chatbots.llm.base import Offer
from tests.chatbots.engine.shelves import CLOSE, Shelf, ask, button_ids

OFFERING = {"when_unsure": "offer"}
HOURS = {"time_zone": "Europe/Berlin", "days": {"mon": [["09:00", "17:00"]]}, "closed_on": []}
MENU: dict[str, Any] = {
    "header": {"type": "text", "text": "Shop"},
    "body": {"text": "What is it about?"},
    "action": {
        "buttons": [
            {"reply": {"id": "orders", "title": "My orders"}},
            {"reply": {"id": "AGENT_MODE", "title": "Somebody real"}},
            {"reply": {"id": "fees", "title": "Fees"}},
        ]
    },
    "steps": {
        "main": {"prompt": "", "next_steps": {"orders": "orders"}},
        "orders": {"prompt": "Which one?", "next_steps": {"late": "late"}},
        "late": {"prompt": "It will come tomorrow.", "next_steps": {}},
    },
}


def test_a_question_that_is_answered_leaves_nothing_to_remember() -> None:
    reply = ask(Shelf(("Fees", 0.9)))
    assert (reply.outcome, reply.state) == ("answered", None)


def test_questions_without_an_answer_are_counted_until_one_is_answered() -> None:
    shelf = Shelf(("Fees", 0.1))
    first = ask(shelf, handoff=OFFERING)
    assert first.state is not None
    assert first.state["unanswered"] == 1
    second = ask(shelf, handoff=OFFERING, state=first.state)
    assert (second.outcome, second.rule) == ("handed_off", "repeated_abstention")
    answered = ask(Shelf(("Fees", 0.9)), state=first.state)
    assert "unanswered" not in (answered.state or {})


def test_a_greeting_between_two_questions_is_no_answer_to_either() -> None:
    state = ask(Shelf(), handoff=OFFERING).state
    assert ask(Shelf(), "Hello", handoff=OFFERING, state=state).state is None


def test_a_person_who_was_fetched_makes_the_count_begin_anew() -> None:
    reply = ask(Shelf(), state={"unanswered": 4})
    assert (reply.outcome, reply.state) == ("handed_off", {})


def test_rules_come_before_the_search_and_say_why_they_did_not_fire() -> None:
    shelf = Shelf(("Fees", 0.9))
    reply = ask(
        shelf, "Please refund me", rules=[{"name": "keywords", "keywords": ["refund"], "outcome": "hand_off"}]
    )
    assert (reply.outcome, reply.rule, shelf.asked) == ("handed_off", "keywords", [])
    notes = {note["name"]: note for note in reply.trace["rules"]}
    assert notes["keywords"]["fired"] is True
    assert notes["asked_for_person"]["matched"] is False
    assert "refund" in reply.reason


def test_rules_are_for_what_visitors_write_and_not_for_buttons() -> None:
    rules = [{"name": "keywords", "keywords": ["fees"], "outcome": "hand_off"}]
    assert ask(Shelf(("Fees", 0.9)), "Fees", choice="answer:1", rules=rules).outcome == "answered"
    assert ask(Shelf(("Fees", 0.9)), "Fees", rules=rules).outcome == "handed_off"


def test_the_button_that_fetches_a_person_works_as_a_choice() -> None:
    reply = ask(Shelf(), "Talk to a person", choice="request_agent", handoff=OFFERING)
    assert (reply.outcome, reply.reason) == ("handed_off", "The visitor asked for a person.")


@pytest.mark.parametrize(
    ("question", "choice"), [("Talk to a person", "request_agent"), ("a human please", "")]
)
def test_outside_the_opening_hours_the_visitor_reads_when_people_are_back(question: str, choice: str) -> None:
    sunday = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    reply = ask(Shelf(), question, choice=choice, opening_hours=HOURS, now=sunday)
    assert reply.rule == "opening_hours"
    assert "tomorrow at 9:00" in reply.text
    open_now = ask(
        Shelf(), question, choice=choice, opening_hours=HOURS, now=datetime(2026, 11, 23, 12, tzinfo=UTC)
    )
    assert "9:00" not in open_now.text


def test_outside_the_opening_hours_an_owner_may_have_nobody_fetched() -> None:
    rules = [{"name": "opening_hours", "on": True, "outcome": "answer", "text": "Come back later."}]
    sunday = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
    reply = ask(Shelf(), rules=rules, opening_hours=HOURS, now=sunday)
    assert (reply.outcome, reply.text) == ("abstained", "Come back later.")
    assert reply.state is not None
    assert reply.state["unanswered"] == 1


def test_a_menus_button_leads_to_its_step_and_the_place_is_remembered() -> None:
    shelf = Shelf(("Fees", 0.9))
    reply = ask(shelf, "My orders", choice="orders", menu=MENU)
    assert (reply.outcome, reply.text, shelf.asked) == ("answered", "Which one?", [])
    assert reply.state is not None
    assert reply.state["menu"]
    assert [one[0] for one in reply.state["shown"]] == button_ids(reply)
    assert reply.trace["menu"] == reply.state["menu"]


def test_typed_text_finds_the_button_and_what_fits_none_is_searched_for() -> None:
    shelf = Shelf(("Fees", 0.9))
    assert ask(shelf, "my orders!", menu=MENU).text == "Which one?"
    assert ask(shelf, "How much is it?", menu=MENU).text == "About Fees."
    assert shelf.asked == ["How much is it?"]


def test_a_button_that_leads_nowhere_in_the_menu_asks_its_title() -> None:
    shelf = Shelf(("Fees", 0.9))
    assert ask(shelf, "Fees", choice="fees", menu=MENU).text == "About Fees."
    assert shelf.asked == ["Fees"]


def test_agent_mode_fetches_a_person_and_tells_them_the_way_there() -> None:
    reply = ask(Shelf(), "Somebody real", choice="AGENT_MODE", menu=MENU)
    assert reply.outcome == "handed_off"
    assert "Somebody real" in reply.reason
    assert reply.text


def test_a_model_is_given_what_reached_the_threshold_and_the_trace_says_so() -> None:
    offer = Offer(name="m", provider="openai", model="m")
    shelf = Shelf(("Fees", 0.9), ("Cards", 0.6), ("Loans", 0.3))
    reply = ask(shelf, model="m", offer=offer, handoff=OFFERING)
    assert reply.generation is not None
    assert [one["title"] for one in reply.passages] == ["Fees", "Cards"]
    assert [one["used"] for one in reply.trace["candidates"]] == [True, True, False]
    assert reply.abstention is not None
    assert (reply.abstention.outcome, reply.abstention.state) == ("abstained", {"unanswered": 1})
    assert [stage["name"] for stage in reply.trace["stages"]][-1] == "wording"
    assert reply.fallback is None


def test_an_owner_may_have_a_person_fetched_where_the_model_fails() -> None:
    offer = Offer(name="m", provider="openai", model="m")
    rules = [{"name": "provider_failed", "on": True, "outcome": "hand_off"}]
    reply = ask(Shelf(("Fees", 0.9)), model="m", offer=offer, rules=rules)
    assert reply.fallback is not None
    reply.become(reply.fallback, why="It failed.")
    assert (reply.outcome, reply.citations) == ("handed_off", [])
    assert (reply.trace["decision"], reply.trace["why"]) == ("handed_off", "It failed.")
    assert len(reply.trace["candidates"]) == 1, "the rest of the trace stays"


def test_what_is_not_sure_enough_is_never_worded_by_a_model() -> None:
    offer = Offer(name="m", provider="openai", model="m")
    assert ask(Shelf(*CLOSE), model="m", offer=offer).generation is None


def test_an_answer_offers_to_teach_the_bot_otherwise() -> None:
    fixes = ask(Shelf(("Fees", 0.9), ("Cards", 0.6))).trace["fixes"]
    assert [(fix["kind"], fix.get("to") or fix.get("title")) for fix in fixes] == [
        ("add_variant", "Cards"), ("raise_threshold", 0.91), ("out_of_scope", None),
    ]  # fmt: skip


def test_a_passage_takes_no_variants() -> None:
    fixes = ask(Shelf(("Fees", 0.3), kind="passage")).trace["fixes"]
    assert [fix["kind"] for fix in fixes] == ["lower_threshold", "add_knowledge"]


def test_the_same_message_and_state_give_the_same_reply() -> None:
    state = {"unanswered": 1, "shown": [["a", "A"]]}
    first, second = (ask(Shelf(*CLOSE), state=dict(state)) for _ in range(2))
    first.trace["stages"] = second.trace["stages"] = []
    assert first == second
    assert state == {"unanswered": 1, "shown": [["a", "A"]]}, "what was given is not changed"


def test_only_the_latest_buttons_are_remembered() -> None:
    state: dict[str, Any] = {}
    for number in range(20):
        buttons = [{"id": f"{number}-{one}", "title": "x"} for one in range(3)]
        state = remember_shown(state, [{"type": "buttons", "buttons": buttons}])
    assert len(state["shown"]) == SHOWN_BUTTONS
    assert state["shown"][0] == ["19-0", "x"]
    state = remember_shown(state, [{"type": "buttons", "buttons": [{"id": "19-0", "title": "y"}]}])
    assert [one for one in state["shown"] if one[0] == "19-0"] == [["19-0", "y"]]
