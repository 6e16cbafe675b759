"""What may be saved as a menu, and which field is named where it may not."""

import copy
import json
from typing import Any

import pytest

from chatbots.menus.checks import check_menu
from chatbots.menus.shape import unpack_menu
from core.errors import Invalid
from tests.chatbots.menus.shop import SHOP, name_two


def faults_of(menu: Any) -> dict[str, str]:
    with pytest.raises(Invalid) as caught:
        check_menu(menu)
    return caught.value.fields


def shop_with(path: str, value: Any) -> dict[str, Any]:
    """SHOP with one value changed."""
    menu: Any = copy.deepcopy(SHOP)
    at = menu
    *way, last = path.split("/")
    for name in way:
        at = at[int(name)] if isinstance(at, list) else at[name]
    at[int(last) if isinstance(at, list) else last] = value
    return menu


@pytest.mark.parametrize("menu", [{}, SHOP, name_two()], ids=["none", "one", "several"])
def test_what_was_given_is_given_back_in_its_order(menu: dict[str, Any]) -> None:
    stored = check_menu(menu)
    kept = json.loads(
        json.dumps(stored, sort_keys=True)
    )  # the order of keys is what PostgreSQL does not keep
    assert unpack_menu(kept) == menu
    if menu is SHOP:
        steps = unpack_menu(kept)["steps"]
        assert list(steps) == list(SHOP["steps"])
        assert list(steps["delivery"]["next_steps"]) == list(SHOP["steps"]["delivery"]["next_steps"])
    assert check_menu(stored) == stored


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("steps/delivery/next_steps/2", "nowhere", "menu.steps.delivery.next_steps.2"),
        ("steps/delivery/prompt", " ", "menu.steps.delivery.prompt"),
        ("steps/delivery/next_steps", ["parcel"], "menu.steps.delivery.next_steps"),
        ("steps/delivery/next_step", {}, "menu.steps.delivery.next_step"),
        ("steps", [], "menu.steps.0"),
        ("body/text", "", "menu.body.text"),
        ("header/type", "image", "menu.header.type"),
        ("footer/text", "x" * 201, "menu.footer.text"),
        ("action/buttons/1/reply/title", "", "menu.action.buttons.1.reply.title"),
        ("action/buttons/1/reply/title", "x" * 81, "menu.action.buttons.1.reply.title"),
        ("action/buttons/1/reply/id", "delivery", "menu.action.buttons.1.reply.id"),
        ("action/buttons/1/reply/id", "answer:5", "menu.action.buttons.1.reply.id"),
        ("action/buttons/1/reply", "Returns", "menu.action.buttons.1.reply"),
        ("steps/" + "x" * 61, {"prompt": "?"}, "menu.steps." + "x" * 61),
        ("steps/returns/next_steps/Yes", {"answer": ""}, "menu.steps.returns.next_steps.Yes"),
        ("steps/returns/next_steps/Yes", 5, "menu.steps.returns.next_steps.Yes"),
        ("steps/parcel/prompt", "\x00", "menu.steps.parcel.prompt"),
    ],
)
def test_each_fault_names_its_field(path: str, value: Any, field: str) -> None:
    menu = shop_with(path, value)
    if field == "menu.steps.0":
        menu["steps"], field = [["delivery"]], "menu.steps"
    assert list(faults_of(menu)) == [field]


def test_all_faults_are_named_at_once() -> None:
    menu = shop_with("body/text", "")
    menu["steps"]["parcel"] = {"prompt": ""}
    assert set(faults_of(menu)) == {"menu.body.text", "menu.steps.parcel.prompt"}


@pytest.mark.parametrize("value", ["menu", [], None, 5])
def test_only_an_object_is_a_menu(value: Any) -> None:
    assert faults_of(value) == {"menu": "This takes an object."}


def test_too_many_buttons_steps_and_menus_are_refused() -> None:
    many = {str(number): "AGENT_MODE" for number in range(21)}
    assert "menu.steps.delivery.next_steps" in faults_of(shop_with("steps/delivery/next_steps", many))
    steps = {f"s{number}": {"prompt": "?"} for number in range(101)}
    assert list(faults_of({"body": {"text": "?"}, "steps": steps})) == ["menu.steps"]
    assert list(faults_of({"menus": {f"m{number}": SHOP for number in range(21)}})) == ["menu.menus"]


def test_a_menu_of_thirteen_levels_is_too_deep() -> None:
    steps = {str(level): {"prompt": "?", "next_steps": {"on": str(level + 1)}} for level in range(1, 12)}
    menu = {"body": {"text": "?"}, "next_steps": {"on": "1"}, "steps": steps | {"12": {"prompt": "There."}}}
    assert "levels deep" in faults_of(menu)["menu"]
    assert check_menu({**menu, "steps": {**steps, "11": {"prompt": "There."}}})


def test_named_menus_say_which_comes_first() -> None:
    assert list(faults_of(name_two(first="gone"))) == ["menu.first"]
    assert list(faults_of({"menus": {}})) == ["menu.menus"]
    assert list(faults_of({"menus": {"a/b": SHOP}})) == ["menu.menus.a/b"]
    named = name_two()
    named["menus"]["shop"] = shop_with("steps/returns/next_steps/No", "orders")
    assert check_menu(named)
    named["menus"]["shop"] = shop_with("steps/returns/next_steps/No", "order")
    assert list(faults_of(named)) == ["menu.menus.shop.steps.returns.next_steps.No"]
