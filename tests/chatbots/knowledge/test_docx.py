"""DOCX: headings, lists and tables; archives that are something else."""

import io
import zipfile

import pytest

from chatbots.knowledge import docx
from chatbots.knowledge.docx import read_docx
from core.errors import Invalid, TooLarge
from tests.chatbots.knowledge.printing import make_docx


def make_zip(**files: bytes) -> io.BytesIO:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out


def read_titles_and_texts(opened: io.BytesIO) -> list[tuple[str, str]]:
    return [(piece.title, piece.text) for piece in read_docx(opened, lambda share: None).pieces]


def test_headings_lists_and_tables_are_kept() -> None:
    first, cleaning_and_prices = read_titles_and_texts(io.BytesIO(make_docx()))
    assert first == (
        "Care guide",
        "This is how a leather bag is kept for many years without much work at all.",
    )
    assert "- Brush it\n- Wipe it" in cleaning_and_prices[1]
    assert "| Part | Price |\n| --- | --- |\n| Strap | 12 \\| 14 |" in cleaning_and_prices[1]


@pytest.mark.parametrize(
    "opened",
    [io.BytesIO(b"PK\x03\x04nothing"), io.BytesIO(make_docx()[:2000]), make_zip(x=b"y")],
    ids=["no archive", "cut", "another archive"],
)
def test_what_is_no_word_document_is_an_error_with_a_hint(opened: io.BytesIO) -> None:
    with pytest.raises(Invalid) as refused:
        read_docx(opened, lambda share: None)
    assert refused.value.extra["hint"]


def test_an_archive_that_unpacks_to_too_much_is_refused_whatever_it_declares(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(docx, "MAX_UNPACKED", 1_000_000)
    bomb = make_zip(**{"word/document.xml": b" " * 5_000_000})
    with pytest.raises(TooLarge):
        read_docx(bomb, lambda share: None)
    lying = bytearray(bomb.getvalue())
    declared = (5_000_000).to_bytes(4, "little")
    while (at := lying.find(declared)) >= 0:
        lying[at : at + 4] = (1_000).to_bytes(4, "little")
    with pytest.raises(Invalid):
        read_docx(io.BytesIO(bytes(lying)), lambda share: None)
