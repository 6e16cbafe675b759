"""FAQ entries from JSON."""

import pytest

from core.errors import Invalid
from tests.chatbots.knowledge.reading import read, read_questions


def test_questions_may_be_one_or_many() -> None:
    first = '{"title": "A", "questions": ["one?", "two?"], "answer": "1"}'
    data = f'[{first}, {{"title": "B", "question": "three?", "answer": "2"}}]'
    assert read_questions("json", data) == {"A": ("one?", "two?"), "B": ("three?",)}


@pytest.mark.parametrize(
    ("data", "what"),
    [
        ("{", "not valid JSON"),
        ("[" * 100_000, "not valid JSON"),
        ("7", "must hold a list"),
        ("{}", "must hold a list"),
        ("[]", "no questions"),
        ("[1]", "Entry 1"),
        ('[{"title": "A", "questions": [], "answer": "1"}]', "Entry 1: question is empty"),
        ('[{"title": "A", "questions": [1], "answer": "1"}]', "must be texts"),
        ('[{"title": "A", "question": "a\\u0000b", "answer": "1"}]', "NUL"),
        (
            '[{"title": "A", "question": "a", "answer": "1"}, {"title": "A", "question": "b", "answer": "2"}]',
            "Entry 2",
        ),
        (b'[{"title": "\xff"}]', "UTF-8"),
    ],
)
def test_what_is_no_list_of_entries_is_refused_with_its_place(data: str | bytes, what: str) -> None:
    with pytest.raises(Invalid) as caught:
        read("json", data)
    assert what in caught.value.detail
