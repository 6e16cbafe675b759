"""Walking through menus: what is shown at a place, and what a choice or a typed word leads to. Pure."""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from chatbots.menus.shape import ADDRESS, Button, Menus, Node, Place, Target, read_menus
from chatbots.menus.words import BACK_TITLES, MENU_TITLES, MENU_WORDS, find_match, fold, word_in

START_ID = ADDRESS  # "menu:" alone: the start
KEPT_PATH = 8


@dataclass(frozen=True, slots=True)
class Step:
    """What a choice leads to.

    `kind`: step (something to choose from), answer (a text and a way back), agent_mode (fetch a person), or search (the
    button leads nowhere in the menus: its title is the question). `title` is what was chosen, `text` what the bot says
    ("" for agent_mode and search), `parts` of its message, `place` what to keep in `bot_state["menu"]`, and `path` the
    titles that led here, the reason of a hand-over.
    """

    kind: str
    title: str = ""
    text: str = ""
    parts: list[dict[str, Any]] = field(default_factory=list)
    place: dict[str, Any] = field(default_factory=dict)
    path: tuple[str, ...] = ()

    @property
    def reason(self) -> str:
        """The path as a person reads it: `Orders › Lost parcel`."""
        return " › ".join(self.path)


Shown = Step


def open_menu(menu: dict[str, Any], name: str = "", *, languages: Sequence[str] = ("en",)) -> Step | None:
    """The menu of that name, "" for the first; None where there is none."""
    menus = read_menus(menu)
    if menus is None:
        return None
    place = Place(name) if name else menus.first
    return (
        _show(menus, place, title=word_in(MENU_TITLES, languages), path=(), languages=languages)
        if place in menus.nodes
        else None
    )


def show_first_menu(menu: dict[str, Any], *, languages: Sequence[str] = ("en",)) -> dict[str, Any] | None:
    """The first menu as public configuration has it: its buttons part, and its `text`; None where there is no menu."""
    shown = open_menu(menu, languages=languages)
    if shown is None or not shown.parts:
        return None
    return {**shown.parts[0], "text": shown.text}


def take_choice(
    menu: dict[str, Any], place: dict[str, Any] | None, choice: str, *, languages: Sequence[str] = ("en",)
) -> Step | None:
    """What the button `choice` leads to, from wherever it stands; None where no menu has it (any more).

    `place` is what the step before said to keep, None before the first. Of several buttons with one id, the one at
    this place is meant.
    """
    menus = read_menus(menu)
    if menus is None:
        return None
    here = _find_place(menus, place)
    if choice.startswith(ADDRESS):
        found = _go_to(menus, choice, here, place, languages)
        if found is not None:
            return found
    where, button = _find_button(menus, here, choice)
    if button is None:
        return None
    path = (*_path_to(menus, where, place if where == here else None), button.title)[-KEPT_PATH:]
    return _follow(menus, where, button, path, languages)


def match_typed(menu: dict[str, Any], place: dict[str, Any] | None, text: str) -> str | None:
    """The choice that a typed text means at this place; None where it is something else.

    "menu", in each of the six languages, means the start; "back" the place before. Titles match without case, accents
    and punctuation, by their number, and with a small slip.
    """
    menus = read_menus(menu)
    if menus is None:
        return None
    typed = fold(text)
    here = _find_place(menus, place)
    node = menus.nodes[here]
    index = find_match(text, [button.title for button in node.buttons])
    if index is not None:
        return menus.wire_id(here, node.buttons[index])
    keyed = next((button for button in node.buttons if fold(button.key) == typed), None) if typed else None
    if keyed is not None:
        return menus.wire_id(here, keyed)
    if typed in {fold(word) for word in MENU_WORDS}:
        return START_ID
    if place and typed in {fold(word) for word in BACK_TITLES.values()}:
        return _address_before(menus, here, place)
    return None


def find_title(menu: dict[str, Any], choice: str, *, languages: Sequence[str] = ("en",)) -> str:
    """The title of the button with this id, wherever it stands; "" where no menu has one."""
    step = take_choice(menu, None, choice, languages=languages)
    return step.title if step else ""


def _go_to(
    menus: Menus, choice: str, here: Place, place: dict[str, Any] | None, languages: Sequence[str]
) -> Step | None:
    if choice == START_ID:
        return _show(menus, menus.first, title=word_in(MENU_TITLES, languages), path=(), languages=languages)
    for known in menus.nodes:
        if known.address == choice:
            path = _path_to(menus, known, place if known == here else None)
            return _show(menus, known, title=word_in(BACK_TITLES, languages), path=path, languages=languages)
    return None


