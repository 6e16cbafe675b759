"""The words with which the bot asks back: in the bot's first language, else in English."""

from typing import Literal

from chatbots.configuration import Configuration

Phrase = Literal["clarify", "none_of_these"]

PHRASES: dict[str, dict[Phrase, str]] = {
    "en": {
        "clarify": "I'm not quite sure what you mean. Did you mean one of these?",
        "none_of_these": "None of these",
    },
    "de": {
        "clarify": "Ich bin nicht ganz sicher, was Sie meinen. Meinen Sie eines davon?",
        "none_of_these": "Nichts davon",
    },
    "fr": {
        "clarify": "Je ne suis pas sûr de comprendre. Voulez-vous dire l'un de ces sujets ?",
        "none_of_these": "Aucun de ceux-ci",
    },
    "es": {
        "clarify": "No estoy seguro de qué quiere decir. ¿Se refiere a alguno de estos temas?",
        "none_of_these": "Ninguno de estos",
    },
    "pt": {
        "clarify": "Não tenho a certeza do que quer dizer. Será um destes assuntos?",
        "none_of_these": "Nenhum destes",
    },
    "ar": {
        "clarify": "لست متأكدًا مما تقصده. هل تقصد أحد هذه المواضيع؟",
        "none_of_these": "لا شيء من هذه",
    },
}


def say(configuration: Configuration, phrase: Phrase) -> str:
    """One of the engine's phrases for this bot."""
    language = configuration.languages[0].partition("-")[0].lower() if configuration.languages else "en"
    return PHRASES.get(language, PHRASES["en"])[phrase]
