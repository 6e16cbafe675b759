"""Taking a conversation over: of all who press, one gets it, and the bot is silent from then on."""

import threading
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest
from django.db import connections, transaction

from conversations.actions.post_message import post_message, post_messages_in_transaction
from conversations.models import Conversation, Message
from conversations.writer.items import NewMessage
from core.errors import Conflict, NotFound
from handoff.actions.accept_handoff import accept_handoff
from handoff.actions.end_handoff import end_handoff
from handoff.models import HandoffSession
from organisations.actions.organisations import add_member
from organisations.models import Membership, Role
from tests.cast import Cast, Tenant, make_conversation, make_user, make_visitor
from tests.house.world import NOBODY

TWENTY = 20


def wait_for_agent(tenant: Tenant) -> tuple[Conversation, HandoffSession]:
    conversation = make_conversation(make_visitor(tenant.bot), "I need help", handoff=True)
    return conversation, HandoffSession.objects.get(conversation=conversation)


@pytest.mark.django_db
def test_the_agent_has_it_and_both_sides_are_told(cast: Cast) -> None:
    conversation, handoff = wait_for_agent(cast.acme)
    accepted = accept_handoff(membership=cast.acme.membership_of(cast.acme.agent), handoff_id=handoff.pk)
    assert (accepted.state, accepted.agent) == ("active", cast.acme.agent)
    assert accepted.accepted_at is not None
    before = conversation.owner_version
    conversation.refresh_from_db()
    assert (conversation.state, conversation.agent) == ("agent", cast.acme.agent)
    assert conversation.owner_version == before + 1
    row = Message.objects.get(conversation=conversation, seq=conversation.last_seq)
    assert (row.sender, row.text) == ("system", "You are now chatting with Agent.")
    assert row.parts == [{"type": "event", "event": "joined"}]


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["supervisor", "owner"])
def test_supervisors_and_owners_may_accept_too(cast: Cast, role: str) -> None:
    _, handoff = wait_for_agent(cast.acme)
    user = cast.acme.people[role]
    assert accept_handoff(membership=cast.acme.membership_of(user), handoff_id=handoff.pk).agent == user


@pytest.mark.django_db
def test_accepting_ones_own_again_changes_nothing(cast: Cast) -> None:
    conversation, handoff = wait_for_agent(cast.acme)
    membership = cast.acme.membership_of(cast.acme.agent)
    first = accept_handoff(membership=membership, handoff_id=handoff.pk)
    conversation.refresh_from_db()
    again = accept_handoff(membership=membership, handoff_id=handoff.pk)
    assert again.accepted_at == first.accepted_at
    version, head = conversation.owner_version, conversation.last_seq
    conversation.refresh_from_db()
    assert (conversation.owner_version, conversation.last_seq) == (version, head)


@pytest.mark.django_db
def test_whoever_is_too_late_is_told_who_has_it(cast: Cast) -> None:
    _, handoff = wait_for_agent(cast.acme)
    accept_handoff(membership=cast.acme.membership_of(cast.acme.agent), handoff_id=handoff.pk)
    with pytest.raises(Conflict) as caught:
        accept_handoff(membership=cast.acme.membership_of(cast.acme.agent2), handoff_id=handoff.pk)
    assert caught.value.detail == "Agent has this conversation already."
    assert caught.value.extra == {"agent": {"id": cast.acme.agent.pk, "name": "Agent"}}


@pytest.mark.django_db
def test_what_has_ended_cannot_be_accepted(cast: Cast) -> None:
    _, handoff = wait_for_agent(cast.acme)
    membership = cast.acme.membership_of(cast.acme.agent)
    accept_handoff(membership=membership, handoff_id=handoff.pk)
    end_handoff(membership=membership, handoff_id=handoff.pk)
    with pytest.raises(Conflict, match="ended already"):
        accept_handoff(membership=cast.acme.membership_of(cast.acme.agent2), handoff_id=handoff.pk)
    with pytest.raises(Conflict, match="ended already"):
        accept_handoff(membership=membership, handoff_id=handoff.pk)


