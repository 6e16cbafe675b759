"""FAQ entries from CSV: what is read, and how every fault is named with its place."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Invalid, TooLarge
from tests.chatbots.knowledge.reading import read, read_questions

HEADER = "title,question,answer\n"


def refuse(data: bytes | str) -> str:
    with pytest.raises(Invalid) as caught:
        read("csv", data)
    return caught.value.detail


def test_rows_of_the_same_title_are_variants_of_one_entry() -> None:
    parsed = read(
        "csv", HEADER + "Hours,When are you open?,Daily.\nPay,Cards?,Yes.\nhours ,Open on Sunday?,Daily.\n"
    )
    assert [(piece.title, piece.questions, piece.text) for piece in parsed.pieces] == [
        ("Hours", ("When are you open?", "Open on Sunday?"), "Daily."),
        ("Pay", ("Cards?",), "Yes."),
    ]
    assert {piece.kind for piece in parsed.pieces} == {"faq"}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_what_spreadsheets_save_is_read(encoding: str, separator: str, end: str) -> None:
    lines = ["Title,Note,Question,Answer", "Öffnung,x,Wann habt ihr auf?,Täglich 😀", ""]
    data = end.join(lines).replace(",", separator).encode(encoding)
    assert read_questions("csv", data) == {"Öffnung": ("Wann habt ihr auf?",)}


def test_cells_may_hold_commas_quotes_and_lines() -> None:
    piece = read("csv", HEADER + 'T,"Say ""hi"", then?","One,\r\ntwo."\n').pieces[0]
    assert (piece.questions, piece.text) == (('Say "hi", then?',), "One,\ntwo.")


def test_a_formula_stays_a_text() -> None:
    assert read("csv", HEADER + "=1+1,@SUM(A1),+cmd|' /C calc'!A0\n").pieces[0].questions == ("@SUM(A1)",)


def test_missing_columns_are_named() -> None:
    detail = refuse("title,frage,antwort\na,b,c\n")
    assert "columns question and answer are missing" in detail
    assert "title, frage and antwort" in detail


def test_another_encoding_is_named_with_line_and_byte_and_what_to_do() -> None:
    detail = refuse((HEADER + "Öffnung,Wann?,Täglich\n").encode("latin-1"))
    assert "line 2" in detail
    assert "0xD6" in detail
    assert "byte 23" in detail
    assert "Save it as UTF-8" in detail


def test_a_bad_byte_far_into_the_file_is_found_too() -> None:
    good = "".join(f"t{number},question {number},a\n" for number in range(20_000))
    detail = refuse((HEADER + good).encode() + b"x,\xff,y\n")
    assert "line 20002" in detail


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"PK\x03\x04rest", "Office document"),
        (b"%PDF-1.7", "PDF"),
        ((HEADER + "a,b,c\n").encode("utf-16-le"), "without a byte order mark"),
        ((HEADER + "a,b,c\n").encode("utf-32"), "UTF-32"),
    ],
)
def test_files_of_another_kind_are_recognised(data: bytes, what: str) -> None:
    assert what in refuse(data)


def test_the_same_title_with_another_answer_names_both_rows() -> None:
    detail = refuse(HEADER + "A,one?,1\nB,two?,2\nA,three?,3\n")
    assert "Row 4" in detail
    assert "row 2" in detail


def test_the_same_question_under_two_titles_is_a_warning() -> None:
    parsed = read("csv", HEADER + "A,one?,1\nB, ONE?,2\n")
    assert len(parsed.pieces) == 2
    assert parsed.warnings == [
        "Row 3: “ONE?” stands under “A” too. The bot can only give one of the two answers."
    ]


def test_the_same_question_twice_under_one_title_is_one_variant() -> None:
    assert read_questions("csv", HEADER + "A,one?,1\nA,One?,1\n") == {"A": ("one?",)}


def test_empty_cells_are_named_and_empty_rows_passed_over() -> None:
    detail = refuse(HEADER + ",b,c\n\n , ,\nA,,\nA\n")
    assert "Row 2: title is empty." in detail
    assert "question and answer are empty" in detail
    assert "1 cells" in detail


def test_all_faults_are_counted_and_twenty_are_named() -> None:
    with pytest.raises(Invalid) as caught:
        read("csv", HEADER + ",b,c\n" * 1000)
    assert caught.value.extra["problem_count"] == 1000
    assert len(caught.value.extra["problems"]) == 20
    assert "980 more" in caught.value.detail


@pytest.mark.parametrize(("character", "name"), [("\x00", "NUL"), ("\x1b", "escape"), ("\x07", "U+0007")])
def test_control_characters_are_refused_with_their_place(character: str, name: str) -> None:
    detail = refuse(HEADER + f"A,ok?,fine\nB,wh{character}at?,fine\n")
    assert "Row 3" in detail
    assert name in detail
    assert "character 3" in detail


@pytest.mark.parametrize("data", ["", "\n", HEADER, "title,question,answer"])
def test_a_file_without_entries_is_refused(data: str) -> None:
    assert refuse(data)


def test_a_quotation_mark_too_many_is_named_with_its_line() -> None:
    assert "not valid CSV" in refuse(HEADER + 'A,"b,c\n')


def test_too_long_a_cell_is_refused() -> None:
    assert "2,001" in refuse(HEADER + f"A,{'x' * 2001},c\n")


def test_more_rows_than_allowed_are_refused(settings: object) -> None:
    settings.KNOWLEDGE_MAX_ROWS = 10  # type: ignore[attr-defined]
    read("csv", HEADER + "".join(f"t{number},q{number},a\n" for number in range(10)))
    with pytest.raises(TooLarge, match="more than 10 rows"):
        read("csv", HEADER + "".join(f"t{number},q{number},a\n" for number in range(11)))


CELL = st.text(
    st.characters(blacklist_categories=("Cs", "Cc"), blacklist_characters="\ufffe\uffff\ufeff"), min_size=1
)


@given(
    st.lists(
        st.tuples(CELL, CELL).filter(lambda row: row[0].strip() and row[1].strip()), min_size=1, max_size=12
    )
)
def test_whatever_a_csv_writer_wrote_is_read_back(rows: list[tuple[str, str]]) -> None:
    written = io.StringIO()
    writer = csv.writer(written)
    writer.writerow(["title", "question", "answer"])
    writer.writerows([f"t{number}", question, answer] for number, (question, answer) in enumerate(rows))
    pieces = read("csv", written.getvalue()).pieces
    assert [(piece.questions[0], piece.text) for piece in pieces] == [(q.strip(), a.strip()) for q, a in rows]


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused_with_a_sentence(data: bytes) -> None:
    for kind in ("csv", "json", "markdown", "text"):
        try:
            read(kind, data)
        except Invalid as error:
            assert error.detail  # noqa: PT017
