"""Menus as the editor draws them: every place with its buttons and where each leads, read once, here."""

from typing import Any

from chatbots.menus.shape import Button, Node, Place, read_menus


def outline_menus(menu: dict[str, Any]) -> dict[str, Any]:
    """`{first, menus: [{name, header, prompt, footer, buttons, steps: [the same, and ends]}]}` of a checked menu.

    A button is `{key, title, kind, target}`: kind step or menu (target is its name), answer (its text), agent, start, or
    "" (leads nowhere; target is what was written).
    """
    menus = read_menus(menu)
    if menus is None:
        return {"first": "", "menus": []}
    listed: dict[str, dict[str, Any]] = {}
    for place, node in menus.nodes.items():
        drawn = {**_draw_node(node), "name": place.step or place.name}
        if place.step:
            listed[place.name]["steps"].append({**drawn, "ends": node.ends})
        else:
            listed[place.name] = {**drawn, "steps": []}
    return {"first": menus.first.name, "menus": list(listed.values())}


def _draw_node(node: Node) -> dict[str, Any]:
    return {
        "header": node.header,
        "prompt": node.prompt,
        "footer": node.footer,
        "buttons": [_draw_button(button, node.place) for button in node.buttons],
    }


def _draw_button(button: Button, place: Place) -> dict[str, str]:
    kind, target = button.target.kind, button.target.text
    if button.target.place is not None:
        inside = button.target.place.name == place.name and button.target.place.step
        kind, target = ("step", button.target.place.step) if inside else ("menu", button.target.place.name)
    kind = {"agent_mode": "agent", "nowhere": "", "unknown": ""}.get(kind, kind)
    return {"key": button.key, "title": button.title, "kind": kind, "target": target}
