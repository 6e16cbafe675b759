"""Searching: the right entry first, a confidence that can be compared, and an answer to every odd question."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbots.retrieval.bm25 import DEFAULT_THRESHOLD, WordIndex, build_index
from chatbots.retrieval.texts import Entry


def entry(number: int, title: str, text: str, *questions: str) -> Entry:
    return Entry(number, 1, "faq.csv", title, text, "faq" if questions else "passage", questions)


ENTRIES = [
    entry(
        1, "Delivery time", "Two to four days.", "How long does delivery take?", "When will my parcel arrive?"
    ),
    entry(2, "Returns", "Within 30 days.", "Can I send something back?", "How do I return an article?"),
    entry(3, "Payment", "Cards and PayPal.", "Which cards do you accept?", "How can I pay?"),
    entry(4, "Who we are", "We are Juniper.", "Who are you?"),
    entry(
        5, "Guide › Descaling", "Descale the machine every two months with citric acid, never with vinegar."
    ),
]
INDEX = build_index(ENTRIES)


def best(question: str, index: WordIndex = INDEX) -> tuple[int, float]:
    found = index.search(question)
    return (found[0].chunk_id, found[0].confidence) if found else (0, 0.0)


@pytest.mark.parametrize(
    ("question", "chunk"),
    [
        ("how long is delivery", 1),
        ("when does the parcel arrive", 1),
        ("returning an article", 2),
        ("paying by card", 3),
        ("how do I descale my machine", 5),
        ("is there PayPal", 3),
    ],
)
def test_the_entry_that_fits_comes_first_and_is_sure_enough(question: str, chunk: int) -> None:
    found, confidence = best(question)
    assert found == chunk
    assert confidence >= DEFAULT_THRESHOLD


@pytest.mark.parametrize(
    "question", ["who won the world cup", "do you sell tents", "how is the weather in paris"]
)
def test_what_the_knowledge_does_not_speak_of_stays_below_the_threshold(question: str) -> None:
    assert best(question)[1] < DEFAULT_THRESHOLD


@pytest.mark.parametrize("entry", ENTRIES[:4], ids=lambda entry: entry.title)
def test_a_variant_word_for_word_is_certain(entry: Entry) -> None:
    for question in entry.questions:
        assert best(f"  {question.upper()} ") == (entry.chunk_id, 1.0)


def test_words_that_nobody_knows_count_against_the_answer() -> None:
    plain, doubtful = best("delivery take")[1], best("delivery take zebra quantum")[1]
    assert doubtful < plain


def test_politeness_does_not_count_against_the_answer() -> None:
    assert best("hello could you please tell me how long delivery takes") == best("how long delivery takes")


def test_confidence_does_not_depend_on_how_many_variants_an_entry_has() -> None:
    once = build_index([entry(1, "", "", "green tea"), entry(2, "", "", "black coffee")])
    often = build_index([entry(1, "", "", *["green tea"] * 8), entry(2, "", "", "black coffee")])
    assert best("green tea leaf", once) == best("green tea leaf", often)


def test_candidates_are_ordered_limited_and_each_entry_stands_once() -> None:
    found = INDEX.search("how can I return an article and pay by card for delivery", limit=3)
    assert len(found) == 3
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)
    assert len({one.chunk_id for one in found}) == 3
    assert INDEX.search("delivery", limit=0) == []


def test_a_candidate_carries_what_is_shown() -> None:
    found = INDEX.search("descale with vinegar")[0]
    assert (found.source, found.title, found.kind, found.source_id) == (
        "faq.csv",
        "Guide › Descaling",
        "passage",
        1,
    )
    assert found.text.startswith("Descale the machine")
    assert found.word_score > 0


@pytest.mark.parametrize(
    "question",
    [
        "",
        " \n",
        "the of and is",
        "zzz qqq",
        "😀🎉",
        "هل يمكنني",
        "退货政策是什么",
        "\x00",
        "\ud800",
        "?" * 8000,
    ],
)
def test_a_question_with_no_known_word_finds_nothing(question: str) -> None:
    assert INDEX.search(question) == []


def test_eight_thousand_characters_are_a_question_too() -> None:
    assert best("delivery " + "unknownword " * 650)[1] < 0.6
    assert best("how long does delivery take " * 300)[0] == 1


@pytest.mark.parametrize("entries", [[], [entry(1, "", "")], [entry(1, "", "the of", "and?")]], ids=len)
def test_a_knowledge_without_words_finds_nothing(entries: list[Entry]) -> None:
    assert build_index(entries).search("how long does delivery take") == []


@pytest.mark.parametrize(
    ("language", "variant", "question"),
    [
        ("de", "Wie lange dauert die Lieferung?", "wann kommt meine Lieferung, wie lange dauert es"),
        ("ar", "كم تستغرق مدة التوصيل؟", "مدة التوصيل"),
        ("zh", "退货政策是什么？", "你们的退货政策"),
        ("th", "จัดส่งนานเท่าไหร่", "จัดส่งนานไหม"),
    ],
)
def test_other_languages_and_scripts_are_searched(language: str, variant: str, question: str) -> None:
    index = build_index(
        [entry(1, "", "", variant), entry(2, "", "", "Ganz anderes 完全不同")], language=language
    )
    assert best(question, index)[0] == 1


@settings(max_examples=150, deadline=None)
@given(
    st.text(st.characters(), max_size=200)
    | st.lists(st.sampled_from(["how", "long", "delivery", "take", "退", "é", "the"])).map(" ".join)
)
def test_any_question_has_an_ordered_answer_between_nought_and_one(question: str) -> None:
    found = INDEX.search(question)
    assert all(0 < one.confidence <= 1 for one in found)
    assert [one.confidence for one in found] == sorted((one.confidence for one in found), reverse=True)


TEXT = st.text(st.sampled_from("ab 退'é\x00 😀"), max_size=20)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(TEXT, TEXT, st.lists(TEXT, max_size=4)), max_size=8), TEXT)
def test_any_knowledge_can_be_indexed_and_asked(
    rows: list[tuple[str, str, list[str]]], question: str
) -> None:
    index = build_index([entry(at, title, text, *asked) for at, (title, text, asked) in enumerate(rows)])
    assert all(0 < one.confidence <= 1 for one in index.search(question, limit=20))


def test_a_chunk_that_somebody_chose_is_found_by_its_id_and_certain() -> None:
    found = INDEX.find(3)
    assert found is not None
    assert (found.title, found.text, found.confidence) == ("Payment", "Cards and PayPal.", 1.0)
    assert INDEX.find(99) is None
    assert INDEX.find(2**70) is None


def test_a_candidate_names_the_address_of_its_source() -> None:
    page = Entry(9, 2, "Tea", "Tea", "Green tea.", "passage", (), "https://shop.test/tea")
    assert build_index([page]).search("tea")[0].url == "https://shop.test/tea"


# What a scorer is given ----------------------------------------------------------------------------------------------
def test_evidence_is_what_the_search_sorts_by() -> None:
    for question in ("how long is delivery", "paying by card zebra", "Who are you?", "", "zebra"):
        shares = INDEX.find_shares(question)
        found = dict(zip(shares.entries, shares.shares, strict=True))
        expected = [INDEX.texts.find_entry(one.chunk_id) for one in INDEX.search(question)]
        assert sorted(found, key=lambda entry: -found[entry])[: len(expected)] == expected
    assert INDEX.find_shares("Who are you?").verbatim == (3,)
    assert INDEX.find_shares("zebra").unknown == 1.0
    assert INDEX.find_shares("how long does delivery take").unknown == 0.0
    assert 0 < INDEX.find_shares("delivery zebra").unknown < 1


@pytest.mark.parametrize("few_hits", [300, 0], ids=["few", "many"])
def test_a_variant_can_count_as_not_there(few_hits: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """An entry is as likely to itself as if it had been written without that variant."""
    monkeypatch.setattr("chatbots.retrieval.postings.FEW_HITS", few_hits)
    whole = INDEX.find_shares("Can I send something back?")
    without = INDEX.find_shares("Can I send something back?", without=2)
    assert whole.verbatim == (1,)
    assert without.verbatim == ()
    shares = [dict(zip(one.entries, one.shares, strict=True)).get(1, 0.0) for one in (whole, without)]
    assert shares[0] == 1.0
    assert shares[1] < 0.5
    twice = build_index([entry(1, "", "", "green tea", "green tea"), entry(2, "", "", "black coffee")])
    left = twice.find_shares("green tea", without=0)
    assert left.verbatim == (0,)
    alone = build_index([entry(1, "", "", "green tea"), entry(2, "", "", "black coffee")])
    nothing = alone.find_shares("green tea", without=0)
    assert dict(zip(nothing.entries, nothing.shares, strict=True)).get(0, 0.0) < 1.0
