"""The demo's own knowledge: it can be imported, says what it should, and the two shops never answer for each other."""

from functools import cache
from pathlib import Path

import pytest
from django.conf import settings

from chatbots.knowledge.formats import find_format
from chatbots.knowledge.pieces import Piece
from chatbots.retrieval.bm25 import DEFAULT_THRESHOLD, WordIndex, build_index
from chatbots.retrieval.texts import Entry
from operations.demo import SHOP_FILES

FOLDER = Path(settings.BASE_DIR) / "demo" / "knowledge"
SHOP = tuple(SHOP_FILES)
OTHER = ("other-shop.csv",)


@cache
def read_pieces(*files: str) -> list[Piece]:
    pieces: list[Piece] = []
    for name in files:
        with (FOLDER / name).open("rb") as opened:
            parsed = find_format(name).read(opened, lambda share: None)
        assert not parsed.warnings
        pieces += parsed.pieces
    return pieces


@cache
def index_of(*files: str) -> WordIndex:
    pieces = read_pieces(*files)
    return build_index(
        [Entry(at, 1, "demo", p.title, p.text, p.kind, p.questions) for at, p in enumerate(pieces)]
    )


def answer(index: WordIndex, question: str) -> str:
    found = index.search(question)
    return found[0].title if found and found[0].confidence >= DEFAULT_THRESHOLD else ""


@pytest.mark.parametrize(
    ("question", "title"),
    [
        ("How long does delivery take?", "Delivery time"),
        ("Which grinder do I need for espresso?", "Choosing a grinder"),
        ("Can I return opened coffee?", "Returning opened coffee"),
        ("do you have decaf coffee", "Decaf"),
        ("is the shop open on sundays?", "Opening hours and café"),
        ("what temperature should the water have", "Brewing guide › The basics › Water temperature"),
        ("my espresso tastes sour", "Brewing guide › When it does not taste right › Sour or thin coffee"),
        ("how do I descale the machine", "Brewing guide › Cleaning and descaling"),
        ("should I put coffee in the freezer", "Storing coffee › Fridge or freezer?"),
        ("what does E2 on the kettle mean", "Fern kettle: manual › Error messages"),
        ("what do you pay the growers", "Where our coffee grows › What we pay"),
        ("how many clicks on the Bramble for french press", "Grinder guide › Grind settings › Bramble"),
    ],
)
def test_the_shop_answers_what_its_pages_suggest_and_more(question: str, title: str) -> None:
    assert answer(index_of(*SHOP), question) == title


@pytest.mark.parametrize(
    "question",
    [
        "what is the capital of france",
        "who won the world cup",
        "do you sell tents",
        "book me a flight to rome",
        "tell me a joke",
    ],
)
def test_the_shop_does_not_answer_what_it_cannot_know(question: str) -> None:
    assert answer(index_of(*SHOP), question) == ""


def test_the_two_shops_know_nothing_of_each_other() -> None:
    shop, other = index_of(*SHOP), index_of(*OTHER)
    for question in ("which tent for a storm", "can you resole my boots", "sleeping bag for frost"):
        assert answer(other, question)
        assert answer(shop, question) == ""
    for question in ("do you have decaf", "grind size for espresso", "how do I make cold brew"):
        assert answer(shop, question)
        assert answer(other, question) == ""
    assert not {piece.text for piece in read_pieces(*SHOP)} & {piece.text for piece in read_pieces(*OTHER)}


@pytest.mark.parametrize("files", [SHOP, OTHER])
def test_every_variant_finds_its_own_entry(files: tuple[str, ...]) -> None:
    index = index_of(*files)
    for piece in read_pieces(*files):
        for question in piece.questions:
            assert answer(index, question) == piece.title
