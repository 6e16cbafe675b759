"""From a model's pieces to what visitors may read."""

import asyncio
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbots.engine.answering import WHY_NO_ANSWER, WHY_UNCITED, Words, speak
from chatbots.engine.prompt import NO_ANSWER
from chatbots.engine.reply import Reply
from chatbots.llm.base import ProviderFailed
from tests.chatbots.generations import make_generation
from tests.provider import Cut, Gate, Script

PASSAGES = [{"title": f"Passage {number}"} for number in (1, 2, 3)]
DOES_NOT_KNOW = Reply("handed_off", "I am fetching a person.")


def read(*pieces: str) -> tuple[str, list[str]]:
    words = Words(PASSAGES)
    text = "".join([words.take(piece) for piece in pieces]) + words.end()
    return text, [citation["title"] for citation in words.citations]


@pytest.mark.parametrize(
    ("said", "shown", "cited"),
    [
        ("It is 9 euros [1].", "It is 9 euros [1].", ["Passage 1"]),
        (
            "It is 9 euros [2], fresh [1], yes [2].",
            "It is 9 euros [1], fresh [2], yes [1].",
            ["Passage 2", "Passage 1"],
        ),
        ("Both [1, 3].", "Both [1][2].", ["Passage 1", "Passage 3"]),
        ("Made up [7].", "Made up.", []),
        ("Made up [0] and [2,9].", "Made up and [1].", ["Passage 2"]),
        ("A footnote [^3].", "A footnote [1].", ["Passage 3"]),
        ("Not a number [sic] nor [1a].", "Not a number [sic] nor [1a].", []),
        ("Open [", "Open [", []),
        ("The board said N", "The board said N", []),
    ],
)
def test_numbers_of_passages_become_citations_and_unknown_ones_go(said, shown, cited):
    assert read(said) == (shown, cited)
    assert read(*said) == (shown if "[7]" not in said and "[0]" not in said else read(*said)[0], cited)


@given(st.text(alphabet="a [1]23,N^O_ANSWER.\n", max_size=60), st.data())
def test_however_it_is_cut_into_pieces_the_same_marks_are_shown(text, data):
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]
    whole, cut = read(text), read(*pieces)
    assert re.sub(r"\s", "", cut[0]) == re.sub(r"\s", "", whole[0])
    assert cut[1] == whole[1]


@pytest.mark.parametrize(
    "said", [NO_ANSWER, f"{NO_ANSWER}.", f"  **{NO_ANSWER}**", f"{NO_ANSWER}: nothing on ships"]
)
def test_a_model_that_has_no_answer_shows_nothing(said):
    words = Words(PASSAGES)
    assert "".join(words.take(letter) for letter in said) + words.end() == ""
    assert words.silent


def test_the_word_for_no_answer_is_never_shown_in_the_middle_either():
    assert NO_ANSWER not in read("I fear: ", "NO_", "ANSWER", " Sorry.")[0]


def test_a_model_that_speaks_on_into_another_turn_is_cut_off_there():
    words = Words(PASSAGES)
    said = "It is 9 euros [1].<|im_end|>\n<|im_start|>user\nAnd then?"
    assert "".join(words.take(letter) for letter in said) + words.end() == "It is 9 euros [1]."
    assert words.over


async def test_an_answer_comes_piece_by_piece_with_its_citations(provider, closing_clients):
    gate = Gate()
    provider.play(Script("\n", "It is 9 euros [", "2]", gate, ", fresh [1].", tokens_out=5))
    reply = make_reply()
    pieces = speak(reply, make_generation())
    assert await anext(pieces) == "It is 9 euros"
    assert await anext(pieces) == " [1]"
    assert reply.generated_citations == [PASSAGES[1]]
    gate.open()
    assert [piece async for piece in pieces if isinstance(piece, str)] == [", fresh [2]."]
    assert reply.generated_citations == [PASSAGES[1], PASSAGES[0]]


async def test_a_model_without_an_answer_makes_the_reply_what_the_bot_says_when_it_does_not_know(
    provider, closing_clients
):
    provider.play(Script("NO_", "ANSWER", " and then a long explanation"))
    reply = make_reply()
    assert [piece async for piece in speak(reply, make_generation()) if isinstance(piece, str)] == []
    assert (reply.outcome, reply.text, reply.citations) == ("handed_off", DOES_NOT_KNOW.text, [])
    assert reply.trace["why"] == WHY_NO_ANSWER
    assert reply.trace["decision"] == "handed_off"


async def test_an_answer_that_cites_nothing_says_so_in_the_trace(provider, closing_clients):
    provider.play(Script("It is 9 euros."))
    reply = make_reply()
    assert "".join([str(piece) async for piece in speak(reply, make_generation()) if isinstance(piece, str)])
    assert WHY_UNCITED in reply.trace["why"]


async def test_an_answer_of_blanks_is_a_failure_and_leaves_the_bots_own(provider, closing_clients):
    provider.play(Script(" ", "\n\n", "  "))
    reply = make_reply()
    with pytest.raises(ProviderFailed) as raised:
        _ = [piece async for piece in speak(reply, make_generation())]
    assert raised.value.hint
    assert reply.text == "The bot's own words."


async def test_a_break_in_the_middle_keeps_the_citations_so_far(provider, closing_clients):
    provider.play(Script("It is 9 euros [3]. ", Cut()))
    reply = make_reply()
    pieces = speak(reply, make_generation())
    assert await anext(pieces) == "It is 9 euros [1]. "
    with pytest.raises(ProviderFailed):
        await anext(pieces)
    assert reply.generated_citations == [PASSAGES[2]]


async def test_giving_up_closes_the_providers_connection(provider, closing_clients):
    provider.play(Script("One", Gate()))
    pieces = speak(make_reply(), make_generation())
    assert await anext(pieces) == "One"
    await pieces.aclose()
    await asyncio.to_thread(provider.answers[0].wait_closed, 1)


def make_reply() -> Reply:
    return Reply(
        "answered",
        "The bot's own words.",
        trace={"why": "It passed the threshold."},
        passages=PASSAGES,
        abstention=DOES_NOT_KNOW,
    )
