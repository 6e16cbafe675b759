"""What is wrong with menus that may be saved all the same: dead ends, loops without a way out, places nobody reaches."""

from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from chatbots.menus.shape import ONLY, Menus, Node, Place, read_menus

# WhatsApp's limits: reply buttons have 20 characters, a list has ten rows; header and footer 60, body 1,024.
WHATSAPP = {"title": 20, "buttons": 10, "header": 60, "footer": 60, "prompt": 1_024}


@dataclass(frozen=True, slots=True)
class Fault:
    """`kind`: dead_end, loop, unreachable, unknown or whatsapp. `field` as in the API's errors; `button` "": the place."""

    kind: str
    field: str
    text: str
    menu: str
    step: str = ""
    button: str = ""


def find_faults(menu: dict[str, Any]) -> list[Fault]:
    """Everything worth a warning, the gravest kinds first, each in the owner's order."""
    menus = read_menus(menu)
    if menus is None:
        return []
    reached = _reach(menus, menus.first)
    return [
        *_find_dead_ends(menus),
        *_find_loops(menus),
        *(
            _fault("unreachable", menus, place, f"No button leads to {_name(menus, place)}.")
            for place in menus.nodes
            if place not in reached
        ),
        *_find_whatsapp_faults(menus),
    ]


def wire_fault(fault: Fault) -> dict[str, str]:
    return asdict(fault)


def count_levels(menus: Menus) -> int:
    """How often one presses at most, by the shortest way, to be anywhere."""
    depths = _reach(menus, menus.first)
    return max(depths.values(), default=0) + 1


def _find_dead_ends(menus: Menus) -> Iterable[Fault]:
    for place, node in menus.nodes.items():
        for button in node.buttons:
            if button.target.kind == "unknown":
                text = f"“{button.title}” leads to {button.target.text!r}, which is no step or menu."
                yield _fault("unknown", menus, place, text, button=button.key)
            elif button.target.kind == "nowhere":
                text = f"“{button.title}” leads nowhere, so it is asked as a question."
                yield _fault("dead_end", menus, place, text, button=button.key)
        if not node.buttons and not node.ends:
            yield _fault(
                "dead_end",
                menus,
                place,
                f"{_name(menus, place)} has no buttons, so nobody can go on from it.",
            )


def _find_loops(menus: Menus) -> Iterable[Fault]:
    """Places from which every button leads round and round: no answer, person or end comes."""
    ways = {place: _ahead(menus, node) for place, node in menus.nodes.items()}
    free = {place for place, node in menus.nodes.items() if _has_end(node)}
    while more := {place for place, ahead in ways.items() if place not in free and free & ahead}:
        free |= more
    told: set[Place] = set()
    for place in (place for place in menus.nodes if place not in free):
        if place in told:
            continue
        circle = [other for other in _reach(menus, place) if place in _reach(menus, other)]
        if len(circle) > 1 or place in ways[place]:
            told |= set(circle)
            names = " → ".join(_name(menus, one) for one in [*circle, place])
            yield _fault(
                "loop",
                menus,
                place,
                f"There is no way out of {names}: nothing here answers or fetches a person.",
            )


def _find_whatsapp_faults(menus: Menus) -> Iterable[Fault]:
    for place, node in menus.nodes.items():
        for button in node.buttons:
            if len(button.title) > WHATSAPP["title"]:
                text = f"“{button.title}” is longer than {WHATSAPP['title']} characters: WhatsApp cuts it."
                yield _fault("whatsapp", menus, place, text, button=button.key)
        if len(node.buttons) > WHATSAPP["buttons"]:
            text = (
                f"{_name(menus, place)} has more than {WHATSAPP['buttons']} buttons: WhatsApp shows no more."
            )
            yield _fault("whatsapp", menus, place, text)
        for name in ("header", "prompt", "footer"):
            if len(getattr(node, name)) > WHATSAPP[name]:
                words = "text" if name == "prompt" else name
                text = f"The {words} of {_name(menus, place)} is longer than WhatsApp's {WHATSAPP[name]:,} characters."
                yield _fault("whatsapp", menus, place, text)


def _has_end(node: Node) -> bool:
    """An answer, a person, or a fault that is told by itself."""
    return (
        node.ends
        or not node.buttons
        or any(button.target.kind not in ("step", "start") for button in node.buttons)
    )


def _ahead(menus: Menus, node: Node) -> set[Place]:
    places = [
        menus.first if button.target.kind == "start" else button.target.place for button in node.buttons
    ]
    return {place for place in places if place is not None and place in menus.nodes}


def _reach(menus: Menus, start: Place) -> dict[Place, int]:
    """Each place that one gets to from `start` -> after how many buttons."""
    found, waiting = {start: 0}, deque([start])
    while waiting:
        place = waiting.popleft()
        for button in menus.nodes[place].buttons:
            target = menus.first if button.target.kind == "start" else button.target.place
            if target is not None and target in menus.nodes and target not in found:
                found[target] = found[place] + 1
                waiting.append(target)
    return found


def _name(menus: Menus, place: Place) -> str:
    if place.step:
        return f"“{place.step}”"
    return "The menu" if len({one.name for one in menus.nodes}) == 1 else f"the menu “{place.name}”"


def _fault(kind: str, menus: Menus, place: Place, text: str, *, button: str = "") -> Fault:
    several = place.name != ONLY or len({one.name for one in menus.nodes}) > 1
    field = f"menu.menus.{place.name}" if several else "menu"
    field += f".steps.{place.step}" if place.step else ""
    field += f".next_steps.{button}" if button else ""
    return Fault(kind, field, text[0].upper() + text[1:], place.name, place.step, button)