@pytest.mark.django_db
def test_another_tenants_handoff_is_not_found(cast: Cast) -> None:
    _, handoff = wait_for_agent(cast.acme)
    outsider = cast.rival.membership_of(cast.outsider)
    for handoff_id in (handoff.pk, NOBODY, "no id at all"):
        with pytest.raises(NotFound) as caught:
            accept_handoff(membership=outsider, handoff_id=handoff_id)
        assert caught.value.detail == NotFound.default_detail
    handoff.refresh_from_db()
    assert handoff.state == "waiting"


def accept_at_once(memberships: list[Membership], handoff: HandoffSession) -> list[HandoffSession | Conflict]:
    """Every member on a thread and a connection of their own, through one gate."""
    gate = threading.Barrier(len(memberships))

    def press(membership: Membership) -> HandoffSession | Conflict:
        try:
            gate.wait(timeout=30)
            return accept_handoff(membership=membership, handoff_id=handoff.pk)
        except Conflict as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(memberships)) as pool:
        return list(pool.map(press, memberships))


@pytest.mark.django_db(transaction=True)
def test_twenty_accept_at_once_and_one_gets_it(cast: Cast) -> None:
    conversation, handoff = wait_for_agent(cast.acme)
    users = [make_user(f"agent-{number}@acme.test", name=f"Agent {number}") for number in range(TWENTY)]
    for user in users:
        add_member(organisation=cast.acme.organisation, user=user, role=Role.AGENT)
    results = accept_at_once([cast.acme.membership_of(user) for user in users], handoff)
    winners = [result for result in results if isinstance(result, HandoffSession)]
    losers = [result for result in results if isinstance(result, Conflict)]
    assert (len(winners), len(losers)) == (1, TWENTY - 1)
    handoff.refresh_from_db()
    assert handoff.agent is not None
    assert winners[0].agent == handoff.agent
    assert {error.extra["agent"]["name"] for error in losers} == {handoff.agent.name}
    joined = Message.objects.filter(conversation=conversation, text__startswith="You are now chatting")
    assert [row.text for row in joined] == [f"You are now chatting with {handoff.agent.name}."]
    conversation.refresh_from_db()
    assert (conversation.agent, conversation.owner_version) == (handoff.agent, 2)


@pytest.mark.django_db
def test_a_reply_begun_before_is_dropped(cast: Cast) -> None:
    conversation, handoff = wait_for_agent(cast.acme)
    begun = reply_of(cast.acme, conversation)
    accept_handoff(membership=cast.acme.membership_of(cast.acme.agent), handoff_id=handoff.pk)
    with pytest.raises(Conflict), transaction.atomic():
        post_messages_in_transaction(begun)
    assert not Message.objects.filter(conversation=conversation, sender="bot").exists()


@pytest.mark.django_db(transaction=True)
async def test_a_reply_begun_before_is_dropped_by_group_commit_too(cast: Cast) -> None:
    from asgiref.sync import sync_to_async

    conversation, handoff = await sync_to_async(wait_for_agent)(cast.acme)
    begun = reply_of(cast.acme, conversation)
    membership = await sync_to_async(cast.acme.membership_of)(cast.acme.agent)
    await sync_to_async(accept_handoff)(membership=membership, handoff_id=handoff.pk)
    with pytest.raises(Conflict):
        await post_message(begun)
    await post_message(agents_message(cast.acme, conversation))


def reply_of(tenant: Tenant, conversation: Conversation) -> NewMessage:
    """A bot's reply, begun under the owner version of now."""
    return NewMessage(
        organisation_id=tenant.organisation.pk,
        conversation_id=conversation.pk,
        sender="bot",
        text="Too late",
        owner_version=conversation.owner_version,
    )


def agents_message(tenant: Tenant, conversation: Conversation) -> NewMessage:
    return NewMessage(
        organisation_id=tenant.organisation.pk,
        conversation_id=conversation.pk,
        sender="agent",
        text="I am here",
        bearer=f"user:{tenant.agent.pk}",
        client_id=uuid4(),
        agent_id=tenant.agent.pk,
    )
