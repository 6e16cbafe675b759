"""The chat without a socket: who is not let in, what is not taken, and what nobody else notices."""

import asyncio
import json
import threading
import uuid
from typing import Any

import httpx
import pytest
from asgiref.sync import sync_to_async

from config.asgi import application
from conversations.listening import _listeners, end_listeners
from conversations.models import Message
from core.tokens import issue_signed_token
from tests.cast import issue_token, issue_visitor_token, make_cast, make_conversation, make_visitor
from tests.embed.polls import PATH, Poller, types_of

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def cast():
    return await sync_to_async(make_cast)()


@pytest.fixture
async def visitor(cast):
    return await sync_to_async(make_visitor)(cast.acme.bot)


@pytest.fixture
async def poller(visitor):
    async with Poller(issue_visitor_token(visitor)) as poller:
        yield poller


def code_of(response: httpx.Response) -> tuple[int, str]:
    """HTTP's status and the error's code; every refusal has the API's one shape."""
    error = response.json()["error"]
    assert {"code", "detail", "fields"} <= error.keys()
    assert error["detail"].endswith(".")
    return response.status_code, error["code"]


async def test_only_visitors_and_test_tokens_that_are_still_good_are_let_in(cast, visitor):
    bot, bearer = visitor.chatbot.public_id, str(visitor.pk)
    good = issue_visitor_token(visitor)
    refused = [
        "", "nonsense", good[:-4] + "AAAA", "x" * 5_000,
        await sync_to_async(issue_token)(cast.acme.owner),
        issue_signed_token(audience="visitor", bearer=bearer, seconds=-1, bot=bot),
        issue_signed_token(audience="refresh", bearer=bearer, seconds=60, bot=bot),
        issue_signed_token(audience="renewal", bearer=bearer, seconds=60, bot=bot),
        issue_signed_token(audience="test", bearer=bearer, seconds=60, bot=bot),
        issue_signed_token(audience="visitor", bearer=bearer, seconds=60, bot=cast.rival.bot.public_id),
        issue_signed_token(audience="visitor", bearer=str(uuid.uuid4()), seconds=60, bot=bot),
        issue_signed_token(audience="visitor", bearer="nobody", seconds=60, bot=bot),
    ]  # fmt: skip
    for token in refused:
        async with Poller(token) as stranger:
            for response in (await stranger.poll(), await stranger.say("Let me in")):
                assert code_of(response) == (401, "unauthorised"), token
                assert response.headers["WWW-Authenticate"] == "Bearer"
    assert await sync_to_async(Message.objects.count)() == 0


@pytest.mark.parametrize("who", ["a neighbour at the same bot", "rival's visitor"])
async def test_a_stranger_finds_in_anothers_conversation_what_is_in_none(cast, visitor, who):
    conversation = await sync_to_async(make_conversation)(visitor, "Secret", handoff=True)
    bot = cast.rival.bot if who == "rival's visitor" else cast.acme.bot
    stranger = await sync_to_async(make_visitor)(bot)
    client_id = str(uuid.uuid4())
    frames: list[dict[str, Any]] = [
        {"client_id": client_id, "text": "Let me in"},
        {"type": "session_sync"},
        {"type": "typing"},
        {"type": "read", "seq": 1},
        {"type": "request_agent"},
        {"type": "end"},
    ]
    before = await sync_to_async(Message.objects.count)()
    async with Poller(issue_visitor_token(stranger)) as poller:
        for frame in frames:
            theirs = await poller.post(**frame, session_id=str(conversation.pk))
            nothing = await poller.post(**frame, session_id=str(uuid.uuid4()))
            assert code_of(theirs) == (404, "not_found")
            assert theirs.content == nothing.content
        theirs = await poller.poll(session_id=str(conversation.pk), wait_s=5)
        nothing = await poller.poll(session_id=str(uuid.uuid4()), wait_s=5)
        assert code_of(theirs) == (404, "not_found")
        assert theirs.content == nothing.content
        pong = (await poller.post(type="ping", session_id=str(conversation.pk))).json()["frames"][0]
        assert pong["head_seq"] == 0
    assert await sync_to_async(Message.objects.count)() == before


