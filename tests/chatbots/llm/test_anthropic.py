"""Answers from Anthropic's Messages API, against a stand-in that speaks its documented stream."""

import asyncio
import time
from contextlib import aclosing

import pytest

from chatbots.llm.base import Access, Offer, ProviderFailed, Usage, stream_answer
from tests.chatbots.generations import make_generation
from tests.provider import (
    BROKEN,
    GARBAGE,
    MODEL,
    OVERLOADED,
    TOO_MANY,
    Cut,
    Ends,
    Gate,
    Pause,
    Raw,
    Refusal,
    Script,
    Stall,
)  # fmt: skip
from tests.service_process import find_free_port


@pytest.fixture
def ask_anthropic(ask):
    async def ask_anthropic(**changes):
        return await ask(provider="anthropic", **changes)

    return ask_anthropic


def make_question(**changes):
    return make_generation(provider="anthropic", **changes)


async def test_an_answer_streams_and_tells_of_its_tokens_before_and_after(provider, closing_clients):
    gate = Gate()
    provider.play(Script("The fish ", gate, "is 9 euros.", tokens_in=31, tokens_out=7))
    async with aclosing(stream_answer(make_question())) as pieces:
        assert await anext(pieces) == Usage(31, None)
        assert await anext(pieces) == "The fish "
        gate.open()
        assert [piece async for piece in pieces] == ["is 9 euros.", Usage(31, 7)]


async def test_the_request_is_what_the_api_takes(provider, closing_clients):
    turns = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello"}]
    turns.append({"role": "user", "content": "?"})
    [piece async for piece in stream_answer(make_question(messages=turns, max_tokens=77))]
    request = provider.answers[0]
    assert request.path == "/v1/messages"
    assert request.body == {
        "model": MODEL, "system": "Be brief.", "messages": turns, "max_tokens": 77, "stream": True,
    }  # fmt: skip
    assert provider.key in (request.headers.get("x-api-key"), request.headers["authorization"].split()[-1])
    assert request.headers["anthropic-version"]


@pytest.mark.parametrize("how", ["aclose", "cancel"])
async def test_giving_up_in_the_middle_closes_the_connection_at_once(provider, closing_clients, how):
    gate = Gate()
    provider.play(Script("One", gate, Stall()))
    pieces = stream_answer(make_question())
    assert [await anext(pieces), await anext(pieces)][1] == "One"
    task = asyncio.ensure_future(anext(pieces, None))
    await gate.wait_reached_async()
    given_up = time.monotonic()
    task.cancel()
    if how == "aclose":
        await asyncio.wait([task])
        await pieces.aclose()
    assert await asyncio.to_thread(provider.answers[0].wait_closed) - given_up < 1


@pytest.mark.parametrize(
    "trouble",
    [TOO_MANY, BROKEN, Refusal(529), Script(Cut()), Script(OVERLOADED), Script(Ends())],
    ids=["too many", "broken", "overloaded", "cut", "overloaded in the stream", "an early end"],
)
async def test_trouble_before_the_first_piece_is_tried_again(provider, closing_clients, trouble):
    provider.play(trouble, Script("There ", "it is."))
    pieces = [piece async for piece in stream_answer(make_question())]
    assert "".join(piece for piece in pieces if isinstance(piece, str)) == "There it is."
    assert len(provider.answers) == 2


async def test_what_the_provider_says_about_waiting_is_heeded(provider, closing_clients):
    provider.play(Refusal(429, retry_after=0.4), Script("Now."))
    [piece async for piece in stream_answer(make_question())]
    first, second = provider.answers
    assert second.asked_at - first.asked_at >= 0.4


@pytest.mark.parametrize(
    ("refusal", "word"),
    [
        (Refusal(401), "ANTHROPIC_API_KEY"),
        (Refusal(403), "rights"),
        (Refusal(404), "no such model"),
        (Refusal(413), "too long"),
        (Refusal(400, "Your credit balance is too low to access the API."), "credit"),
        (Refusal(402), "credit"),
        (Refusal(200, whole_body=b"<html>Welcome to nginx</html>"), "ANTHROPIC_BASE_URL"),
        (Refusal(200, whole_body=b'{"models": []}'), "ANTHROPIC_BASE_URL"),
        (Refusal(302, headers={"location": "http://127.0.0.1:1/"}), "ANTHROPIC_BASE_URL"),
    ],
    ids=[
        "key",
        "forbidden",
        "no model",
        "too long",
        "no credit",
        "billing",
        "a page",
        "other JSON",
        "elsewhere",
    ],
)
async def test_what_another_try_cannot_mend_fails_at_once_with_a_hint(provider, ask_anthropic, refusal, word):
    provider.default = refusal
    with pytest.raises(ProviderFailed) as raised:
        await ask_anthropic()
    assert word in raised.value.hint
    assert len(provider.answers) == 1


