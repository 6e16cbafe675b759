"""Words: what makes two spellings the same word, and what is no word at all."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbots.retrieval.words import STEMMERS, get_language, split_words


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Café CAFÉ cafe\u0301", ["cafe", "cafe", "cafe"]),
        ("ＦＵＬＬ ﬁne", ["full", "fine"]),
        ("don't don’t shop's", ["dont", "dont", "shop"]),
        ("l'eau d’or", ["l", "eau", "d", "or"]),
        ("co\u00adop\u200bera\ufefftion", ["cooperation"]),
        ("foo_bar a-b", ["foo", "bar", "a", "b"]),
        ("退货政策 OK", ["退货", "货政", "政策", "ok"]),
        ("配", ["配"]),
        ("हिन्दी में", ["हिन्दी", "में"]),
        ("йод ёлка", ["йод", "ёлка"]),
        ("هل الإرجاع", ["هل", "الإرجاع"]),
        ("😀 !? \x00 \ud800", []),
        ("", []),
    ],
)
def test_words_are_the_same_however_they_are_written(text: str, words: list[str]) -> None:
    assert split_words(text) == words


def test_english_stems_and_drops_stop_words_but_keeps_question_words_and_negations() -> None:
    assert get_language("en").find_words("When do the parcels not arrive?") == [
        "when",
        "parcel",
        "not",
        "arriv",
    ]


@pytest.mark.parametrize("code", [*sorted(STEMMERS), "zh", "ja", "xx", "", "de-AT", "pt_BR"])
def test_every_language_takes_every_text(code: str) -> None:
    assert isinstance(get_language(code).find_words("A few words, ein paar Wörter, 几个字, كلمات"), list)


def test_a_locale_uses_its_language() -> None:
    assert get_language("de-AT") == get_language("de")


@given(st.text(st.characters(), max_size=300))
def test_any_text_gives_words_that_are_not_empty_and_short(text: str) -> None:
    assert all(0 < len(word) <= 64 for word in split_words(text))


@given(st.text(max_size=100))
def test_composed_and_decomposed_text_give_the_same_words(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    assert split_words(composed) == split_words(unicodedata.normalize("NFD", composed))
