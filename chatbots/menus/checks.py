"""What an owner may save as menus: their shape is in shape.py. Names every field at fault."""

from collections.abc import Mapping
from typing import Any

from chatbots.menus.faults import count_levels
from chatbots.menus.shape import ADDRESS, find_target, name_menus, pack_menu, read_menus, unpack_menu
from conversations.writer.checks import check_text
from core.errors import Invalid

MOST_MENUS, MOST_STEPS, MOST_BUTTONS, MOST_LEVELS = 20, 100, 20, 12
LONGEST = {
    "header": 200,
    "body": 4_000,
    "prompt": 4_000,
    "answer": 4_000,
    "footer": 200,
    "title": 80,
    "id": 100,
    "name": 60,
}
MENU_FIELDS = {"header", "body", "footer", "action", "steps", "next_steps", "type"}
STEP_FIELDS = {"header", "body", "footer", "action", "prompt", "answer", "next_steps"}
RESERVED = (ADDRESS, "answer:", "request_agent")
OBJECT = "This takes an object."

Faults = dict[str, str]


def check_menu(value: Any) -> dict[str, Any]:
    """The menus as they are stored (`unpack_menu` gives them back). Raises Invalid naming the fields, all at once."""
    if not isinstance(value, dict):
        raise Invalid(fields={"menu": OBJECT})
    try:
        value = unpack_menu(value)
        faults = _check_named(value) if "menus" in value else _check_menu(value, "menu") if value else {}
    except RecursionError as error:
        raise Invalid(fields={"menu": "This is nested too deep."}) from error
    if not faults:
        faults = _check_targets(value)
    if not faults and _count_levels(value) > MOST_LEVELS:
        faults = {
            "menu": f"The menus go more than {MOST_LEVELS} levels deep. Nobody presses so often: make them flatter."
        }
    if faults:
        raise Invalid("The menu cannot be saved. See each field.", fields=faults)
    return pack_menu(value)


def _count_levels(value: dict[str, Any]) -> int:
    menus = read_menus(value)
    return count_levels(menus) if menus else 0


def _check_named(value: dict[str, Any]) -> Faults:
    faults = _check_keys(value, {"first", "menus"}, "menu")
    named = value["menus"]
    if not isinstance(named, dict) or not named:
        return faults | {"menu.menus": "This takes an object with a menu by each name."}
    if len(named) > MOST_MENUS:
        return faults | {"menu.menus": f"At most {MOST_MENUS} menus."}
    if not isinstance(value.get("first", ""), str) or value.get("first", "") not in ("", *named):
        faults["menu.first"] = "Name one of the menus."
    for name, menu in named.items():
        where = f"menu.menus.{name}"
        faults |= _check_name(name, where)
        if "/" in name or "#" in name:
            faults[where] = "A menu's name has neither / nor #."
        faults |= _check_menu(menu, where)
    return faults


def _check_menu(menu: Any, where: str) -> Faults:
    if not isinstance(menu, dict):
        return {where: OBJECT}
    faults = _check_keys(menu, MENU_FIELDS, where) | _check_frame(menu, where) | _check_action(menu, where)
    body = menu.get("body")
    faults |= _check_text_of(body, f"{where}.body.text", LONGEST["body"], required=True)
    faults |= _check_next_steps(menu, where)
    steps = menu.get("steps", {})
    if not isinstance(steps, dict):
        return faults | {f"{where}.steps": "This takes an object with a step by each name."}
    if len(steps) > MOST_STEPS:
        return faults | {f"{where}.steps": f"At most {MOST_STEPS} steps in one menu."}
    for name, step in steps.items():
        faults |= _check_name(name, f"{where}.steps.{name}") | _check_step(step, f"{where}.steps.{name}")
    return faults


def _check_step(step: Any, where: str) -> Faults:
    if isinstance(step, str):
        return _check_text_of(step, where, LONGEST["answer"], required=True)
    if not isinstance(step, dict):
        return {where: OBJECT}
    faults = _check_keys(step, STEP_FIELDS, where) | _check_frame(step, where) | _check_action(step, where)
    said = next((name for name in ("prompt", "body", "answer") if step.get(name)), "prompt")
    faults |= _check_text_of(step.get(said), f"{where}.{said}", LONGEST["prompt"], required=True)
    return faults | _check_next_steps(step, where)


