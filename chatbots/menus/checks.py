"""What an owner may save as menus."""

from typing import Any

from core.errors import Invalid


def check_menu(value: Any) -> dict[str, Any]:
    """The menus as they are stored. Raises Invalid naming the fields."""
    if not isinstance(value, dict):
        raise Invalid(fields={"menu": "This takes an object."})
    return value