BODIES: dict[str, tuple[bytes, tuple[int, str]]] = {
    "nothing": (b"", (400, "bad_frame")),
    "malformed": (b"{", (400, "bad_frame")),
    "no object": (b"[1]", (400, "bad_frame")),
    "no UTF-8": (b'{"text": "\xff"}', (400, "bad_frame")),
    "nested 10,000 deep": (b"[" * 10_000, (400, "bad_frame")),
    "type is no word": (b'{"type": 5}', (400, "bad_frame")),
    "unknown type": (b'{"type":"shutdown"}', (400, "unknown_type")),
    "forged internal type": (b'{"type":"conversation.message"}', (400, "unknown_type")),
    "agents' frame": (b'{"type":"accept","handoff_id":"x"}', (400, "unknown_type")),
    "empty object": (b"{}", (400, "invalid")),
    "no text": (b'{"client_id":"11111111-1111-4111-8111-111111111111"}', (400, "invalid")),
    "NUL": (b'{"client_id":"11111111-1111-4111-8111-111111111111","text":"a\\u0000b"}', (400, "invalid")),
    "surrogate": (b'{"client_id":"11111111-1111-4111-8111-111111111111","text":"\\ud800"}', (400, "invalid")),
    "over-long": (
        json.dumps({"client_id": str(uuid.uuid4()), "text": "x" * 8_001}).encode(),
        (400, "invalid"),
    ),
    "no such session": (b'{"type":"session_sync","session_id":"nonsense"}', (404, "not_found")),
    "too large": (b"x" * 70_000, (413, "too_large")),
}


@pytest.mark.parametrize("name", BODIES)
async def test_a_bad_body_is_refused_with_the_frames_own_code_and_the_next_is_taken(poller, name):
    body, expected = BODIES[name]
    assert code_of(await poller.client.post(PATH, content=body)) == expected
    assert (await poller.say("How can I pay?")).json()["seq"] == 1


async def test_a_huge_body_is_refused_before_it_has_come(poller):
    sent = 0

    async def pour():
        nonlocal sent
        while True:
            sent += 16_384
            yield b" " * 16_384

    assert code_of(await poller.client.post(PATH, content=pour())) == (413, "too_large")
    assert sent < 1_000_000


@pytest.mark.parametrize(
    "query",
    [
        {"wait_s": "nonsense"}, {"wait_s": "-1"}, {"wait_s": "26"}, {"wait_s": "nan"}, {"wait_s": "inf"},
        {"wait_s": "1e400"},
        {"after_seq": "x"}, {"after_seq": "-1"}, {"after_seq": "0.5"}, {"after_seq": "1e99"}, {"after_seq": "nan"},
    ],
    ids=str,
)  # fmt: skip
async def test_a_query_that_makes_no_sense_is_refused_at_once_and_names_its_field(poller, query):
    session = (await poller.say("How can I pay?")).json()["session_id"]
    response = await poller.poll(session_id=session, **query)
    assert code_of(response) == (400, "invalid")
    assert response.json()["error"]["fields"].keys() == query.keys()


@pytest.mark.parametrize(
    "version", ["x", "....", "1.2.3.4", "1.2.x.y:z:w", "9" * 5_000, "\x00", "1.2..a:1:" + "9" * 300]
)
async def test_a_version_that_no_answer_gave_out_is_answered_like_none(poller, version):
    session = (await poller.say("How can I pay?")).json()["session_id"]
    response = await poller.poll(session_id=session, version=version, wait_s=20)
    assert types_of(response)[0] == "session_synced"


