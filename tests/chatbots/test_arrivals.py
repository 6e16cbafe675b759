"""Visitors who connect: read together, each gets their own, and who is gone is refused at once."""

import asyncio
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.db import OperationalError

from chatbots import arrivals
from chatbots.actions.edit_bot import edit_bot
from chatbots.actions.publish_bot import publish_bot
from chatbots.models import Chatbot
from config.asgi import application
from conversations.models import Conversation, Visitor
from tests.cast import issue_visitor_token, make_cast, make_conversation, make_visitor
from tests.sockets import ChatSocket, RefusedError

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
async def cast():
    return await sync_to_async(make_cast)()


@pytest.fixture
async def visitor(cast):
    return await sync_to_async(make_visitor)(cast.acme.bot)


async def read_ready(token: str) -> dict:
    async with await ChatSocket.connect_inside(application, token=token) as socket:
        return await socket.expect("ready")


@pytest.fixture
def batches(monkeypatch) -> list[int]:
    """How many visitors each query was for."""
    sizes: list[int] = []
    read = arrivals.read_arrivals

    def count(ids):
        sizes.append(len(ids))
        return read(ids)

    monkeypatch.setattr(arrivals.arrivals, "read_many", count)
    return sizes


async def test_all_who_come_at_once_share_a_query_and_each_gets_their_own(cast, batches):
    bots = [cast.acme.bot, cast.rival.bot]
    visitors = [await sync_to_async(make_visitor)(bots[number % 2]) for number in range(12)]
    made = [await sync_to_async(make_conversation)(visitor, f"I am {visitor.pk}") for visitor in visitors]
    readies = await asyncio.gather(*(read_ready(issue_visitor_token(visitor)) for visitor in visitors))
    assert len(batches) <= 3
    assert sum(batches) == 12
    for visitor, conversation, ready in zip(visitors, made, readies, strict=True):
        assert ready["bot"]["slug"] == visitor.chatbot.slug
        assert [row["session_id"] for row in ready["sessions"]] == [str(conversation.pk)]
        assert ready["sessions"][0]["last_message"] == f"I am {visitor.pk}"


async def test_sessions_come_latest_first_at_most_twenty_with_what_is_unread(cast, visitor):
    for number in range(22):
        await sync_to_async(make_conversation)(visitor, f"message {number}")
    last = await sync_to_async(make_conversation)(visitor, "x" * 300, handoff=True)
    sessions = (await read_ready(issue_visitor_token(visitor)))["sessions"]
    assert len(sessions) == 20
    newest = sessions[0]
    assert (newest["session_id"], newest["state"], newest["head_seq"]) == (str(last.pk), "waiting", 2)
    assert newest["unread"] == 1  # the system row; what one wrote oneself is read
    assert [row["last_message"] for row in sessions[1:4]] == ["message 21", "message 20", "message 19"]
    stored = await sync_to_async(Conversation.objects.get)(pk=last.pk)
    assert newest["last_message_at"] == stored.last_message_at.isoformat()
    await sync_to_async(Conversation.objects.filter(pk=last.pk).update)(visitor_read_seq=2)
    sessions = (await read_ready(issue_visitor_token(visitor)))["sessions"]
    assert sessions[0]["unread"] == 0


async def test_a_long_last_message_is_cut(visitor):
    await sync_to_async(make_conversation)(visitor, "ä" * 300)
    sessions = (await read_ready(issue_visitor_token(visitor)))["sessions"]
    assert sessions[0]["last_message"] == "ä" * 200


async def test_who_is_deleted_or_whose_bot_is_unpublished_is_refused_at_once(cast, visitor):
    token = issue_visitor_token(visitor)
    await read_ready(token)
    bots = Chatbot.objects.filter(pk=cast.acme.bot.pk)
    published = cast.acme.bot.published_id
    await sync_to_async(bots.update)(published=None)
    with pytest.raises(RefusedError):
        await read_ready(token)
    await sync_to_async(bots.update)(published=published)
    await read_ready(token)
    await sync_to_async(Visitor.objects.filter(pk=visitor.pk).delete)()
    with pytest.raises(RefusedError):
        await read_ready(token)


async def test_what_is_published_is_what_the_next_one_sees(cast, visitor):
    token, bot = issue_visitor_token(visitor), cast.acme.bot
    first = await read_ready(token)

    def publish_another_greeting() -> None:
        edit_bot(chatbot=bot, changes={"greeting": "Something new!"})
        publish_bot(chatbot=bot, author=None)

    await sync_to_async(publish_another_greeting)()
    second = await read_ready(token)
    assert (first["bot"]["greeting"] == "Something new!", second["bot"]["greeting"]) == (
        False,
        "Something new!",
    )
    assert first["fingerprint"] != second["fingerprint"]


async def test_remembered_versions_are_few(cast, visitor, monkeypatch):
    monkeypatch.setattr(arrivals, "VERSIONS_KEPT", 1)
    other = await sync_to_async(make_visitor)(cast.rival.bot)
    for one in (visitor, other, visitor):
        await read_ready(issue_visitor_token(one))
        assert len(arrivals._looks) == 1


async def test_a_fault_is_everybodys_who_asked_and_nobody_elses(visitor, monkeypatch):
    def fail(ids):
        raise OperationalError("away")

    with monkeypatch.context() as broken:
        broken.setattr(arrivals.arrivals, "read_many", fail)
        asked = [arrivals.arrivals.read(visitor.pk) for _ in range(3)]
        answers = await asyncio.gather(*asked, return_exceptions=True)
        assert [type(answer) for answer in answers] == [OperationalError] * 3
    assert await find(visitor.pk) == visitor.pk
    assert await arrivals.arrivals.read(uuid.uuid4()) is None


async def test_who_gives_up_waiting_takes_nobody_along(visitor):
    leaving = asyncio.create_task(find(visitor.pk))
    staying = asyncio.create_task(find(visitor.pk))
    await asyncio.sleep(0)
    leaving.cancel()
    assert await staying == visitor.pk


async def find(visitor_id: uuid.UUID) -> uuid.UUID | None:
    arrival = await arrivals.arrivals.read(visitor_id)
    return arrival.visitor.pk if arrival else None
