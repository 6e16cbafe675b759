"""Cases from files and pasted text, and what is said about those that cannot be used."""

import io

import pytest

from chatbots.evaluation import cases as module
from chatbots.evaluation.cases import Case, make_cases, parse_cases, read_cases
from core.errors import Invalid, TooLarge


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_table_gives_a_case_per_row_wherever_its_columns_stand(separator: str) -> None:
    rows = [
        ["note", "Expect", "Question"],
        ["", "Returns", "Can I send it back?"],
        [""] * 3,
        ["x", "ABSTAIN", "Who are you?"],
    ]
    cases = parse_cases("\n".join(separator.join(row) for row in rows))
    assert cases == [Case("Can I send it back?", "Returns", 2), Case("Who are you?", "abstain", 4)]


@pytest.mark.parametrize(
    ("expect", "kind"),
    [
        ("Delivery time", "title"),
        ("abstain", "abstain"),
        ("Hand off", "hand_off"),
        ("handoff", "hand_off"),
        ("clarify", "clarify"),
        ("Text: 30 days", "text"),
    ],
)
def test_each_expectation_has_its_kind(expect: str, kind: str) -> None:
    assert make_cases([{"question": "Well?", "expect": expect}])[0].kind == kind


def test_a_wanted_text_is_kept_without_its_mark() -> None:
    assert parse_cases('question,expect\nHow long?,"text:  two, or three days "')[0].wanted_text == (
        "two, or three days"
    )


def test_json_is_a_list_or_an_object_with_one() -> None:
    rows = '[{"question": "How?", "expect": "Payment"}]'
    assert parse_cases(rows) == parse_cases(f'{{"cases": {rows}}}') == [Case("How?", "Payment", 1)]


def test_every_row_at_fault_is_named_with_what_to_do() -> None:
    with pytest.raises(Invalid) as caught:
        parse_cases("question,expect\n,Returns\nWhy?,\nonly one\nHow?,text:\nGood?,Returns\n")
    detail = caught.value.detail
    assert detail.startswith("4 rows cannot be used. Correct and send all again.")
    for words in (
        "Row 2: question is empty. Write a question.",
        "Row 3: expect is empty.",
        "Row 4: it has 1 cell",
        "Row 5: text: needs",
    ):
        assert words in detail


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There are no cases in it. The first row must name the columns"),
        ("question,expect\n", "There are no cases in it."),
        (
            "frage,antwort\nWas?,Das\n",
            "The columns question and expect cannot be found; it has frage and antwort.",
        ),
        ("question,answer\nWas?,Das\n", "The column expect cannot be found"),
        ('question,expect\n"Was?,Das\n', "is not valid CSV"),
        ("[1, 2", "not valid JSON: see line 1"),
        ('{"rows": []}', "Send a list of cases"),
        ("[3]", "Case 1: it is no object"),
        ('[{"question": 5, "expect": "x"}]', "Case 1: question is empty"),
        ('[{"question": "a\\u0000b", "expect": "x"}]', "holds a NUL byte"),
        ("[" * 100_000, "JSON"),
    ],
)
def test_what_is_no_list_of_cases_is_refused_in_words(text: str, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_cases(text)
    assert words in caught.value.detail


def test_a_question_may_span_lines_and_hold_separators() -> None:
    assert parse_cases('question,expect\n"One,\ntwo?",Returns')[0].question == "One,\ntwo?"


def test_a_file_is_read_with_its_byte_order_mark_and_refused_where_it_is_no_text() -> None:
    assert read_cases(io.BytesIO(b"\xef\xbb\xbfquestion,expect\nA?,b\n"))[0].question == "A?"
    with pytest.raises(Invalid, match="PDF"):
        read_cases(io.BytesIO(b"%PDF-1.7 nothing"))


def test_too_many_cases_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_CASES", 2)
    with pytest.raises(TooLarge):
        parse_cases("question,expect\na,b\na,b\na,b\n")