async def test_an_overloaded_provider_is_named_as_such(provider, ask_anthropic):
    provider.default = Refusal(529)
    with pytest.raises(ProviderFailed) as raised:
        await ask_anthropic()
    assert "overloaded" in raised.value.hint
    assert len(provider.answers) == 3


@pytest.mark.parametrize(
    "end", [Cut(), GARBAGE, OVERLOADED, Ends(), Stall()], ids=["cut", "garbage", "error", "ends", "stall"]
)
async def test_a_break_in_the_middle_is_not_tried_again(provider, closing_clients, settings, end):
    settings.PROVIDER_TIMEOUT_SECONDS = 1.0
    provider.play(Script("The fish ", end))
    async with aclosing(stream_answer(make_question())) as pieces:
        assert [await anext(pieces), await anext(pieces)] == [Usage(40), "The fish "]
        with pytest.raises(ProviderFailed) as raised:
            await anext(pieces)
    assert raised.value.hint
    assert len(provider.answers) == 1


async def test_pings_are_no_sign_of_life(provider, ask_anthropic, settings):
    settings.PROVIDER_TIMEOUT_SECONDS = 0.6
    ping = Raw(b'event: ping\ndata: {"type": "ping"}\n\n')
    provider.play(Script("One ", *[step for _ in range(100) for step in (ping, Pause(0.05))], "two"))
    with pytest.raises(ProviderFailed) as raised:
        await ask_anthropic()
    assert "PROVIDER_TIMEOUT_SECONDS" in raised.value.hint


@pytest.mark.parametrize(("reason", "word"), [("content_filter", "filter"), ("stop", "nothing")])
async def test_an_answer_without_a_word_is_a_failure(provider, ask_anthropic, reason, word):
    provider.play(Script(finish_reason=reason))
    with pytest.raises(ProviderFailed) as raised:
        await ask_anthropic()
    assert word in raised.value.hint


async def test_an_answer_that_reached_its_limit_says_that_it_was_cut_short(provider, closing_clients):
    provider.play(Script("And so", finish_reason="length"))
    pieces = [piece async for piece in stream_answer(make_question())]
    assert pieces[-2] == " …"


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
async def test_an_accounts_address_and_key_are_used_and_named_in_hints(provider, closing_clients, kind):
    access = Access(base_url=provider.url, key="sk-of-the-account-only", account="shop")
    offer = Offer(name=f"shop/{MODEL}", provider=kind, model=MODEL, access=access)
    with pytest.raises(ProviderFailed) as raised:
        [piece async for piece in stream_answer(make_generation(provider=kind, offer=offer))]
    assert "key of the account “shop”" in raised.value.hint
    assert "of-the-account" not in repr(offer) + raised.value.hint + raised.value.detail
    assert "sk-of-the-account-only" in str(provider.answers[0].headers)


@pytest.mark.parametrize("kind", ["openai", "anthropic"])
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "2130706433"])
async def test_an_account_may_not_reach_into_the_servers_network(provider, closing_clients, kind, host):
    url = f"http://{host}:{provider.port}/v1"
    access = Access(base_url=url, key=provider.key, account="shop", may_be_private=False)
    offer = Offer(name=f"shop/{MODEL}", provider=kind, model=MODEL, access=access)
    with pytest.raises(ProviderFailed) as raised:
        [piece async for piece in stream_answer(make_generation(provider=kind, offer=offer))]
    assert "PROVIDERS_MAY_BE_PRIVATE" in raised.value.hint
    assert provider.requests == []
    assert not provider.connections


async def test_nobody_listening_fails_with_a_hint(provider, ask_anthropic, settings):
    settings.ANTHROPIC_BASE_URL = f"http://127.0.0.1:{find_free_port()}"
    with pytest.raises(ProviderFailed) as raised:
        await ask_anthropic()
    assert "ANTHROPIC_BASE_URL" in raised.value.hint
