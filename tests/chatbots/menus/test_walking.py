"""Choosing, typing and coming back in a menu."""

from typing import Any

import pytest

from chatbots.menus.checks import check_menu
from chatbots.menus.walking import find_title, match_typed, open_menu, show_first_menu, take_choice
from tests.chatbots.menus.shop import SHOP, name_two

STORED = check_menu(SHOP)


def go(*choices: str, menu: dict[str, Any] = STORED) -> Any:
    """The step after these choices, from the start."""
    place, step = None, None
    for choice in choices:
        step = take_choice(menu, place, choice)
        assert step is not None, choice
        place = step.place
    return step


def titles(step: Any) -> list[str]:
    return [button["title"] for button in step.parts[0]["buttons"]]


def test_the_first_menu_is_shown_with_header_text_footer_and_buttons() -> None:
    assert show_first_menu(STORED) == {
        "type": "buttons",
        "header": {"type": "text", "text": "Willow Bags"},
        "text": "What is it about?",
        "footer": "Type menu to come back here.",
        "buttons": [
            {"id": "delivery", "title": "Délivery"},
            {"id": "returns", "title": "Returns"},
            {"id": "AGENT_MODE", "title": "A person"},
        ],
    }
    assert show_first_menu({}) is None


def test_a_button_leads_to_its_step_and_an_answer_leads_back() -> None:
    step = go("delivery")
    assert (step.kind, step.title, step.text) == ("step", "Délivery", "What about delivery?")
    assert titles(step) == ["Where is my parcel", "How long does it take", "Lost parcel"]
    for key, text in (
        ("Where is my parcel", "You find the number"),
        ("How long does it take", "Two working days."),
    ):
        answer = take_choice(STORED, step.place, key)
        assert answer
        assert answer.kind == "answer"
        assert answer.text.startswith(text)
        assert titles(answer) == ["Back", "Menu"]
        back = take_choice(STORED, answer.place, answer.parts[0]["buttons"][0]["id"])
        assert back
        assert back.text == "What about delivery?"
        assert back.path == ("Délivery",)


def test_agent_mode_tells_the_way_that_led_there() -> None:
    assert go("delivery", "Lost parcel").reason == "Délivery › Lost parcel"
    assert go("returns", "No", "Lost parcel").reason == "Returns › No › Lost parcel"
    assert go("AGENT_MODE").kind == "agent_mode"
    # Pressed in an older message, from somewhere else: the shortest way there.
    assert go("returns", "Lost parcel").reason == "Délivery › Lost parcel"


def test_a_choice_that_no_menu_has_is_none() -> None:
    assert take_choice(STORED, None, "gone") is None
    assert take_choice(STORED, {"name": "gone", "step": "too"}, "delivery") is not None
    assert take_choice({}, None, "menu:") is None
    assert (find_title(STORED, "delivery"), find_title(STORED, "gone")) == ("Délivery", "")


def test_named_menus_lead_to_each_other_and_menu_is_the_first() -> None:
    menu = check_menu(name_two())
    shown = open_menu(menu)
    assert shown
    assert shown.text == "Orders"
    assert go("shop", menu=menu).text == "What is it about?"
    assert go("shop", "delivery", "menu:", menu=menu).text == "Orders"
    shop = open_menu(menu, "shop")
    assert shop
    assert shop.text == "What is it about?"
    assert open_menu(menu, "gone") is None


def test_buttons_of_one_id_and_different_meaning_are_told_apart() -> None:
    steps = {name: {"prompt": name, "next_steps": {"Yes": f"{name} it is."}} for name in ("tea", "milk")}
    menu = check_menu({"body": {"text": "?"}, "next_steps": {"Tea": "tea", "Milk": "milk"}, "steps": steps})
    tea, milk = go("Tea", menu=menu), go("Milk", menu=menu)
    assert tea.parts[0]["buttons"][0]["id"] != milk.parts[0]["buttons"][0]["id"]
    older = take_choice(menu, milk.place, tea.parts[0]["buttons"][0]["id"])
    assert older
    assert older.text == "tea it is."
    plain = take_choice(menu, milk.place, "Yes")
    assert plain
    assert plain.text == "milk it is."


def test_a_start_step_says_where_the_menus_buttons_lead() -> None:
    buttons = [{"reply": {"id": "1", "title": "Sales"}}, {"reply": {"id": "2", "title": "Help"}}]
    steps = {
        "start": {"prompt": "?", "next_steps": {"1": "sales", "2": "AGENT_MODE"}},
        "sales": {"prompt": "Buy it."},
    }
    menu = check_menu({"body": {"text": "Hello"}, "action": {"buttons": buttons}, "steps": steps})
    assert go("1", menu=menu).text == "Buy it."
    assert go("2", menu=menu).kind == "agent_mode"


def test_a_button_that_leads_nowhere_asks_its_title() -> None:
    menu = check_menu(
        {"body": {"text": "?"}, "action": {"buttons": [{"reply": {"id": "1", "title": "Opening hours"}}]}}
    )
    step = go("1", menu=menu)
    assert (step.kind, step.title) == ("search", "Opening hours")


@pytest.mark.parametrize("text", ["menu", " Menu!", "Menü", "menú", "main menu", "القائمة", "MENU"])
def test_menu_returns_to_the_start_from_anywhere_in_six_languages(text: str) -> None:
    assert match_typed(STORED, go("delivery").place, text) == "menu:"
    assert match_typed(STORED, None, text) == "menu:"


@pytest.mark.parametrize(
    ("text", "choice"),
    [
        ("where is my parcel?", "Where is my parcel"),
        ("Where is my parcle", "Where is my parcel"),
        ("3", "Lost parcel"),
        ("#2.", "How long does it take"),
        ("option 1", "Where is my parcel"),
        ("٣", "Lost parcel"),
        ("lost parcels", "Lost parcel"),
        ("4", None),
        ("0", None),
        ("where is my lost parcel", None),
        ("Returns", None),
        ("", None),
        ("🙂", None),
        ("back", "menu:main"),
    ],
)
def test_typed_text_matches_the_buttons_of_this_place(text: str, choice: str | None) -> None:
    assert match_typed(STORED, go("delivery").place, text) == choice


def test_at_the_start_typed_text_matches_without_accents_before_anything_was_chosen() -> None:
    assert match_typed(STORED, None, "delivery") == "delivery"
    assert match_typed(STORED, {}, "retruns") == "returns"
    assert match_typed(STORED, None, "back") is None


def test_back_after_an_answer_is_where_it_was_chosen() -> None:
    place = go("returns", "No", "How long does it take").place
    assert match_typed(STORED, place, "back") == "menu:main/delivery"
    assert match_typed(STORED, place, "3") == "Lost parcel"


def test_ways_back_have_the_bots_language() -> None:
    step = take_choice(STORED, go("delivery").place, "Where is my parcel", languages=["de-AT"])
    assert step
    assert titles(step) == ["Zurück", "Menü"]
