"""From a text to the words that are searched: normalised, split, without stop words, stemmed."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

import Stemmer
from bm25s import stopwords as lists

STEMMERS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german", "el": "greek",
    "en": "english", "es": "spanish", "et": "estonian", "eu": "basque", "fa": "persian", "fi": "finnish",
    "fr": "french", "ga": "irish", "hi": "hindi", "hu": "hungarian", "hy": "armenian", "id": "indonesian",
    "it": "italian", "lt": "lithuanian", "nb": "norwegian", "ne": "nepali", "nl": "dutch", "nn": "norwegian",
    "no": "norwegian", "pl": "polish", "pt": "portuguese", "ro": "romanian", "ru": "russian",
    "sr": "serbian", "sv": "swedish", "ta": "tamil", "tr": "turkish", "yi": "yiddish",
}  # fmt: skip
STOP_WORDS = {
    "da": lists.STOPWORDS_DANISH, "de": lists.STOPWORDS_GERMAN, "en": lists.STOPWORDS_EN_PLUS,
    "es": lists.STOPWORDS_SPANISH, "fr": lists.STOPWORDS_FRENCH, "it": lists.STOPWORDS_ITALIAN,
    "ko": lists.STOPWORDS_KOREAN, "nb": lists.STOPWORDS_NORWEGIAN, "nl": lists.STOPWORDS_DUTCH,
    "nn": lists.STOPWORDS_NORWEGIAN, "no": lists.STOPWORDS_NORWEGIAN, "pt": lists.STOPWORDS_PORTUGUESE,
    "ru": lists.STOPWORDS_RUSSIAN, "sv": lists.STOPWORDS_SWEDISH, "tr": lists.STOPWORDS_TURKISH,
}  # fmt: skip
# Question words, negations and directions are on the usual lists, but tell one question from another:
# "when do you open" from "where", "money in" from "money out", "arrived" from "not arrived".
KEPT_WORDS = {
    "de": "aus ein hinter kein keine keinen nach nicht ohne unter vor wann warum was welche wer wie wo wohin über",
    "en": "after before can down how more no not off other out over own same too under up what when where which "
    "who whom why again won",  # "won" is on the list as what is left of won't
    "es": "antes cual cuando cuanto desde donde hasta más no nada porque que qué quien sin sobre",
    "fr": "ne pas sans sur qui que quoi quel quelle où quand comment combien pourquoi",
    "it": "chi che come dove quale quanto perché non senza più",
    "nl": "hoe wat waar wanneer wie waarom geen niet na zonder onder uit",
    "pt": "antes depois como qual quando quem onde não sem mais",
}
# Politeness says nothing about what is asked. Ignored where the knowledge does not use the word itself.
CHATTER = {
    "de": "bitte danke hallo hi guten tag sagen wissen gerne möchte könnten könnt können würde würden",
    "en": "please thanks thank hi hello hey dear kindly tell could would might may know wonder wondering "
    "curious quick question anyone",
    "es": "favor gracias hola buenos días buenas tardes decir decirme saber quisiera podría podrías puede",
    "fr": "bonjour salut merci svp plaît dire savoir voudrais pourriez pouvez aimerais",
    "it": "grazie ciao buongiorno favore dire dirmi sapere vorrei potrei potete potreste",
    "nl": "alstublieft bedankt hallo hoi graag zeggen weten kunt zou wil",
    "pt": "favor obrigado obrigada olá bom dia dizer saber gostaria poderia pode",
}

# Python's \w leaves out the vowel signs of Hindi, Tamil and others, which would cut their words apart.
MARKS = "".join(chr(code) for code in range(0x10000) if unicodedata.category(chr(code)) in ("Mn", "Mc"))
# Scripts written without spaces, or (Korean) with particles stuck to the word: searched by pairs of characters.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
RUN = re.compile(rf"[{UNSPACED}]+|(?:(?![{UNSPACED}])(?:[^\W_]|[{MARKS}]))+(?:'(?![{UNSPACED}])[^\W_]+)*")
UNSPACED_RUN = re.compile(rf"[{UNSPACED}]")
APOSTROPHES = dict.fromkeys(map(ord, "\u2018\u2019\u02bc\u02b9\u2032`\u00b4"), "'")
INVISIBLE = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u2060\ufeff"))
TRANSLATED = APOSTROPHES | INVISIBLE
# What RUN comes to for texts without anything beyond ASCII, which most questions are: five times faster.
ASCII_RUN = re.compile("[a-z0-9]+(?:'[a-z0-9]+)*")
ENGLISH_ENDINGS = ("m", "d", "ll", "re", "ve")  # I'm, I'd; anything else is French or Italian: d'or
LONGEST_WORD = 64


def split_words(text: str) -> list[str]:
    """All words of a text in order, normalised so that case, width, accents and kinds of apostrophe do not matter."""
    if text.isascii():
        runs = ASCII_RUN.findall(text.lower().replace("`", "'"))
        return [word[:LONGEST_WORD] for run in runs for word in _split_apostrophes(run)]
    folded = unicodedata.normalize("NFKC", text).casefold().translate(TRANSLATED)
    return [word for run in RUN.findall(folded) for word in _split_run(run)]


def _split_run(run: str) -> Iterator[str]:
    if UNSPACED_RUN.match(run):
        yield from (run[i : i + 2] for i in range(max(1, len(run) - 1)))
        return
    for part in _split_apostrophes(run):
        yield _drop_accents(part)[:LONGEST_WORD]


def _split_apostrophes(run: str) -> list[str]:
    """don't -> dont, shop's -> shop, l'eau -> l and eau."""
    if "'" not in run:
        return [run]
    head, _, tail = run.rpartition("'")
    if tail == "s":
        return [head.replace("'", "")]
    if (len(head) == 1 or head == "qu") and tail not in ENGLISH_ENDINGS:
        return [head, tail]
    return [run.replace("'", "")]


