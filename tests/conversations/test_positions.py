"""How a socket follows a conversation when hints, acknowledgements and the log come in any order."""

import json
import uuid
from collections.abc import Coroutine
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from conversations.access import Head
from conversations.database import run_query
from conversations.models import Conversation
from conversations.positions import PositionsMixin
from tests.cast import make_cast, make_conversation, make_visitor

pytestmark = pytest.mark.django_db(transaction=True)


class Follower(PositionsMixin):
    """A socket without a connection: what it would send is in `sent`, what it would do later in `work`."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[dict[str, Any]] = []
        self.work: list[Coroutine[Any, Any, None]] = []

    def send_text(self, text: str) -> None:
        self.sent.append(json.loads(text))

    def spawn(self, work: Coroutine[Any, Any, None], frame: Any = None) -> None:
        self.work.append(work)

    def load_conversation(self, session: uuid.UUID) -> tuple[Conversation, dict[str, Any]]:
        return Conversation.objects.get(pk=session), {"type": "state"}

    async def do_work(self) -> None:
        while self.work:
            await self.work.pop(0)

    @property
    def seqs(self) -> list[int]:
        return [frame["message"]["seq"] for frame in self.sent if "message" in frame]


@pytest.fixture
async def conversation():
    def make() -> Conversation:
        return make_conversation(make_visitor(make_cast().acme.bot), "One", "Two", "Three", "Four")

    return await sync_to_async(make)()


def hint(conversation: Conversation, seq: int) -> dict[str, Any]:
    return {
        "type": "conversation.message",
        "session_id": str(conversation.pk),
        "seq": seq,
        "frame_type": "message",
        "message": json.dumps({"seq": seq}),
    }


def follow(conversation: Conversation, *, seq: int) -> Follower:
    follower = Follower()
    follower.track(conversation.pk, seq=seq, owner_version=0)
    return follower


async def test_hints_in_order_are_shown_at_once_without_reading_the_log(conversation):
    follower = follow(conversation, seq=2)
    for seq in (3, 4):
        follower.conversation_message(hint(conversation, seq))
    assert follower.seqs == [3, 4]
    assert follower.work == []


async def test_a_doubled_or_late_hint_is_dropped(conversation):
    follower = follow(conversation, seq=2)
    for seq in (3, 3, 2, 1, 4, 4):
        follower.conversation_message(hint(conversation, seq))
    assert follower.seqs == [3, 4]


async def test_a_gap_is_filled_from_the_log_in_order_and_once(conversation):
    follower = follow(conversation, seq=0)
    follower.conversation_message(hint(conversation, 3))
    follower.conversation_message(hint(conversation, 4))
    await follower.do_work()
    assert follower.seqs == [1, 2, 3, 4]


async def test_what_is_not_in_the_log_waits_until_the_gap_before_it_is_filled(conversation):
    follower = follow(conversation, seq=2)
    follower.conversation_message(hint(conversation, 4))
    frame = json.dumps({"type": "complete"})
    follower.conversation_frame({"session_id": str(conversation.pk), "frame": frame, "origin": ""})
    assert follower.sent == []
    await follower.do_work()
    assert [frame["type"] for frame in follower.sent] == ["message", "message", "complete"]


async def test_the_head_of_the_log_makes_a_socket_that_is_behind_read_on(conversation):
    follower = follow(conversation, seq=3)
    follower.notice_head(conversation.pk, Head(4, "bot", 0))
    await follower.do_work()
    assert follower.seqs == [4]
    follower.notice_head(conversation.pk, Head(4, "bot", 0))
    assert follower.work == []


async def test_another_owner_version_makes_a_socket_show_the_state(conversation):
    follower = follow(conversation, seq=4)
    await sync_to_async(Conversation.objects.filter(pk=conversation.pk).update)(owner_version=1)
    follower.notice_head(conversation.pk, Head(4, "agent", 1))
    await follower.do_work()
    assert [frame["type"] for frame in follower.sent] == ["state"]


async def test_ones_own_message_is_not_shown_whether_acknowledged_or_still_on_its_way(conversation):
    own = await run_query(conversation.messages.get, seq=3)
    follower = follow(conversation, seq=2)
    follower.expect_own(conversation.pk, 3)
    follower.conversation_message(hint(conversation, 3))
    waiting = follow(conversation, seq=2)
    waiting.pending.add(str(own.client_id))
    waiting.notice_head(conversation.pk, Head(4, "bot", 0))
    await waiting.do_work()
    assert (follower.seqs, waiting.seqs) == ([], [4])


async def test_a_conversation_that_is_not_followed_is_none_of_the_sockets_business(conversation):
    follower = Follower()
    follower.conversation_message(hint(conversation, 1))
    follower.notice_head(conversation.pk, Head(4, "bot", 0))
    assert (follower.sent, follower.work) == ([], [])
