"""Sentences that state something without a citation, and answers in another language than asked."""

import pytest

from chatbots.engine.claims import find_uncited
from chatbots.engine.languages import choose_language, guess_language, is_other_language


@pytest.mark.parametrize(
    ("text", "uncited"),
    [
        ("Delivery takes two days [1]. Returns are free of charge [2].", []),
        ("Delivery takes two days. [1] Returns are free of charge.", ["Returns are free of charge."]),
        ("Delivery takes two days [1] and costs nothing at all.", []),
        ("Delivery takes two to four days.", ["Delivery takes two to four days."]),
        ("Yes, of course! Is there anything else you want?", []),
        ("# How delivery works\n\nIt works like this today:\n- By post, in two days [1]", []),
        ("It is like this:\n- By bike within one day", ["- By bike within one day"]),
        ("配送需要两到四个工作日。[1]退货是完全免费的服务。", ["退货是完全免费的服务。"]),
        ("It costs 9.50 euros in total [1].", []),
        ("", []),
    ],
)  # fmt: skip
def test_claims_without_a_mark_are_found(text, uncited):
    assert find_uncited(text) == uncited


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("How long does it take to deliver?", "en"),
        ("Wie lange dauert die Lieferung zu mir?", "de"),
        ("Combien de temps prend la livraison pour vous ?", "fr"),
        ("¿Cuánto tarda el envío y dónde está mi pedido?", "es"),
        ("كم يستغرق التوصيل؟", "ar"),
        ("配送需要多长时间？", "zh"),
        ("配送にはどのくらいかかりますか", "ja"),
        ("Banana 42", ""),
        ("", ""),
    ],
)
def test_a_language_is_guessed_where_the_words_tell(text, language):
    assert guess_language(text) == language


def test_the_language_to_answer_in_is_the_visitors_where_the_bot_speaks_it():
    german = "Wie lange dauert die Lieferung zu mir?"
    assert choose_language(german, ["en", "de-DE"]) == "de"
    assert choose_language(german, ["en", "fr"]) == "en"
    assert choose_language("Banana", ["en", "fr"]) == ""
    assert choose_language("Banana", ["en"]) == "en"


def test_an_answer_in_another_language_is_noticed_only_where_it_is_certain():
    assert is_other_language("The delivery is on the way to you and it takes two days.", "de") == "en"
    assert is_other_language("Die Lieferung ist auf dem Weg und dauert zwei Tage.", "de") == ""
    assert is_other_language("PayPal, Visa, Mastercard.", "de") == ""
    assert is_other_language("Доставка займет два дня, спасибо.", "uk") == ""
