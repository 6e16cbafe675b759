"""What is told about a menu that may be saved all the same."""

from typing import Any

from chatbots.menus.checks import check_menu
from chatbots.menus.faults import find_faults
from tests.chatbots.menus.shop import SHOP, name_two


def kinds(menu: dict[str, Any]) -> dict[str, str]:
    """Field -> kind, of a menu that passes the checks."""
    return {fault.field: fault.kind for fault in find_faults(check_menu(menu))}


def make_menu(next_steps: dict[str, Any], **steps: Any) -> dict[str, Any]:
    return {"body": {"text": "?"}, "next_steps": next_steps, "steps": steps}


def test_a_sound_menu_has_none() -> None:
    assert kinds({**SHOP, "steps": {**SHOP["steps"]}}) == {
        "menu.steps.delivery.next_steps.How long does it take": "whatsapp"
    }
    assert find_faults({}) == []


def test_dead_ends_are_buttons_that_lead_nowhere_and_questions_without_buttons() -> None:
    menu = make_menu({"a": "ask"}, ask={"prompt": "?", "next_steps": {}})
    assert kinds(menu) == {"menu.steps.ask": "dead_end"}
    menu = {"body": {"text": "?"}, "action": {"buttons": [{"reply": {"id": "x", "title": "X"}}]}}
    assert kinds(menu) == {"menu.next_steps.x": "dead_end"}
    assert kinds({"body": {"text": "?"}}) == {"menu": "dead_end"}


def test_a_loop_without_a_way_out_is_told_once_with_all_its_places() -> None:
    menu = make_menu(
        {"in": "a", "out": "AGENT_MODE"},
        a={"prompt": "?", "next_steps": {"on": "b"}},
        b={"prompt": "?", "next_steps": {"on": "c"}},
        c={"prompt": "?", "next_steps": {"on": "a"}},
    )
    (fault,) = find_faults(menu)
    assert (fault.kind, fault.step) == ("loop", "a")
    assert "“a” → “b” → “c” → “a”" in fault.text


def test_a_loop_with_a_way_out_is_none() -> None:
    menu = make_menu({"in": "a"}, a={"prompt": "?", "next_steps": {"on": "MENU", "out": "That is it."}})
    assert kinds(menu) == {}


def test_a_place_that_leads_into_a_dead_end_is_no_loop() -> None:
    menu = make_menu(
        {"in": "a"}, a={"prompt": "?", "next_steps": {"on": "b"}}, b={"prompt": "?", "next_steps": {}}
    )
    assert kinds(menu) == {"menu.steps.b": "dead_end"}


def test_steps_and_menus_that_no_button_leads_to_are_told() -> None:
    menu = make_menu({"in": "AGENT_MODE"}, lone={"prompt": "Nobody comes here."})
    assert kinds(menu) == {"menu.steps.lone": "unreachable"}
    two = name_two(first="shop")
    assert [fault.menu for fault in find_faults(two) if fault.kind == "unreachable"] == ["orders"]
