"""Markdown and plain text: passages that can be understood alone, and nothing lost between them."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chatbots.knowledge.passages import LONGEST, TARGET
from core.errors import Invalid
from tests.chatbots.knowledge.reading import read

SENTENCE = "This sentence is long enough to stand for a paragraph of its own, more or less."


def titles(data: str) -> list[str]:
    return [piece.title for piece in read("markdown", data).pieces]


def test_a_passage_stands_under_the_path_of_its_headings() -> None:
    headings = ["# Guide", "## *Brewing* [V60](x) {#v60}", "Grinding\n---", "# End"]
    data = "\n".join(f"{heading}\n{SENTENCE}\n" for heading in headings)
    assert titles(data) == ["Guide", "Guide › Brewing V60", "Guide › Grinding", "End"]


def test_text_before_the_first_heading_has_no_title_of_its_own() -> None:
    assert titles(f"{SENTENCE}\n\n# One\n\n{SENTENCE}") == ["", "One"]


def test_a_hash_inside_code_is_no_heading() -> None:
    assert titles(f"# One\n\n{SENTENCE}\n\n```sh\n# comment\nls\n```\n") == ["One"]


def test_long_sections_are_cut_between_paragraphs() -> None:
    pieces = read("markdown", "# One\n\n" + "\n\n".join([SENTENCE] * 60)).pieces
    assert len(pieces) > 2
    assert all(len(piece.text) <= TARGET for piece in pieces)
    assert all(paragraph == SENTENCE for piece in pieces for paragraph in piece.text.split("\n\n"))


def test_a_table_stays_whole_and_a_huge_one_is_cut_with_its_header() -> None:
    head = "| a | b |\n| --- | --- |"
    small = head + "\n" + "\n".join("| 1 | 2 |" for _ in range(150))
    assert [piece.text for piece in read("markdown", f"# T\n\n{small}").pieces] == [small]
    pieces = read("markdown", f"# T\n\n{head}\n" + "\n".join(f"| {row} | x |" for row in range(2000))).pieces
    assert len(pieces) > 1
    assert all(piece.text.startswith(head) and len(piece.text) <= LONGEST for piece in pieces)
    assert sum(piece.text.count("| x |") for piece in pieces) == 2000


def test_huge_code_is_cut_into_blocks_that_are_closed() -> None:
    pieces = read("markdown", "# C\n\n```py\n" + "x = 1\n" * 2000 + "```\n").pieces
    assert all(piece.text.startswith("```py\n") and piece.text.endswith("\n```") for piece in pieces)


def test_tiny_sections_join_their_neighbours() -> None:
    data = f"# Guide\n\nShort.\n\n## One\n\n{SENTENCE}\n\n## Two\n\nTiny.\n\n## Three\n\n{SENTENCE}"
    pieces = read("markdown", data).pieces
    assert [piece.title for piece in pieces] == ["Guide › One", "Guide › Three"]
    assert pieces[0].text == f"Short.\n\n{SENTENCE}\n\n**Two**\n\nTiny."


def test_front_matter_and_comments_are_left_out() -> None:
    assert (
        read("markdown", f"---\ntitle: x\n---\n# One\n<!-- secret -->\n\n{SENTENCE}").pieces[0].text
        == SENTENCE
    )


def test_a_paragraph_longer_than_a_passage_is_cut_after_sentences() -> None:
    pieces = read("text", " ".join([SENTENCE] * 60)).pieces
    assert all(piece.text.endswith(".") and len(piece.text) <= TARGET for piece in pieces)


@pytest.mark.parametrize(
    "text", ["x" * 10_000, "漢字。" * 3000, "word " * 3000], ids=["one word", "no spaces", "no stops"]
)
def test_text_without_places_to_cut_is_cut_all_the_same(text: str) -> None:
    for kind in ("text", "markdown"):
        pieces = read(kind, text).pieces
        assert all(len(piece.text) <= TARGET for piece in pieces)
        assert re.sub(r"\s", "", "".join(piece.text for piece in pieces)) == re.sub(r"\s", "", text)


@pytest.mark.parametrize("kind", ["markdown", "text"])
@pytest.mark.parametrize("data", [b"", b" \n\n ", b"\xef\xbb\xbf"])
def test_a_file_without_text_is_refused(kind: str, data: bytes) -> None:
    with pytest.raises(Invalid, match="no text"):
        read(kind, data)


def test_headings_alone_are_no_text() -> None:
    with pytest.raises(Invalid, match="no text"):
        read("markdown", "# One\n\n## Two\n")


@pytest.mark.parametrize("kind", ["markdown", "text"])
def test_control_characters_are_refused_with_their_line(kind: str) -> None:
    with pytest.raises(Invalid, match="Line 3 holds a NUL byte"):
        read(kind, "one\n\ntwo\x00")


WORDS = st.lists(
    st.sampled_from(["# one", "text", "- item", "> quote", "| a | b |", "```", "", "***", "1. x", "    code"])
)


@settings(max_examples=150, deadline=None)
@given(WORDS)
def test_any_markdown_keeps_its_words_in_passages_of_bounded_size(lines: list[str]) -> None:
    data = "intro words\n\n" + "\n".join(lines)
    pieces = read("markdown", data).pieces
    assert all(0 < len(piece.text) <= LONGEST + TARGET for piece in pieces)
    kept = " ".join(f"{piece.title} {piece.text}" for piece in pieces)
    assert kept.count("text") >= data.count("text")
