"""Which reader takes a file: by what is in it, and the child process that reads what strangers made."""

import io
import os
import signal

import pytest
from pytest_django import Settings

from chatbots.knowledge.apart import ReadingProcess
from chatbots.knowledge.formats import choose_format
from chatbots.knowledge.pieces import Parsed
from core.errors import Invalid, TooLarge
from tests.chatbots.knowledge.printing import BODY, make_docx, make_pdf
from tests.chatbots.knowledge.reading import read

PDF = make_pdf([(BODY, "Some words of a printed page")])
HTML = b"\xef\xbb\xbf<!-- made by hand -->\n<!DOCTYPE html><html><body><p>Some words</p></body></html>"


def read_apart(process: ReadingProcess, name: str, data: bytes) -> Parsed:
    return process.read(name, data, on_progress=lambda share: None)


@pytest.mark.parametrize(
    ("name", "data", "chosen"),
    [
        ("a.pdf", PDF, "pdf"),
        ("a.txt", PDF, "pdf"),
        ("handbook", make_docx(), "docx"),
        ("a.md", HTML, "html"),
        ("a.pdf", HTML, "html"),
        ("a.docx", b"just words", "text"),
        ("a.html", b"just words", "html"),
        ("a.csv", b"title,question,answer", "csv"),
        ("a.pdf", b"\x00\x01\x02 noise", "pdf"),
    ],
)
def test_content_counts_more_than_the_name(name: str, data: bytes, chosen: str) -> None:
    assert choose_format(name, io.BytesIO(data)).name == chosen


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("page.html", b"\x89PNG\r\n\x1a\n" + bytes(50), "image/png"),
        ("a.docx", b"PK\x03\x04" + bytes(26) + b"evil.svg", "an archive"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + bytes(50), "Office"),
        (
            "logo.svg",
            b"<svg xmlns='http://www.w3.org/2000/svg'><script>x()</script></svg>",
            r"\.svg cannot be imported",
        ),
    ],
)
def test_what_cannot_be_read_is_named(name: str, data: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        choose_format(name, io.BytesIO(data))


def test_one_child_reads_many_documents_and_says_what_is_wrong_with_one(settings: Settings) -> None:
    with ReadingProcess() as process:
        assert read_apart(process, "pdf", PDF).pieces[0].text == "Some words of a printed page"
        first = process._child
        with pytest.raises(Invalid, match="damaged") as refused:
            read_apart(process, "docx", b"PK\x03\x04")
        assert "word processor" in refused.value.extra["hint"]
        assert read_apart(process, "html", HTML).pieces[0].text == "Some words"
        assert process._child is first


def test_a_child_that_dies_or_takes_too_long_is_an_error_and_the_next_document_is_read(
    settings: Settings,
) -> None:
    with ReadingProcess() as process:
        process._start()
        assert process._child is not None
        os.kill(process._child.pid, signal.SIGSTOP)
        settings.KNOWLEDGE_READ_SECONDS = 0.2
        with pytest.raises(TooLarge, match="longer than"):
            read_apart(process, "pdf", PDF)
        settings.KNOWLEDGE_READ_SECONDS = 60
        assert read_apart(process, "pdf", PDF).pieces
        settings.KNOWLEDGE_READ_MEMORY = 100 * 2**20
        process.close()
        with pytest.raises(TooLarge, match="memory"):
            read_apart(process, "html", b"<p>" + b"x" * 60 * 2**20)


def test_questions_not_to_answer_are_lines_or_a_column() -> None:
    for data in ("Who won?\n\nwho  won?\nTell me a joke\n", "id;question\n1;Who won?\n2;Tell me a joke\n"):
        pieces = read("out_of_scope", data).pieces
        assert [(piece.kind, piece.questions) for piece in pieces] == [
            ("out_of_scope", ("Who won?",)),
            ("out_of_scope", ("Tell me a joke",)),
        ]
    with pytest.raises(Invalid, match="no questions"):
        read("out_of_scope", "\n\n")
