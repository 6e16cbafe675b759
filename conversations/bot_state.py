"""The part of Conversation.bot_state that this layer knows; all else in it is the bot's (chatbots/engine/state.py)."""

from typing import Any


def find_shown_title(bot_state: dict[str, Any], choice: str) -> str:
    """The title of a button that the conversation has shown lately, "" for none."""
    return next((str(title) for known, title in bot_state.get("shown", ()) if known == choice), "")


def reset_bot_state(bot_state: dict[str, Any]) -> dict[str, Any]:
    """What is left once somebody else answered, or the conversation was closed: buttons in the log are there still."""
    return {"shown": bot_state["shown"]} if bot_state.get("shown") else {}
