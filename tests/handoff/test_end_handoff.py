"""Giving a conversation back to the bot: by whom, and by whom not."""

import pytest

from conversations.models import Conversation, Message
from core.errors import Conflict, Forbidden, NotFound
from handoff.actions.end_handoff import asks_to_end, end_by_visitor, end_handoff
from handoff.models import HandoffSession
from tests.cast import Cast, make_conversation, make_visitor
from tests.house.world import NOBODY

pytestmark = pytest.mark.django_db


def make_active(cast: Cast) -> tuple[Conversation, HandoffSession]:
    conversation = make_conversation(make_visitor(cast.acme.bot), agent=cast.acme.agent)
    return conversation, HandoffSession.objects.get(conversation=conversation)


@pytest.mark.parametrize(
    ("person", "ended_by"), [("agent", "agent"), ("supervisor", "supervisor"), ("owner", "supervisor")]
)
def test_the_bot_has_it_again(cast: Cast, person: str, ended_by: str) -> None:
    conversation, handoff = make_active(cast)
    before = conversation.owner_version
    end_handoff(membership=cast.acme.membership_of(cast.acme.people[person]), handoff_id=handoff.pk)
    handoff.refresh_from_db()
    conversation.refresh_from_db()
    assert (handoff.state, handoff.ended_by) == ("ended", ended_by)
    assert handoff.ended_at is not None
    assert handoff.agent == cast.acme.agent
    assert (conversation.state, conversation.agent_id) == ("bot", None)
    assert conversation.owner_version == before + 1
    row = Message.objects.get(conversation=conversation, seq=conversation.last_seq)
    assert row.text == "The chat with Agent has ended. Acme Shop is here again."
    assert row.parts == [{"type": "event", "event": "ended"}]


def test_an_agent_cannot_end_a_colleagues(cast: Cast) -> None:
    _, handoff = make_active(cast)
    with pytest.raises(Forbidden):
        end_handoff(membership=cast.acme.membership_of(cast.acme.agent2), handoff_id=handoff.pk)
    handoff.refresh_from_db()
    assert handoff.state == "active"


def test_an_agent_cannot_end_what_nobody_has_accepted(cast: Cast) -> None:
    make_conversation(make_visitor(cast.acme.bot), handoff=True)
    with pytest.raises(Forbidden):
        end_handoff(
            membership=cast.acme.membership_of(cast.acme.agent), handoff_id=HandoffSession.objects.get().pk
        )


def test_another_tenants_is_not_found(cast: Cast) -> None:
    _, handoff = make_active(cast)
    for handoff_id in (handoff.pk, NOBODY):
        with pytest.raises(NotFound):
            end_handoff(membership=cast.rival.membership_of(cast.outsider), handoff_id=handoff_id)


def test_what_has_ended_cannot_be_ended_again(cast: Cast) -> None:
    conversation, handoff = make_active(cast)
    membership = cast.acme.membership_of(cast.acme.agent)
    end_handoff(membership=membership, handoff_id=handoff.pk)
    head = Conversation.objects.get().last_seq
    with pytest.raises(Conflict):
        end_handoff(membership=membership, handoff_id=handoff.pk)
    conversation.refresh_from_db()
    assert conversation.last_seq == head


def test_the_visitor_ends_it(cast: Cast) -> None:
    conversation, handoff = make_active(cast)
    end_by_visitor(conversation_id=conversation.pk)
    handoff.refresh_from_db()
    assert (handoff.state, handoff.ended_by) == ("ended", "visitor")


def test_the_visitor_leaves_the_queue(cast: Cast) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot), handoff=True)
    end_by_visitor(conversation_id=conversation.pk)
    conversation.refresh_from_db()
    row = Message.objects.get(conversation=conversation, seq=conversation.last_seq)
    assert row.text == "You left the queue. Acme Shop is here again."
    assert conversation.state == "bot"


def test_with_no_handoff_the_session_is_closed_once(cast: Cast) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot))
    end_by_visitor(conversation_id=conversation.pk)
    conversation.refresh_from_db()
    assert conversation.state == "closed"
    head = conversation.last_seq
    end_by_visitor(conversation_id=conversation.pk)
    conversation.refresh_from_db()
    assert conversation.last_seq == head


@pytest.mark.parametrize("text", ["end chat", "End Chat.", " end ", "QUIT", "exit!", "\tquit\n"])
def test_these_words_end_a_chat(text: str) -> None:
    assert asks_to_end(text)


@pytest.mark.parametrize("text", ["the end", "ending", "quit smoking?", "", "how do I exit", "end-chat"])
def test_these_do_not(text: str) -> None:
    assert not asks_to_end(text)
