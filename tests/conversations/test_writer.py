"""The writer's queue: what is refused, what waits, and what recovers."""

import asyncio
import threading
import time
import uuid

import pytest
from asgiref.sync import sync_to_async
from django.db import connection, transaction

from conversations.actions import post_message as posting
from conversations.actions.post_message import get_writer, post_message, post_messages_in_transaction
from conversations.models import Conversation, Message, Turn
from conversations.writer.items import FinishTurn, NewMessage, OpenConversation
from conversations.writer.queue import WriterQueue
from core.errors import Conflict, Invalid, NotFound, Unavailable
from handoff.actions.lock import change_owner, lock_conversation
from tests.cast import make_cast, make_visitor

pytestmark = pytest.mark.django_db(transaction=True)
postgres_only = pytest.mark.skipif(
    "connection.vendor != 'postgresql'", reason="SQLite has one lock for everything, and no back ends to end"
)


@pytest.fixture
async def visitor():
    cast = await sync_to_async(make_cast)()
    return await sync_to_async(make_visitor)(cast.acme.bot)


def message(visitor, **fields) -> NewMessage:
    """A visitor's message; opens a conversation unless `conversation_id` is given."""
    if "conversation_id" not in fields:
        fields["opens"] = OpenConversation(
            uuid.uuid4(), visitor.chatbot_id, visitor.pk, None, "live", "widget"
        )
    given = {
        "text": "Hello",
        "client_id": uuid.uuid4(),
        "bearer": visitor.bearer,
        "visitor_id": visitor.pk,
        **fields,
    }
    return NewMessage(organisation_id=visitor.organisation_id, sender="visitor", **given)


async def read_seqs(conversation_id) -> list[int]:
    rows = Message.objects.filter(conversation_id=conversation_id).order_by("seq")
    return await sync_to_async(lambda: list(rows.values_list("seq", flat=True)))()


async def test_messages_are_numbered_from_one_without_gaps_under_load(visitor):
    first = await post_message(message(visitor))
    key = first.conversation_id
    written = await asyncio.gather(*(post_message(message(visitor, conversation_id=key)) for _ in range(200)))
    assert sorted(one.seq for one in written) == list(range(2, 202))
    assert await read_seqs(key) == list(range(1, 202))
    conversation = await sync_to_async(Conversation.objects.get)(pk=key)
    assert conversation.last_seq == 201


async def test_an_acknowledgement_means_that_it_is_committed(visitor):
    written = await post_message(message(visitor))
    other = threading.Thread(target=lambda: found.append(_count_in_another_connection(written)))
    found: list[int] = []
    other.start()
    await asyncio.get_running_loop().run_in_executor(None, other.join)
    assert found == [1]


def _count_in_another_connection(written) -> int:
    try:
        return Message.objects.filter(pk=written.message_id).count()
    finally:
        connection.close()


async def test_the_same_client_id_with_another_text_gets_the_first_number(visitor):
    client_id = uuid.uuid4()
    first = await post_message(message(visitor, client_id=client_id))
    again = await post_message(message(visitor, client_id=client_id, text="Something else"))
    assert (again.conversation_id, again.seq, again.duplicate) == (first.conversation_id, 1, True)
    stored = await sync_to_async(Message.objects.get)(client_id=client_id)
    assert stored.text == "Hello"


async def test_the_same_client_id_of_another_bearer_is_another_message(visitor):
    client_id = uuid.uuid4()
    stranger = await sync_to_async(lambda: make_visitor(visitor.chatbot))()
    first = await post_message(message(visitor, client_id=client_id))
    second = await post_message(message(stranger, client_id=client_id))
    assert first.conversation_id != second.conversation_id


async def test_a_foreign_conversation_is_not_found_and_nothing_is_stored(visitor):
    stranger = await sync_to_async(lambda: make_visitor(visitor.chatbot))()
    key = (await post_message(message(visitor))).conversation_id
    with pytest.raises(NotFound):
        await post_message(message(stranger, conversation_id=key))
    assert await read_seqs(key) == [1]


