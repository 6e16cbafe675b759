"""The engine's own words, where the owner has set none: in the bot's first language, else in English."""

from typing import Literal

from chatbots.configuration import Configuration

Phrase = Literal["hand_off", "asked", "offer", "offer_button", "clarify", "none_of_these"]

PHRASES: dict[str, dict[Phrase, str]] = {
    "en": {
        "hand_off": "I can't answer that one myself, so I'm fetching a person who can.",
        "asked": "Of course. I'm fetching a person for you.",
        "offer": "I don't have an answer to that. Would you like to talk to a person?",
        "offer_button": "Talk to a person",
        "clarify": "I'm not quite sure what you mean. Did you mean one of these?",
        "none_of_these": "None of these",
    },
    "de": {
        "hand_off": "Das kann ich selbst nicht beantworten. Ich hole jemanden, der es kann.",
        "asked": "Gern. Ich hole jemanden für Sie.",
        "offer": "Darauf habe ich keine Antwort. Möchten Sie mit einem Menschen sprechen?",
        "offer_button": "Mit einem Menschen sprechen",
        "clarify": "Ich bin nicht ganz sicher, was Sie meinen. Meinen Sie eines davon?",
        "none_of_these": "Nichts davon",
    },
    "fr": {
        "hand_off": "Je ne peux pas répondre à cette question moi-même. J'appelle quelqu'un qui le peut.",
        "asked": "Bien sûr. J'appelle quelqu'un pour vous.",
        "offer": "Je n'ai pas de réponse à cela. Souhaitez-vous parler à une personne ?",
        "offer_button": "Parler à une personne",
        "clarify": "Je ne suis pas sûr de comprendre. Voulez-vous dire l'un de ces sujets ?",
        "none_of_these": "Aucun de ceux-ci",
    },
    "es": {
        "hand_off": "No puedo responder a eso yo mismo, así que llamo a una persona que sí puede.",
        "asked": "Por supuesto. Llamo a una persona para usted.",
        "offer": "No tengo respuesta a eso. ¿Quiere hablar con una persona?",
        "offer_button": "Hablar con una persona",
        "clarify": "No estoy seguro de qué quiere decir. ¿Se refiere a alguno de estos temas?",
        "none_of_these": "Ninguno de estos",
    },
    "pt": {
        "hand_off": "Não consigo responder a isso sozinho, por isso vou chamar uma pessoa que consegue.",
        "asked": "Claro. Vou chamar uma pessoa para si.",
        "offer": "Não tenho resposta para isso. Quer falar com uma pessoa?",
        "offer_button": "Falar com uma pessoa",
        "clarify": "Não tenho a certeza do que quer dizer. Será um destes assuntos?",
        "none_of_these": "Nenhum destes",
    },
    "ar": {
        "hand_off": "لا أستطيع الإجابة عن هذا بنفسي، لذلك سأستدعي شخصًا يستطيع ذلك.",
        "asked": "بالتأكيد. سأستدعي لك شخصًا.",
        "offer": "ليست لدي إجابة عن ذلك. هل تريد التحدث إلى شخص؟",
        "offer_button": "التحدث إلى شخص",
        "clarify": "لست متأكدًا مما تقصده. هل تقصد أحد هذه المواضيع؟",
        "none_of_these": "لا شيء من هذه",
    },
}


def say(configuration: Configuration, phrase: Phrase) -> str:
    """One of the engine's phrases for this bot."""
    language = configuration.languages[0].partition("-")[0].lower() if configuration.languages else "en"
    return PHRASES.get(language, PHRASES["en"])[phrase]
