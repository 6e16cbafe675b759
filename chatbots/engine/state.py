"""What the bot remembers of a conversation between two turns: Conversation.bot_state, small, and empty most of the time.

`menu`: where the visitor stands, as menus/walking.py made it. `unanswered`: how many questions in a row the bot did not
answer. `asked_back`: the chunks that it offered as choices with its last message. `shown`: ids and titles of the latest
buttons, newest first; the writer reads the titles there (conversations/writer/decide.py). What is empty is left out.
"""

from collections.abc import Sequence
from typing import Any

from chatbots.engine.decision import ANSWER_PREFIX
from chatbots.engine.shapes import State
from chatbots.retrieval.base import Candidate

SHOWN_BUTTONS = 24


def after_answer(state: State) -> State:
    """The bot could help."""
    return _tidy({**state, "unanswered": 0, "asked_back": []})


def after_menu(state: State, place: dict[str, Any]) -> State:
    """The visitor goes through a menu, and stands at `place` now."""
    return _tidy({**after_answer(state), "menu": place})


def after_asking_back(state: State, choices: Sequence[Candidate]) -> State:
    """The bot offered choices: neither an answer nor none."""
    return _tidy({**state, "asked_back": [one.chunk_id for one in choices]})


def after_abstention(state: State) -> State:
    """One more question without an answer."""
    return _tidy({**state, "unanswered": state.get("unanswered", 0) + 1, "asked_back": []})


def remember_shown(state: State, parts: Sequence[dict[str, Any]]) -> State:
    """With the buttons of a message that is about to be shown."""
    new = [
        [button["id"], button["title"]]
        for part in parts
        if part.get("type") == "buttons"
        for button in part.get("buttons", ())
    ]
    if not new:
        return state
    known = {button[0] for button in new}
    old = [button for button in state.get("shown", ()) if button[0] not in known]
    return {**state, "shown": [*new, *old][:SHOWN_BUTTONS]}


def match_asked_back(state: State, text: str) -> str:
    """The choice that was typed rather than pressed: its title, or its number from 1 on. "" for none of them."""
    offered = [f"{ANSWER_PREFIX}{chunk_id}" for chunk_id in state.get("asked_back", ())]
    if not offered:
        return ""
    typed = text.strip().strip(".!)").casefold()
    if typed.isdecimal() and 1 <= int(typed[:3]) <= len(offered):
        return offered[int(typed[:3]) - 1]
    choices = [*offered, f"{ANSWER_PREFIX}none"]
    titles: dict[str, str] = {
        title.casefold(): choice for choice, title in state.get("shown", ()) if choice in choices
    }
    return titles.get(typed, "")


def _tidy(state: State) -> State:
    return {name: value for name, value in state.items() if value}