async def test_another_organisations_conversation_is_not_found(visitor):
    key = (await post_message(message(visitor))).conversation_id
    item = message(visitor, conversation_id=key)
    item.organisation_id += 1
    with pytest.raises(NotFound):
        await post_message(item)


async def test_a_bad_row_is_refused_alone_and_its_neighbours_are_stored(visitor):
    key = (await post_message(message(visitor))).conversation_id
    bad = message(visitor, conversation_id=key, sender_name="\ud800")
    items = [message(visitor, conversation_id=key) for _ in range(10)]
    items.insert(5, bad)
    results = await asyncio.gather(*(post_message(item) for item in items), return_exceptions=True)
    assert [type(result) for result in results if isinstance(result, Exception)] == [Invalid]
    assert isinstance(results[5], Invalid)
    assert await read_seqs(key) == list(range(1, 12))


async def test_a_visitor_who_is_gone_is_refused_at_commit_and_alone(visitor):
    """Foreign keys fail at COMMIT."""
    ghost = message(visitor)
    ghost.opens = OpenConversation(uuid.uuid4(), visitor.chatbot_id, uuid.uuid4(), None, "live", "widget")
    ghost.visitor_id = None
    results = await asyncio.gather(
        post_message(message(visitor)),
        post_message(ghost),
        post_message(message(visitor)),
        return_exceptions=True,
    )
    assert [isinstance(result, Exception) for result in results] == [False, True, False]
    assert isinstance(results[1], Invalid)
    assert await sync_to_async(Conversation.objects.count)() == 2


async def test_a_full_queue_answers_unavailable_with_a_time(visitor, settings):
    settings.WRITER_QUEUE_ROWS = 3
    writer = get_writer()
    futures = [writer.submit(message(visitor)) for _ in range(3)]
    with pytest.raises(Unavailable) as refused:
        writer.submit(message(visitor))
    assert refused.value.retry_after_s
    await asyncio.gather(*futures)


async def test_a_reply_under_an_old_owner_version_is_refused_and_its_turn_cancelled(visitor):
    turn_id = uuid.uuid4()
    posted = await post_message(message(visitor, starts_turn=turn_id))
    assert posted.turn_id == turn_id
    await sync_to_async(_take_over)(posted.conversation_id)
    reply = NewMessage(
        organisation_id=visitor.organisation_id,
        conversation_id=posted.conversation_id,
        sender="bot",
        text="Too late",
        turn_id=turn_id,
        owner_version=0,
        finishes=FinishTurn(turn_id, "complete", "answered", {}),
    )
    with pytest.raises(Conflict):
        await post_message(reply)
    turn = await sync_to_async(Turn.objects.get)(pk=turn_id)
    assert (turn.state, turn.outcome) == ("cancelled", "cancelled")
    assert not await sync_to_async(Message.objects.filter(sender="bot").exists)()


def _take_over(conversation_id) -> None:
    with transaction.atomic():
        change_owner(lock_conversation(conversation_id), state="agent", agent_id=None)


async def test_two_replies_to_one_turn_store_one(visitor):
    turn_id = uuid.uuid4()
    posted = await post_message(message(visitor, starts_turn=turn_id))
    replies = [
        NewMessage(
            organisation_id=visitor.organisation_id,
            conversation_id=posted.conversation_id,
            sender="bot",
            text=f"Reply {number}",
            turn_id=turn_id,
            owner_version=0,
            finishes=FinishTurn(turn_id, "complete", "answered", {}),
        )
        for number in range(2)
    ]
    results = await asyncio.gather(*(post_message(reply) for reply in replies), return_exceptions=True)
    assert sorted(isinstance(result, Conflict) for result in results) == [False, True]


