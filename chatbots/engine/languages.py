"""A cheap guess at the language of a few words: by script, else by the little words that languages are made of."""

import re
from collections.abc import Sequence

SCRIPTS = {
    "ar": "\u0600-\u06ff", "he": "\u0590-\u05ff", "el": "\u0370-\u03ff", "ru": "\u0400-\u04ff", "hi": "\u0900-\u097f",
    "th": "\u0e00-\u0e7f", "ja": "\u3040-\u30ff", "ko": "\uac00-\ud7af", "zh": "\u4e00-\u9fff",
}  # fmt: skip
# Languages that share a script with one of those: no telling them apart.
SHARED = {"ar": ("ar", "fa", "ur"), "ru": ("ru", "uk", "bg", "sr", "mk", "be"), "hi": ("hi", "ne", "mr")}
LITTLE_WORDS = {
    "en": "the is are you your of and to with how what when where can do does i my it for in on this that not have",
    "de": "der die das ist sind und ich sie ein eine wie was wann wo kann nicht mit für von zu auf mein ihr werden wird",
    "fr": "le la les est sont et je vous un une des du comment quand où puis pouvez ne pas avec pour dans votre mon ce",
    "es": "el la los las es son y yo usted un una de del cómo qué cuándo dónde puedo no con para en su mi por se",
    "pt": "o a os as é são e eu você um uma de do da como que quando onde posso não com para em seu meu por se",
    "it": "il lo la gli è sono e io lei un una di del della come che quando dove posso non con per in suo mio si",
    "nl": "de het een is zijn en ik u je van hoe wat wanneer waar kan niet met voor in op mijn uw wordt",
}
NAMES = {
    "en": "English", "de": "German", "fr": "French", "es": "Spanish", "pt": "Portuguese", "it": "Italian", "nl": "Dutch",
    "ar": "Arabic", "he": "Hebrew", "el": "Greek", "ru": "Russian", "hi": "Hindi", "th": "Thai", "ja": "Japanese",
    "ko": "Korean", "zh": "Chinese",
}  # fmt: skip
KNOWN = {language: frozenset(words.split()) for language, words in LITTLE_WORDS.items()}
# Fewer hits, or a lead smaller than this, are no evidence.
FEWEST_HITS, LEAD = 2, 1.3


def guess_language(text: str) -> str:
    """An ISO 639-1 code, "" where the words do not tell."""
    letters = sum(map(str.isalpha, text))
    for language, letters_of in SCRIPTS.items():
        if letters and len(re.findall(f"[{letters_of}]", text)) * 2 > letters:
            return language
    words = re.findall(r"[^\W\d_]+", text.lower())
    hits = sorted(
        ((sum(word in known for word in words), code) for code, known in KNOWN.items()), reverse=True
    )
    (most, best), (second, _) = hits[0], hits[1]
    return best if most >= FEWEST_HITS and most >= second * LEAD else ""


def choose_language(question: str, languages: Sequence[str]) -> str:
    """The language to answer in: the question's, where the bot speaks it, else the bot's first. "" where none is certain."""
    first = languages[0].partition("-")[0] if languages else ""
    spoken = {language.partition("-")[0] for language in languages}
    asked = guess_language(question)
    if not asked:
        return first if len(spoken) == 1 else ""
    return asked if asked in spoken else first


def is_other_language(text: str, wanted: str) -> str:
    """The language of `text` where it is certain that it is not the wanted one, else ""."""
    spoken = guess_language(text)
    if not spoken or not wanted or wanted not in NAMES or wanted in SHARED.get(spoken, (spoken,)):
        return ""
    return spoken


def name_language(code: str) -> str:
    return NAMES.get(code, code)
