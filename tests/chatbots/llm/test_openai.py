"""Answers from an OpenAI-compatible endpoint, against a stand-in that speaks the real wire format."""

import asyncio
import subprocess
import sys
import time
from contextlib import aclosing

import pytest

from chatbots.llm.base import ProviderFailed, Usage, close_providers, stream_answer
from tests.chatbots.generations import make_generation
from tests.provider import (
    BROKEN,
    GARBAGE,
    NO_QUOTA,
    TOO_MANY,
    TROUBLE,
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


async def test_an_answer_streams_piece_by_piece_and_ends_with_what_it_took(provider, closing_clients):
    gate = Gate()
    provider.play(Script("The fish ", gate, "is 9 euros.", tokens_in=31, tokens_out=7))
    async with aclosing(stream_answer(make_generation())) as pieces:
        assert await anext(pieces) == "The fish "
        assert gate.reached.is_set()
        gate.open()
        assert await anext(pieces) == "is 9 euros."
        assert await anext(pieces) == Usage(31, 7)
        assert await anext(pieces, "the end") == "the end"


async def test_the_request_carries_system_turns_limit_and_key(provider, ask):
    turns = [
        {"role": "user", "content": "Hi"},
        {"role": "assistant", "content": "Hello"},
        {"role": "user", "content": "?"},
    ]
    await ask(messages=turns, max_tokens=77)
    request = provider.answers[0]
    assert request.messages == [{"role": "system", "content": "Be brief."}, *turns]
    assert request.body["max_tokens"] == 77
    assert request.body["stream_options"] == {"include_usage": True}
    assert request.headers["authorization"] == f"Bearer {provider.key}"


async def test_answers_of_one_loop_share_a_connection(provider, ask):
    await ask()
    await ask()
    assert len(provider.connections) == 1


async def test_closing_the_providers_closes_their_connections(provider, ask):
    await ask()
    await close_providers()
    await asyncio.to_thread(provider.answers[0].wait_closed)
    assert not provider.connections


@pytest.mark.parametrize("how", ["aclose", "cancel"])
async def test_giving_up_in_the_middle_closes_the_connection_at_once(provider, closing_clients, how):
    gate = Gate()
    provider.play(Script("One", gate, Stall()))
    if how == "aclose":
        pieces = stream_answer(make_generation())
        assert await anext(pieces) == "One"
        given_up = time.monotonic()
        await pieces.aclose()
    else:
        task = asyncio.create_task(_read_all())
        await gate.wait_reached_async()
        given_up = time.monotonic()
        task.cancel()
    assert await asyncio.to_thread(provider.answers[0].wait_closed) - given_up < 1
    assert provider.answers[0].finished_at is None


async def test_giving_up_before_the_headers_closes_the_connection_at_once(provider, closing_clients):
    gate = Gate()
    provider.play(Script("late", hang=gate))
    task = asyncio.create_task(_read_all())
    await gate.wait_reached_async()
    given_up = time.monotonic()
    task.cancel()
    assert await asyncio.to_thread(provider.answers[0].wait_closed) - given_up < 1


@pytest.mark.parametrize(
    "trouble",
    [TOO_MANY, BROKEN, Refusal(503), Script(Cut()), Script(TROUBLE), Script(Ends())],
    ids=["too many", "broken", "unavailable", "cut", "trouble in the stream", "an early end"],
)
async def test_trouble_before_the_first_piece_is_tried_again(provider, ask, trouble):
    provider.play(trouble, Script("There ", "it is."))
    assert (await ask())[0] == "There it is."
    assert len(provider.answers) == 2


async def test_a_provider_that_stays_broken_is_asked_three_times(provider, ask):
    provider.default = BROKEN
    with pytest.raises(ProviderFailed) as raised:
        await ask()
    assert "500" in raised.value.detail
    assert raised.value.hint
    assert len(provider.answers) == 3


async def test_what_the_provider_says_about_waiting_is_heeded(provider, ask):
    provider.play(Refusal(429, retry_after=0.4), Script("Now."))
    assert (await ask())[0] == "Now."
    first, second = provider.answers
    assert second.asked_at - first.asked_at >= 0.4


async def test_a_wait_beyond_the_time_limit_is_not_begun(provider, ask):
    provider.default = Refusal(429, retry_after=60)
    with pytest.raises(ProviderFailed) as raised:
        await ask()
    assert raised.value.retry_after_s == 60
    assert len(provider.answers) == 1


@pytest.mark.parametrize(
    ("refusal", "word"),
    [
        (NO_QUOTA, "credit"),
        (Refusal(400, code="context_length_exceeded"), "another model"),
        (Refusal(403), "rights"),
        (Refusal(413), "too long"),
        (Refusal(200, whole_body=b"<html>Welcome to nginx</html>"), "OPENAI_BASE_URL"),
        (Refusal(200, whole_body=b'{"status": "ok", "choices": 7}'), "OPENAI_BASE_URL"),
        (Refusal(301, headers={"location": "http://127.0.0.1:1/v1/chat/completions"}), "OPENAI_BASE_URL"),
    ],
    ids=["no quota", "too much", "forbidden", "too long", "a web page", "other JSON", "elsewhere"],
)
async def test_what_another_try_cannot_mend_fails_at_once_with_a_hint(provider, ask, refusal, word):
    provider.default = refusal
    with pytest.raises(ProviderFailed) as raised:
        await ask()
    assert word in raised.value.hint
    assert len(provider.answers) == 1


async def test_a_wrong_key_is_named_by_its_setting_and_never_shown(provider, ask, settings):
    settings.OPENAI_API_KEY = "sk-wrong-and-secret"
    with pytest.raises(ProviderFailed) as raised:
        await ask()
    assert "OPENAI_API_KEY" in raised.value.hint
    everything = repr(raised.value) + raised.value.detail + raised.value.hint + str(raised.value.extra)
    assert "secret" not in everything
    assert raised.value.__suppress_context__


async def test_a_model_that_does_not_exist_fails_with_a_hint(ask):
    with pytest.raises(ProviderFailed) as raised:
        await ask(model="gone")
    assert "no such model" in raised.value.hint


async def test_nobody_listening_fails_with_a_hint(ask, settings):
    settings.OPENAI_BASE_URL = f"http://127.0.0.1:{find_free_port()}/v1"
    with pytest.raises(ProviderFailed) as raised:
        await ask()
    assert "OPENAI_BASE_URL" in raised.value.hint


@pytest.mark.parametrize(
    "end", [Cut(), GARBAGE, TROUBLE, Ends(), Stall()], ids=lambda end: type(end).__name__
)
async def test_a_break_in_the_middle_is_not_tried_again(provider, closing_clients, settings, end):
    settings.PROVIDER_TIMEOUT_SECONDS = 1.0
    provider.play(Script("The fish ", end))
    async with aclosing(stream_answer(make_generation())) as pieces:
        assert await anext(pieces) == "The fish "
        with pytest.raises(ProviderFailed) as raised:
            await anext(pieces)
    assert raised.value.hint
    assert len(provider.answers) == 1


@pytest.mark.parametrize(
    "script", [Script(Stall()), Script("never", hang=Stall())], ids=["after headers", "before"]
)
async def test_silence_before_the_first_piece_ends_at_the_time_limit_and_closes(
    provider, ask, settings, script
):
    settings.PROVIDER_TIMEOUT_SECONDS = 0.6
    provider.default = script
    begun = time.monotonic()
    with pytest.raises(ProviderFailed) as raised:
        await ask()
    assert time.monotonic() - begun < 3
    assert "PROVIDER_TIMEOUT_SECONDS" in raised.value.hint
    await asyncio.to_thread(provider.answers[0].wait_closed)
    assert len(provider.answers) == 1


async def test_comments_that_keep_the_connection_open_are_no_sign_of_life(provider, ask, settings):
    settings.PROVIDER_TIMEOUT_SECONDS = 0.6
    comments = [step for _ in range(200) for step in (Raw(b": keep-alive\n\n"), Pause(0.05))]
    provider.play(Script("One ", *comments, "two"))
    with pytest.raises(ProviderFailed):
        await ask()


async def test_an_answer_may_take_longer_than_the_limit_while_pieces_come(provider, ask, settings):
    settings.PROVIDER_TIMEOUT_SECONDS = 0.5
    provider.play(Script(*"abcdefgh", pace=0.1))
    assert (await ask())[0] == "abcdefgh"


async def test_an_answer_that_reached_its_limit_says_that_it_was_cut_short(provider, ask):
    provider.play(Script("And so", finish_reason="length"))
    assert (await ask())[0] == "And so …"


@pytest.mark.parametrize(("reason", "word"), [("content_filter", "filter"), ("stop", "nothing")])
async def test_an_answer_without_a_word_is_a_failure(provider, ask, reason, word):
    provider.play(Script(finish_reason=reason))
    with pytest.raises(ProviderFailed) as raised:
        await ask()
    assert word in raised.value.hint


async def test_what_no_database_stores_is_left_out(provider, ask):
    provider.play(Script("a\x00b", "\ud800c"))
    assert (await ask())[0] == "abc"


async def test_a_server_that_ignores_the_limit_is_not_listened_to_for_ever(provider, ask):
    provider.play(Script(*["x" * 1_000] * 100))
    text, _ = await ask()
    assert len(text) < 40_000
    await asyncio.to_thread(provider.answers[0].wait_closed)


def test_nobody_pays_for_the_library_before_a_model_is_asked():
    """It takes 22 MB and most of a second."""
    load = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings'; import config.asgi, chatbots.llm.choices;"
        "print([name for name in sys.modules if name.partition('.')[0] in ('openai', 'anthropic', 'httpx2', 'pydantic')])"
    )
    done = subprocess.run([sys.executable, "-c", load], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def _read_all() -> list[object]:
    return [piece async for piece in stream_answer(make_generation())]