async def test_a_flood_of_one_tenant_delays_another_by_two_flushes(visitor, monkeypatch):
    rival = await sync_to_async(lambda: make_visitor(_rival_bot()))()
    flushes: list[int] = []
    commit = WriterQueue._commit

    def count(self, items, **options):
        flushes.append(len(items))
        return commit(self, items, **options)

    monkeypatch.setattr(WriterQueue, "_commit", count)
    key = (await post_message(message(visitor))).conversation_id
    flood = [
        asyncio.ensure_future(post_message(message(visitor, conversation_id=key))) for _ in range(10_000)
    ]
    await flood[600]
    before = len(flushes)
    await post_message(message(rival))
    assert len(flushes) - before <= 2, "the one that was under way, and the next"
    left = sum(not task.done() for task in flood)
    await asyncio.gather(*flood)
    assert left > 8_000, "the other tenant waited for most of the flood"


def _rival_bot():
    from chatbots.models import Chatbot

    return Chatbot.objects.get(slug="rival-shop")


async def test_the_direct_door_is_undone_with_its_transaction_and_announces_nothing(visitor, monkeypatch):
    published: list[object] = []
    monkeypatch.setattr("conversations.delivery.publish", lambda *event: published.append(event))

    def write_and_fail() -> None:
        with transaction.atomic():
            post_messages_in_transaction(message(visitor))
            raise RuntimeError("the caller changed its mind")

    with pytest.raises(RuntimeError):
        await sync_to_async(write_and_fail)()
    assert await sync_to_async(Message.objects.count)() == 0
    assert published == []


async def test_a_closing_writer_stores_what_waits(visitor):
    futures = [get_writer().submit(message(visitor)) for _ in range(20)]
    await asyncio.get_running_loop().run_in_executor(None, posting.close_writer)
    await asyncio.gather(*futures)
    assert await sync_to_async(Message.objects.count)() == 20


def hold_row(conversation_id, held: threading.Event, release: threading.Event) -> None:
    """A foreign transaction that keeps one conversation locked."""
    try:
        with transaction.atomic():
            lock_conversation(conversation_id)
            held.set()
            release.wait(20)
    finally:
        connection.close()


@postgres_only
async def test_a_conversation_locked_elsewhere_delays_nobody_else(visitor):
    stuck = (await post_message(message(visitor))).conversation_id
    free = (await post_message(message(visitor))).conversation_id
    held, release = threading.Event(), threading.Event()
    holder = threading.Thread(target=hold_row, args=(stuck, held, release))
    holder.start()
    try:
        await asyncio.get_running_loop().run_in_executor(None, held.wait)
        waiting = asyncio.ensure_future(post_message(message(visitor, conversation_id=stuck)))
        behind = asyncio.ensure_future(post_message(message(visitor, conversation_id=stuck)))
        started = time.monotonic()
        for _ in range(20):
            await post_message(message(visitor, conversation_id=free))
        spent = time.monotonic() - started
        assert not waiting.done()
        assert spent < 5, "twenty messages of another conversation waited for a lock that was none of theirs"
    finally:
        release.set()
        await asyncio.get_running_loop().run_in_executor(None, holder.join)
    assert [(await waiting).seq, (await behind).seq] == [2, 3]


@postgres_only
async def test_a_back_end_that_is_ended_answers_unavailable_at_worst_and_the_writer_recovers(visitor):
    client_ids = [uuid.uuid4() for _ in range(60)]
    key = (await post_message(message(visitor))).conversation_id

    async def send(client_id) -> int:
        while True:
            try:
                return (await post_message(message(visitor, conversation_id=key, client_id=client_id))).seq
            except Unavailable:
                await asyncio.sleep(0)

    tasks = [asyncio.ensure_future(send(client_id)) for client_id in client_ids]
    for _ in range(3):
        await sync_to_async(_end_other_back_ends)()
    seqs = await asyncio.gather(*tasks)
    assert sorted(seqs) == list(range(2, 62))
    assert await read_seqs(key) == list(range(1, 62))


def _end_other_back_ends() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
