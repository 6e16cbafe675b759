"""What menus mean: places with buttons, and where each button leads.

The shape is WhatsApp's interactive message with steps:

    header {type: "text", text}, body {text}, footer {text}, action {buttons: [{reply: {id, title}}]},
    steps {NAME: {prompt, next_steps {button: target}}}

or several of them by name, `{"first": NAME, "menus": {NAME: menu}}`. How it is read:

- A menu, and each of its steps, is a place. A step's buttons are the keys of its `next_steps`: ids where a button of
  that id is known (the step's own `action`, or the menu's), else titles.
- A menu's button leads to what a start step says (one named like the menu or in START_NAMES whose `next_steps` has all
  of the menu's buttons), else to what its id or title names.
- A target names a step of the same menu, a menu, AGENT_MODE, or MENU (the start); anything longer than a name is the
  answer itself, and so is `{"answer": "…"}`. What a button without a target asks is its title.
- A step without `next_steps` is an answer; one whose `next_steps` is empty asks and leads nowhere.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chatbots.menus.words import fold

AGENT_MODE, START = "AGENT_MODE", "MENU"
ONLY = "main"  # what a menu that has no name is called
START_NAMES = ("start", "main", "menu", "initial", "welcome", "root", "main_menu")
PAIRS = ("steps", "next_steps", "menus")
ADDRESS = "menu:"


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody stands: in a menu (`step` "") or at one of its steps."""

    name: str
    step: str = ""

    @property
    def address(self) -> str:
        """The id of a button that leads here."""
        return f"{ADDRESS}{self.name}/{self.step}" if self.step else f"{ADDRESS}{self.name}"


@dataclass(frozen=True, slots=True)
class Target:
    """`kind`: step (then `place`), answer (then `text`), agent_mode, nowhere, or unknown (then `text` is the name)."""

    kind: str
    place: Place | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Button:
    key: str
    title: str
    target: Target


@dataclass(frozen=True, slots=True)
class Node:
    """A place as it is shown. `ends`: it is an answer, and no question."""

    place: Place
    prompt: str
    header: str = ""
    footer: str = ""
    buttons: tuple[Button, ...] = ()
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Menus:
    """All places, in the owner's order. `ids`: button id on the wire -> the places and buttons it may mean."""

    first: Place
    nodes: dict[Place, Node]
    ids: dict[str, list[tuple[Place, Button]]] = field(default_factory=dict)

    def wire_id(self, place: Place, button: Button) -> str:
        """The button's own id where it means one thing, else one that names its place too."""
        meanings = {(other.title, other.target) for _, other in self.ids[button.key]}
        return button.key if len(meanings) == 1 else f"{place.address}#{button.key}"


def pack_menu(menu: dict[str, Any]) -> dict[str, Any]:
    """As it is stored: lists of pairs where the order of keys means something, since PostgreSQL keeps none."""
    return {
        name: [[key, pack_menu(entry) if isinstance(entry, dict) else entry] for key, entry in value.items()]
        if name in PAIRS and isinstance(value, dict)
        else value
        for name, value in menu.items()
    }


def unpack_menu(menu: dict[str, Any]) -> dict[str, Any]:
    """As the owner gave it, from what `pack_menu` made; what was never packed stays as it is."""
    return {
        name: {key: unpack_menu(entry) if isinstance(entry, dict) else entry for key, entry in _pairs(value)}
        if name in PAIRS and _is_paired(value)
        else value
        for name, value in menu.items()
    }


def read_menus(menu: dict[str, Any]) -> Menus | None:
    """The places of a checked menu, packed or not; None where there is none."""
    named = name_menus(unpack_menu(menu))
    if not named:
        return None
    nodes = {node.place: node for name, one in named.items() for node in _list_nodes(name, one, named)}
    wish = menu.get("first")
    first = Place(wish if isinstance(wish, str) and wish in named else next(iter(named)))
    menus = Menus(first, nodes)
    for place, node in nodes.items():
        for button in node.buttons:
            menus.ids.setdefault(button.key, []).append((place, button))
    return menus


