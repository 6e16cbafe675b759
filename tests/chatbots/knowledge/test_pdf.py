"""PDF: headings, pages, mended hyphens, no headers and footers; and the files of which nothing can be had."""

import io
import zlib

import pytest

from chatbots.knowledge.pdf import read_pdf
from chatbots.knowledge.pieces import Parsed
from core.errors import Invalid, ParleyError
from tests.chatbots.knowledge.printing import BODY, HEADING, join_objects, lock_pdf, make_pdf

PROSE = "A bag that was wet shall dry slowly in the shade."
LONG = [(BODY, f"{PROSE} It is line {line} of the text.") for line in range(6)]


def read(data: bytes) -> Parsed:
    return read_pdf(io.BytesIO(data), lambda share: None)


def refuse(data: bytes) -> ParleyError:
    with pytest.raises(ParleyError) as refused:
        read(data)
    assert refused.value.extra["hint"]
    return refused.value


def test_headings_and_page_numbers_are_the_path() -> None:
    parsed = read(make_pdf([(HEADING, "Care"), *LONG, (16, "Rain"), *LONG], [(16, "Sun"), *LONG]))
    assert [piece.title for piece in parsed.pieces] == [
        "Care › page 1",
        "Care › Rain › page 1",
        "Care › Sun › page 2",
    ]
    assert parsed.pieces[0].text.startswith(PROSE)


def test_words_that_were_cut_at_the_end_of_a_line_are_whole_again() -> None:
    lines = [
        "The leather of the bag needs some atten-",
        "tion every autumn, and the E-",
        "Mail address of the well-known shop stays as it is.",
    ]
    text = read(make_pdf([(BODY, line) for line in lines])).pieces[0].text
    assert "some attention every autumn" in text
    assert "E- Mail" in text
    assert "well-known" in text


def test_what_stands_at_the_edge_of_every_page_is_left_out() -> None:
    pages = [
        [(BODY, "Bags Ltd. - Handbook"), (BODY, f"{PROSE} It is {word}."), (BODY, f"Page {n} of 4")]
        for n, word in enumerate(("brown", "black", "green", "red"), start=1)
    ]
    text = " ".join(piece.text for piece in read(make_pdf(*pages)).pieces)
    assert text.count(PROSE) == 4
    assert "Handbook" not in text
    assert "of 4" not in text


def test_a_page_without_text_among_others_is_named() -> None:
    assert read(make_pdf(LONG, [], LONG)).warnings == ["No text on page 2: pictures, or empty."]


def test_a_scanned_document_is_told_from_a_written_one() -> None:
    error = refuse(make_pdf([], [(BODY, "x")], []))
    assert "3 pages and no text" in error.detail
    assert "OCR" in error.extra["hint"]
    assert read(make_pdf([(BODY, "Just five words of text")])).pieces


def test_a_lock_without_a_password_opens_and_one_with_a_password_does_not() -> None:
    assert read(lock_pdf(make_pdf(LONG), "")).pieces
    assert "password" in refuse(lock_pdf(make_pdf(LONG), "secret")).detail


@pytest.mark.parametrize(
    "data",
    [b"%PDF-1.4\nnothing", make_pdf(LONG)[:300], b"%PDF-1.7\n" + b"\xff" * 5000],
    ids=["empty", "cut", "noise"],
)
def test_a_broken_file_is_an_error_with_a_hint(data: bytes) -> None:
    assert isinstance(refuse(data), Invalid)


def test_a_stream_that_unpacks_to_gigabytes_is_refused() -> None:
    bomb = zlib.compress(zlib.compress(b"\x00" * 100_000_000, 9), 9)
    stream = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>\nstream\n%s\nendstream" % (
        len(bomb),
        bomb,
    )
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 3 0 R /Resources << >> >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        stream,
        page,
    ]
    refuse(join_objects(objects))