def _find_place(menus: Menus, place: dict[str, Any] | None) -> Place:
    """Where somebody stands; at the start where the owner has taken that place away."""
    wish = Place(str((place or {}).get("name", "")), str((place or {}).get("step", "")))
    return wish if wish in menus.nodes else menus.first


def _find_button(menus: Menus, here: Place, choice: str) -> tuple[Place, Button | None]:
    for where in (here, *menus.nodes):
        for button in menus.nodes[where].buttons:
            if choice in (button.key, f"{where.address}#{button.key}"):
                return where, button
    return here, None


def _follow(
    menus: Menus, where: Place, button: Button, path: tuple[str, ...], languages: Sequence[str]
) -> Step:
    target = _settle(menus, button.target)
    stay = _keep(where, path[:-1])
    if target.kind == "agent_mode":
        return Step("agent_mode", button.title, place=stay, path=path)
    if target.kind == "answer":
        return _answer(menus, where, target.text, button.title, path, languages)
    if target.place is None:
        return Step("search", button.title, place=stay, path=path)
    node = menus.nodes[target.place]
    if node.ends:
        return _answer(menus, where, node.prompt, button.title, path, languages, node=node)
    return _show(menus, target.place, title=button.title, path=path, languages=languages)


def _settle(menus: Menus, target: Target) -> Target:
    """The start is a place, and a place that is gone is nowhere."""
    if target.kind == "start":
        return Target("step", menus.first)
    return Target("nowhere") if target.place is not None and target.place not in menus.nodes else target


def _show(menus: Menus, place: Place, *, title: str, path: tuple[str, ...], languages: Sequence[str]) -> Step:
    node = menus.nodes[place]
    trail = () if place == menus.first else path
    buttons = [{"id": menus.wire_id(place, button), "title": button.title} for button in node.buttons]
    buttons = buttons or [{"id": START_ID, "title": word_in(MENU_TITLES, languages)}]
    return Step("step", title, node.prompt, [_make_part(node, buttons)], _keep(place, trail), trail)


def _answer(
    menus: Menus,
    where: Place,
    text: str,
    title: str,
    path: tuple[str, ...],
    languages: Sequence[str],
    *,
    node: Node | None = None,
) -> Step:
    """The text with a way back. One still stands where the answer was chosen."""
    back = [] if where == menus.first else [{"id": where.address, "title": word_in(BACK_TITLES, languages)}]
    buttons = [*back, {"id": START_ID, "title": word_in(MENU_TITLES, languages)}]
    place = _keep(where, path[:-1]) | {"answer": True}
    return Step("answer", title, text, [_make_part(node, buttons)], place, path)


def _make_part(node: Node | None, buttons: list[dict[str, str]]) -> dict[str, Any]:
    part: dict[str, Any] = {"type": "buttons"}
    if node and node.header:
        part["header"] = {"type": "text", "text": node.header}
    if node and node.footer:
        part["footer"] = node.footer
    return {**part, "buttons": buttons}


def _keep(place: Place, path: Sequence[str]) -> dict[str, Any]:
    return {"name": place.name, "step": place.step, "path": list(path)}


def _path_to(menus: Menus, where: Place, place: dict[str, Any] | None) -> tuple[str, ...]:
    """The titles that were chosen on the way to where one stands, else those of the shortest way there."""
    if place is not None:
        return tuple(str(title) for title in place.get("path", ()))
    return _shortest_ways(menus).get(where, ((), None))[0]


def _address_before(menus: Menus, here: Place, place: dict[str, Any]) -> str:
    before = here if place.get("answer") else _shortest_ways(menus).get(here, ((), None))[1]
    return (before or menus.first).address


def _shortest_ways(menus: Menus) -> dict[Place, tuple[tuple[str, ...], Place | None]]:
    """Each place that can be reached from the start -> the titles on the way there, and the place before it."""
    ways: dict[Place, tuple[tuple[str, ...], Place | None]] = {menus.first: ((), None)}
    waiting = deque([menus.first])
    while waiting:
        place = waiting.popleft()
        for button in menus.nodes[place].buttons:
            target = _settle(menus, button.target).place
            if target is not None and target not in ways:
                ways[target] = ((*ways[place][0], button.title), place)
                waiting.append(target)
    return ways