def name_menus(menu: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each menu by its name, from an unpacked value."""
    if isinstance(menu.get("menus"), dict):
        return {name: one for name, one in menu["menus"].items() if isinstance(one, dict)}
    return {ONLY: dict(menu)} if menu else {}


def list_buttons(part: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(id, title) of the buttons that a menu or a step spells out."""
    action = part.get("action")
    buttons = action.get("buttons") if isinstance(action, dict) else None
    replies = [entry.get("reply") for entry in buttons or [] if isinstance(entry, dict)]
    return [(str(one.get("id", "")), str(one.get("title", ""))) for one in replies if isinstance(one, dict)]


def text_of(value: Any) -> str:
    """`{text}` or the text itself."""
    found = value.get("text", "") if isinstance(value, dict) else value
    return found.strip() if isinstance(found, str) else ""


def find_start_step(name: str, menu: Mapping[str, Any]) -> str:
    """The step that says where the menu's own buttons lead; "" where none does."""
    buttons = list_buttons(menu)
    for step, value in steps_of(menu).items():
        following = value.get("next_steps") if isinstance(value, dict) else None
        if step not in (name, *START_NAMES) or not isinstance(following, dict) or not following:
            continue
        if all(key in following or title in following for key, title in buttons):
            return step
    return ""


def find_target(value: Any, *, name: str, named: Mapping[str, Mapping[str, Any]]) -> Target:
    """Where a value of `next_steps` in the menu `name` leads."""
    if isinstance(value, dict):
        return Target("answer", text=text_of(value.get("answer")))
    text = value.strip() if isinstance(value, str) else ""
    steps = steps_of(named[name])
    known = _find_name(text, steps)
    if known is not None:
        return _target_of_step(known, steps[known], name=name, named=named)
    menu = _find_name(text, named)
    if menu is not None:
        return Target("step", Place(menu))
    if text.upper() == AGENT_MODE:
        return Target("agent_mode")
    if text.upper() == START:
        return Target("start")
    if any(character.isspace() for character in text):
        return Target("answer", text=text)
    return Target("unknown", text=text) if text else Target("nowhere")


def steps_of(menu: Mapping[str, Any]) -> dict[str, Any]:
    steps = menu.get("steps")
    return steps if isinstance(steps, dict) else {}


def _target_of_step(step: str, value: Any, *, name: str, named: Mapping[str, Mapping[str, Any]]) -> Target:
    if isinstance(value, str):
        return (
            Target("agent_mode")
            if value.strip().upper() == AGENT_MODE
            else Target("answer", text=value.strip())
        )
    at_start = step == find_start_step(name, named[name])
    return Target("step", Place(name, "" if at_start else step))


def _find_name(text: str, names: Iterable[str]) -> str | None:
    """The name itself, else the one that differs in case or accents only."""
    if not text:
        return None
    listed = list(names)
    return text if text in listed else next((name for name in listed if fold(name) == fold(text)), None)


def _list_nodes(name: str, menu: dict[str, Any], named: dict[str, dict[str, Any]]) -> Iterable[Node]:
    start = find_start_step(name, menu)
    said = steps_of(menu).get(start, {}).get("next_steps", {}) | (menu.get("next_steps") or {})
    yield _make_node(Place(name), menu, text_of(menu.get("body")), said, name=name, named=named)
    for step, value in steps_of(menu).items():
        if step == start or not isinstance(value, dict):
            continue
        prompt = text_of(value.get("prompt")) or text_of(value.get("body")) or text_of(value.get("answer"))
        yield _make_node(Place(name, step), value, prompt, value.get("next_steps"), name=name, named=named)


def _make_node(
    place: Place,
    part: dict[str, Any],
    prompt: str,
    following: dict[str, Any] | None,
    *,
    name: str,
    named: dict[str, dict[str, Any]],
) -> Node:
    own, titles = list_buttons(part), dict(list_buttons(named[name]))
    targets = following or {}
    spelt = {key for pair in own for key in pair}
    listed = own + [(key, titles.get(key, key)) for key in targets if key not in spelt]
    buttons = tuple(
        Button(key, title, _find_button_target(key, title, targets, name=name, named=named))
        for key, title in listed
    )
    ends = bool(place.step) and following is None and not buttons
    return Node(place, prompt, text_of(part.get("header")), text_of(part.get("footer")), buttons, ends)


def _find_button_target(
    key: str, title: str, targets: dict[str, Any], *, name: str, named: dict[str, dict[str, Any]]
) -> Target:
    """What `next_steps` says, by id or title; else what the id or the title itself names."""
    said = targets.get(key, targets.get(title))
    if said is not None:
        return find_target(said, name=name, named=named)
    for text in (key, title):
        target = find_target(text, name=name, named=named)
        if target.kind in ("step", "agent_mode", "start") or (
            target.kind == "answer" and _find_name(text, steps_of(named[name]))
        ):
            return target
    return Target("nowhere")


def _pairs(value: Any) -> Iterable[tuple[str, Any]]:
    return value.items() if isinstance(value, dict) else value


def _is_paired(value: Any) -> bool:
    """An object, or one as `pack_menu` writes it."""
    if isinstance(value, list):
        return all(isinstance(pair, list) and len(pair) == 2 and isinstance(pair[0], str) for pair in value)
    return isinstance(value, dict)