def _check_frame(part: Mapping[str, Any], where: str) -> Faults:
    """Header and footer."""
    faults: Faults = {}
    header = part.get("header")
    if isinstance(header, dict) and header.get("type", "text") != "text":
        faults[f"{where}.header.type"] = "Only text can head a menu as yet."
    for name in ("header", "footer"):
        if part.get(name) is not None:
            faults |= _check_text_of(part[name], f"{where}.{name}.text", LONGEST[name])
    return faults


def _check_action(part: Mapping[str, Any], where: str) -> Faults:
    action = part.get("action", {"buttons": []})
    buttons = action.get("buttons", []) if isinstance(action, dict) else None
    where = f"{where}.action.buttons"
    if not isinstance(buttons, list):
        return {where: "This takes a list of buttons."}
    if len(buttons) > MOST_BUTTONS:
        return {where: f"At most {MOST_BUTTONS} buttons at one place."}
    faults: Faults = {}
    seen: set[str] = set()
    for index, button in enumerate(buttons):
        faults |= _check_button(button, f"{where}.{index}", seen)
    return faults


def _check_button(button: Any, where: str, seen: set[str]) -> Faults:
    reply = button.get("reply") if isinstance(button, dict) else None
    if not isinstance(reply, dict):
        return {f"{where}.reply": "This takes an object with id and title."}
    key = reply.get("id")
    faults = _check_text_of(key, f"{where}.reply.id", LONGEST["id"], required=True)
    faults |= _check_text_of(reply.get("title"), f"{where}.reply.title", LONGEST["title"], required=True)
    if isinstance(key, str) and not faults:
        if key.startswith(RESERVED):
            faults[f"{where}.reply.id"] = f"{key[:40]!r} means something else. Choose another id."
        elif key in seen:
            faults[f"{where}.reply.id"] = f"There is a button {key[:40]!r} here already."
        seen.add(key)
    return faults


def _check_next_steps(part: Mapping[str, Any], where: str) -> Faults:
    following = part.get("next_steps", {})
    where = f"{where}.next_steps"
    if not isinstance(following, dict):
        return {where: "This takes an object: where each button leads."}
    if len(following) > MOST_BUTTONS:
        return {where: f"At most {MOST_BUTTONS} buttons at one place."}
    faults: Faults = {}
    for key, target in following.items():
        faults |= _check_text_of(key, f"{where}.{key}", LONGEST["id"], required=True)
        if key.startswith(RESERVED):
            faults[f"{where}.{key}"] = f"{key[:40]!r} means something else. Choose another id."
        if isinstance(target, dict):
            faults |= _check_keys(target, {"answer"}, f"{where}.{key}")
        text = target.get("answer") if isinstance(target, dict) else target
        faults |= _check_text_of(text, f"{where}.{key}", LONGEST["answer"], required=True)
    return faults


def _check_targets(value: dict[str, Any]) -> Faults:
    """Every target must be there. Only what passed the other checks comes here."""
    faults: Faults = {}
    named = name_menus(value)
    for name, menu in named.items():
        where = f"menu.menus.{name}" if "menus" in value else "menu"
        steps = [(f"{where}.steps.{step}", part) for step, part in (menu.get("steps") or {}).items()]
        for place, part in [(where, menu), *steps]:
            following = part.get("next_steps") if isinstance(part, dict) else None
            for key, said in (following or {}).items():
                target = find_target(said, name=name, named=named)
                if target.kind == "unknown":
                    faults[f"{place}.next_steps.{key}"] = (
                        f"There is no step or menu {target.text[:60]!r}. Name one, or AGENT_MODE, or write an answer."
                    )
    return faults


def _check_name(name: str, where: str) -> Faults:
    return _check_text_of(name, where, LONGEST["name"], required=True)


def _check_keys(value: Mapping[str, Any], known: set[str], where: str) -> Faults:
    return {f"{where}.{name}"[:200]: "There is no such field." for name in value if name not in known}


def _check_text_of(value: Any, where: str, limit: int, *, required: bool = False) -> Faults:
    """Text, or an object with `text`, of at most `limit` characters."""
    text = value.get("text", "") if isinstance(value, dict) else value
    if text is None and not required:
        return {}
    if not isinstance(text, str):
        return {where: "Write something." if text is None else "This takes text."}
    try:
        check_text(text, field=where, limit=limit, required=required)
    except Invalid as error:
        return error.fields
    return {}