@pytest.mark.parametrize(
    "origin", ["https://evil.test", "null", "http://127.0.0.1:8000.evil.test", "http://127.0.0.1"]
)
async def test_another_sites_page_may_not_ask(visitor, origin):
    async with Poller(issue_visitor_token(visitor), headers={"Origin": origin}) as poller:
        for response in (await poller.poll(), await poller.say("Let me in")):
            assert code_of(response) == (403, "forbidden")
            assert "access-control-allow-origin" not in response.headers
    async with Poller(issue_visitor_token(visitor), headers={"Origin": "http://127.0.0.1:8000"}) as poller:
        assert (await poller.poll()).status_code == 200


async def test_a_host_that_is_not_ours_is_refused(visitor):
    async with Poller(issue_visitor_token(visitor), headers={"Host": "evil.test", "Origin": "x"}) as poller:
        assert code_of(await poller.poll()) == (400, "invalid")


async def test_answers_carry_what_secures_them_and_are_kept_nowhere(poller):
    for response in (await poller.poll(), await poller.poll(session_id="nonsense")):
        assert response.headers["content-type"] == "application/json"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert "set-cookie" not in response.headers
    assert (await poller.poll()).headers["cache-control"] == "no-store"


async def test_other_methods_are_refused_in_the_usual_shape(poller):
    for method in ("PUT", "PATCH", "DELETE"):
        assert code_of(await poller.client.request(method, PATH))[0] == 405


async def test_a_flood_of_messages_is_limited_over_all_requests_with_a_time_to_wait(poller):
    answers = [await poller.say("How can I pay?") for _ in range(22)]
    assert answers[0].status_code == 200
    assert code_of(answers[-1]) == (429, "rate_limited")
    assert answers[-1].json()["error"]["retry_after_s"] > 0
    assert int(answers[-1].headers["Retry-After"]) > 0


async def test_waiting_costs_no_thread_and_whoever_leaves_is_forgotten(poller, monkeypatch):
    monkeypatch.setattr("embed.polling.waiting.POLLS_OF_VISITOR", 100)
    session = (await poller.say("Do you repair bicycles?")).json()["session_id"]
    first = await poller.poll(session_id=session)
    while types_of(first)[-1] != "complete":
        first = await poller.poll(session_id=session, version=first.json()["version"], wait_s=5)
    query = {
        "session_id": session, "version": first.json()["version"], "wait_s": 20,
        "after_seq": first.json()["frames"][0]["head_seq"],
    }  # fmt: skip
    threads = threading.active_count()
    leaving = [asyncio.create_task(leave_after_a_moment(poller, query)) for _ in range(3)]
    staying = [asyncio.create_task(poller.poll(**query)) for _ in range(30)]
    await asyncio.gather(*leaving)
    await until_listening(30)
    assert threading.active_count() <= threads + 4  # the database threads are few, and may only start now
    end_listeners()
    assert {answer.status_code for answer in await asyncio.gather(*staying)} == {200}
    assert not _listeners


async def until_listening(number: int) -> None:
    async with asyncio.timeout(5):
        while len(_listeners) != number:  # noqa: ASYNC110 - nothing tells of it
            await asyncio.sleep(0)


async def leave_after_a_moment(poller: Poller, query: dict[str, Any]) -> None:
    """As a closed tab does: the server is told that the caller is gone."""
    request = poller.client.build_request("GET", PATH, params=query)
    entered, gone = asyncio.Event(), asyncio.Event()
    events = iter([{"type": "http.request", "body": b"", "more_body": False}])

    async def receive():
        event = next(events, None)
        if event is None:
            entered.set()
            await gone.wait()
            return {"type": "http.disconnect"}
        return event

    async def send(event):
        raise AssertionError("an answer to nobody")

    scope = {
        "type": "http", "method": "GET", "path": PATH, "query_string": request.url.query, "scheme": "http",
        "headers": [(name.lower(), value) for name, value in request.headers.raw], "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 8000), "http_version": "1.1",
    }  # fmt: skip
    answering = asyncio.create_task(application(scope, receive, send))
    await entered.wait()
    gone.set()
    await answering