def _drop_accents(word: str) -> str:
    """Accents are dropped from Latin letters, where people leave them out; elsewhere they are letters of their own."""
    if word.isascii():
        return word
    kept: list[str] = []
    for letter in unicodedata.normalize("NFD", word):
        if not (kept and "a" <= kept[-1] <= "z" and unicodedata.category(letter) == "Mn"):
            kept.append(letter)
    return unicodedata.normalize("NFC", "".join(kept))


def _word_set(words: str | tuple[str, ...] | list[str]) -> frozenset[str]:
    return frozenset(split_words(words if isinstance(words, str) else " ".join(words)))


@dataclass(frozen=True, slots=True)
class Language:
    """How texts of one language become search words. `code` may be a locale ("de-AT"); unknown ones are not stemmed."""

    stemmer: str
    stop_words: frozenset[str]
    chatter: frozenset[str]

    def find_words(self, text: str) -> list[str]:
        """Stems in order, without stop words."""
        return self.stem_words([word for word in split_words(text) if word not in self.stop_words])

    def choose_words(self, words: list[str]) -> list[str]:
        """The same for a question that is split already; stems are remembered, since people use the same words."""
        return [stem_word(self.stemmer, word) for word in words if word not in self.stop_words]

    def stem_words(self, words: list[str]) -> list[str]:
        # A stemmer is not safe to share between threads, and cheap to make.
        return list(Stemmer.Stemmer(self.stemmer).stemWords(words)) if self.stemmer else words


@lru_cache(maxsize=20_000)
def stem_word(stemmer: str, word: str) -> str:
    return str(Stemmer.Stemmer(stemmer).stemWord(word)) if stemmer else word


@cache
def get_language(code: str) -> Language:
    base = code.lower().replace("_", "-").partition("-")[0]
    stop_words = _word_set(STOP_WORDS.get(base, ())) - _word_set(KEPT_WORDS.get(base, ""))
    language = Language(STEMMERS.get(base, ""), stop_words, frozenset())
    chatter = frozenset(language.stem_words(sorted(_word_set(CHATTER.get(base, "")))))
    return Language(language.stemmer, stop_words, chatter)
