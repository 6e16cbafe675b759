"""What a button is called, so that pressing it can be stored as the visitor's words."""

from chatbots.configuration import Configuration
from chatbots.engine.decision import NONE
from chatbots.engine.phrases import say as say_choice
from chatbots.engine.refusing import OFFER_ID
from chatbots.menus.walking import find_title
from chatbots.rules.texts import say

CHOICE_CHARACTERS = 300


def name_choice(configuration: Configuration, choice: str) -> str:
    """The title of a button by the bot's configuration alone; "" for one that only its conversation knows, and for none."""
    if choice == OFFER_ID:
        return say("offer_button", configuration)
    if choice == NONE:
        return say_choice(configuration, "none_of_these")
    return find_title(configuration.menu, choice) if configuration.menu else ""
