"""What an owner may save as rules and opening hours."""

from typing import Any

from core.errors import Invalid


def check_rules(value: Any) -> list[dict[str, Any]]:
    """The rules as they are stored. Raises Invalid naming the fields."""
    if not isinstance(value, list) or not all(isinstance(rule, dict) for rule in value):
        raise Invalid(fields={"rules": "This takes a list of objects."})
    return value


def check_opening_hours(value: Any) -> dict[str, Any]:
    """The opening hours as they are stored. Raises Invalid naming the fields."""
    if not isinstance(value, dict):
        raise Invalid(fields={"opening_hours": "This takes an object."})
    return value
