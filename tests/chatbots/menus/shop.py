"""A menu to walk through."""

from typing import Any

SHOP: dict[str, Any] = {
    "header": {"type": "text", "text": "Willow Bags"},
    "body": {"text": "What is it about?"},
    "footer": {"text": "Type menu to come back here."},
    "action": {
        "buttons": [
            {"type": "reply", "reply": {"id": "delivery", "title": "Délivery"}},
            {"type": "reply", "reply": {"id": "returns", "title": "Returns"}},
            {"type": "reply", "reply": {"id": "AGENT_MODE", "title": "A person"}},
        ]
    },
    "steps": {
        "delivery": {
            "prompt": "What about delivery?",
            "next_steps": {
                "Where is my parcel": "parcel",
                "How long does it take": "Two working days.",
                "Lost parcel": "AGENT_MODE",
            },
        },
        "parcel": {"prompt": "You find the number in our e-mail."},
        "returns": {
            "prompt": "Is it unused?",
            "next_steps": {"Yes": "Send it back within 30 days.", "No": "delivery"},
        },
    },
}


def name_two(**more: Any) -> dict[str, Any]:
    """Two menus, of which the second comes first."""
    orders = {"body": {"text": "Orders"}, "action": {"buttons": [{"reply": {"id": "shop", "title": "Shop"}}]}}
    return {"first": "orders", "menus": {"shop": SHOP, "orders": orders}, **more}
