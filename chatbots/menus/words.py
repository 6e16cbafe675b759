"""The words of menus in the six languages, and how typed words are compared with a button's."""

import unicodedata
from collections.abc import Sequence

MENU_TITLES = {"en": "Menu", "de": "Menü", "fr": "Menu", "es": "Menú", "pt": "Menu", "ar": "القائمة"}
BACK_TITLES = {"en": "Back", "de": "Zurück", "fr": "Retour", "es": "Atrás", "pt": "Voltar", "ar": "رجوع"}
MENU_WORDS = (
    *MENU_TITLES.values(), "main menu", "the menu", "menue", "hauptmenü", "menu principal", "menú principal",
    "القائمة الرئيسية", "قائمة", "منيو",
)  # fmt: skip
CLOSE_FROM = 4  # characters from which one slip is forgiven
TWO_FROM = 8  # and two


def word_in(titles: dict[str, str], languages: Sequence[str]) -> str:
    """The title in the bot's first language that there is one for, else in English."""
    known = [language.split("-")[0].lower() for language in languages]
    return next((titles[language] for language in known if language in titles), titles["en"])


def fold(text: str) -> str:
    """Without case, accents, punctuation, emoji and double spaces."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(
        " " if not character.isalnum() else character
        for character in plain
        if not unicodedata.combining(character)
    )
    return " ".join(kept.split())


def find_match(text: str, titles: Sequence[str]) -> int | None:
    """Which title was typed: its words, its number (from 1), or its words with a slip or two, where only one is so close."""
    typed = fold(text)
    folded = [fold(title) for title in titles]
    if not typed:
        return None
    if typed in folded:
        return folded.index(typed)
    number = typed.rsplit(" ", 1)[-1] if len(typed.split()) <= 2 else ""
    if number.isdecimal():
        return (
            int(number) - 1
            if typed in (number, f"option {number}") and 0 < int(number) <= len(titles)
            else None
        )
    near = [index for index, title in enumerate(folded) if _is_close(typed, title)]
    return near[0] if len(near) == 1 else None


def _is_close(typed: str, title: str) -> bool:
    """Within the slips that its length forgives; a digit is never a slip."""
    most = 2 if len(title) >= TWO_FROM else 1
    if len(title) < CLOSE_FROM or abs(len(typed) - len(title)) > most or _digits(typed) != _digits(title):
        return False
    return _count_slips(typed, title) <= most


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdecimal())


def _count_slips(one: str, other: str) -> int:
    """Damerau's distance in its simple form (optimal string alignment): letters changed, lost, added or swapped."""
    before: list[int] = []
    last = list(range(len(other) + 1))
    for row, letter in enumerate(one, start=1):
        now = [row]
        for column, wanted in enumerate(other, start=1):
            best = min(last[column] + 1, now[-1] + 1, last[column - 1] + (letter != wanted))
            if row > 1 and column > 1 and letter == other[column - 2] and one[row - 2] == wanted:
                best = min(best, before[column - 2] + 1)
            now.append(best)
        before, last = last, now
    return last[-1]
