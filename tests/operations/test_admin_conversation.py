"""A conversation's page in the admin: the whole log as it happened, with what the bot did and who waited how long."""

import re
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from chatbots.configuration import draft_configuration
from chatbots.engine.reply import make_reply
from chatbots.models import Chatbot
from chatbots.retrieval.index import load_index
from conversations.actions.post_message import post_messages_in_transaction
from conversations.models import Conversation, Message, Turn
from conversations.writer.items import FinishTurn, NewMessage
from handoff.actions.end_handoff import end_handoff
from handoff.models import HandoffSession
from operations.conversation_log import PAGE_ROWS, describe_seconds, measure_handoff, read_log_page
from tests.cast import Cast, make_conversation, make_visitor

SignIn = Callable[..., Client]
pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert('break-in')</script>"


def post(item: NewMessage) -> None:
    with transaction.atomic():
        post_messages_in_transaction(item)


def answer(conversation: Conversation, *, question: str, seq: int) -> Turn:
    """What the bot would have done: the turn, the reply, the trace."""
    bot = Chatbot.objects.get(pk=conversation.chatbot_id)
    reply = make_reply(
        question=question,
        configuration=draft_configuration(bot),
        load_retriever=lambda: load_index(chatbot_id=bot.pk, revision=bot.knowledge_revision),
    )
    turn = Turn.objects.create(
        organisation_id=bot.organisation_id,
        conversation=conversation,
        question_seq=seq,
        owner_version=0,
        lease_until=timezone.now() + timedelta(minutes=1),
    )
    post(
        NewMessage(
            organisation_id=bot.organisation_id,
            conversation_id=conversation.pk,
            sender="bot",
            sender_name=bot.name,
            text=reply.text,
            citations=reply.citations,
            turn_id=turn.pk,
            finishes=FinishTurn(turn.pk, "complete", reply.outcome, reply.trace),
        )
    )
    return turn


def address(conversation: Conversation, query: str = "") -> str:
    return reverse("admin:conversations_conversation_change", args=[conversation.pk]) + query


def shown(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return re.sub(r"\s+", " ", response.content.decode())


@pytest.fixture
def talk(cast: Cast) -> Conversation:
    """A question, the bot's answer, a person, and the end."""
    question = "How long does delivery take?"
    conversation = make_conversation(make_visitor(cast.acme.bot, name="Vera"), question)
    answer(conversation, question=question, seq=1)
    return conversation


def test_the_log_is_shown_in_order_with_the_reason_for_each_reply(
    talk: Conversation, cast: Cast, sign_in: SignIn
) -> None:
    page = shown(sign_in(cast.acme.supervisor), address(talk))
    assert page.index("How long does delivery take?") < page.index("Two to four working days.")
    assert "Source: Delivery time" in page
    assert "the threshold is 0.50" in page
    assert 'class="meter__mark"' in page
    for stage in ("Rules", "Search", "Decision"):
        assert f'<th scope="row">{stage}</th>' in page


def test_a_turn_without_a_reply_is_shown_under_its_question(
    talk: Conversation, cast: Cast, sign_in: SignIn
) -> None:
    Message.objects.filter(conversation=talk, seq=2).update(turn_id=None)
    Turn.objects.filter(conversation=talk).update(state="cancelled", outcome="cancelled")
    page = shown(sign_in(cast.acme.supervisor), address(talk))
    assert (
        page.index("How long does delivery take?") < page.index("The bot's turn") < page.index("Two to four")
    )


@pytest.mark.parametrize(
    ("state", "remark"),
    [
        ("stopped", "The visitor stopped it here."),
        ("interrupted", "It broke off here."),
        ("superseded", "It was made again below."),
    ],
)
def test_a_reply_that_is_not_whole_says_what_became_of_it(
    talk: Conversation, cast: Cast, sign_in: SignIn, state: str, remark: str
) -> None:
    client = sign_in(cast.acme.supervisor)
    assert remark not in shown(client, address(talk))
    Message.objects.filter(conversation=talk, seq=2).update(state=state)
    page = shown(client, address(talk))
    assert page.index("Two to four working days.") < page.index(remark)
    assert state.title() in page


def test_a_streamed_turn_shows_its_times_its_tokens_and_why_it_ended(
    talk: Conversation, cast: Cast, sign_in: SignIn
) -> None:
    turn = Turn.objects.get(conversation=talk)
    turn.trace["stages"] += [{"name": "first_token", "ms": 312.5}, {"name": "generation", "ms": 900.0}]
    turn.trace |= {"model": "small", "tokens_in": 90, "tokens_out": 7, "ended": "The visitor stopped it."}
    turn.attempt = 2
    turn.save()
    page = shown(sign_in(cast.acme.supervisor), address(talk))
    assert '<th scope="row">First word</th>' in page
    assert "312.5 ms" in page
    assert "90 tokens in, 7 out" in page
    assert "The visitor stopped it." in page
    assert "the visitor asked for the reply again" in page


def test_handoffs_are_shown_with_how_long_they_took(cast: Cast, sign_in: SignIn) -> None:
    acme = cast.acme
    conversation = make_conversation(make_visitor(acme.bot, name="Vera"), "Hello?", agent=acme.agent)
    handoff = HandoffSession.objects.get(conversation=conversation)
    begun = timezone.now() - timedelta(minutes=10)
    HandoffSession.objects.filter(pk=handoff.pk).update(
        started_at=begun, accepted_at=begun + timedelta(seconds=65)
    )
    end_handoff(membership=acme.membership_of(acme.agent), handoff_id=handoff.pk)
    page = shown(sign_in(acme.owner), address(conversation))
    assert "1 min 05 s" in page
    assert "8 min 5" in page
    assert "Ended by agent" in page
    assert acme.agent.display_name in page


def make_hostile_turn(conversation: Conversation) -> None:
    Turn.objects.create(
        organisation=conversation.organisation,
        conversation=conversation,
        question_seq=1,
        owner_version=0,
        lease_until=timezone.now(),
        state="failed",
        outcome="failed",
        trace={
            "why": SCRIPT,
            "rule": SCRIPT,
            "threshold": 0.5,
            "stages": [{"name": SCRIPT, "ms": 1}],
            "candidates": [{"title": SCRIPT, "source": SCRIPT, "confidence": 0.4, "word_score": 1.0}],
            "errors": [{"detail": SCRIPT, "hint": SCRIPT}],
        },
    )


def make_hostile_conversation(cast: Cast) -> Conversation:
    """Scripts wherever a stranger, or a page in the knowledge, could put one."""
    visitor = make_visitor(cast.acme.bot, name=SCRIPT)
    visitor.page, visitor.phone = f"https://shop.example/{SCRIPT}", SCRIPT[:40]
    visitor.save()
    conversation = make_conversation(visitor, SCRIPT, handoff=True)
    HandoffSession.objects.filter(conversation=conversation).update(reason=SCRIPT)
    post(
        NewMessage(
            organisation_id=cast.acme.organisation.pk,
            conversation_id=conversation.pk,
            sender="bot",
            sender_name=SCRIPT,
            text=f"**{SCRIPT}** [click](javascript:alert(1)) ![x](https://evil.example/x.png)",
            citations=[{"title": SCRIPT, "source": SCRIPT, "url": "", "text": SCRIPT}],
            parts=[{"type": "buttons", "buttons": [{"id": "x", "title": SCRIPT}]}],
        )
    )
    make_hostile_turn(conversation)
    return conversation


def test_strangers_words_are_shown_as_text_on_every_page(cast: Cast, sign_in: SignIn) -> None:
    conversation = make_hostile_conversation(cast)
    client = sign_in(cast.acme.owner)
    pages = [
        "/admin/",
        address(conversation),
        reverse("admin:conversations_visitor_change", args=[conversation.visitor_id]),
        reverse("admin:conversations_turn_change", args=[conversation.turns.get().pk]),
        *(reverse(f"admin:{name}_changelist") for name in ("conversations_visitor", "conversations_message")),
        *(
            reverse(f"admin:{name}_changelist")
            for name in ("handoff_handoffsession", "conversations_conversation")
        ),
    ]
    for url in pages:
        page = shown(client, url)
        assert "break-in" in page, url
        assert "<script>alert" not in page, url
        assert 'href="javascript' not in page, url
        assert "<img src=" not in page.replace('<img src="/static/', ""), url


def test_an_erased_message_keeps_its_number_and_nothing_else(
    talk: Conversation, cast: Cast, sign_in: SignIn
) -> None:
    Message.objects.filter(conversation=talk, seq=1).update(state="erased")
    page = shown(sign_in(cast.acme.owner), address(talk))
    assert "How long does delivery take?" not in page
    assert "This message was erased." in page
    assert 'id="m1"' in page


def test_a_long_log_is_paged_and_costs_the_same(cast: Cast, sign_in: SignIn) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot, name="Vera"), "message 1")
    few = count_queries(sign_in(cast.acme.owner), address(conversation))
    for number in range(2, PAGE_ROWS + 51):
        post(
            NewMessage(
                organisation_id=conversation.organisation_id,
                conversation_id=conversation.pk,
                sender="visitor",
                text=f"message {number}",
                bearer="visitor:x",
                client_id=uuid.uuid4(),
            )
        )
    client = sign_in(cast.acme.owner)
    assert count_queries(client, address(conversation)) == few <= 10
    first, second = shown(client, address(conversation)), shown(client, address(conversation, "?page=2"))
    assert "message 100<" in first
    assert "message 101<" not in first
    assert "message 101<" in second
    assert "message 150<" in second
    assert "Page 2 of 2" in second
    for odd in ("?page=0", "?page=99", "?page=x", "?page=-1", "?page=" + "9" * 400):
        assert client.get(address(conversation, odd)).status_code == 200


def count_queries(client: Client, url: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url).status_code == 200
    return len(captured)


def test_a_trace_of_which_little_is_there_is_shown_all_the_same(talk: Conversation) -> None:
    little: list[Any] = [{}, {"stages": None, "candidates": None}, {"errors": [{"detail": "It failed."}]}, []]
    for trace in little:
        Turn.objects.filter(conversation=talk).update(trace=trace)
        (entry,) = [entry for entry in read_log_page(talk, page=1).entries if entry.traces]
        assert entry.traces[0].total_ms == 0


def test_waiting_goes_on_while_nobody_has_accepted() -> None:
    now = timezone.now()
    handoff = HandoffSession(started_at=now - timedelta(hours=1, seconds=125))
    assert measure_handoff(handoff, now=now) == (3725, None)
    assert [describe_seconds(seconds) for seconds in (3725, 65, 9, 0, None)] == [
        "1 h 02 min",
        "1 min 05 s",
        "9 s",
        "0 s",
        "",
    ]


# The overview --------------------------------------------------------------------------------------------------------
def read_tiles(page: str) -> dict[str, str]:
    return dict(re.findall(r"<dt>([^<]+)</dt><dd>(\d+)", page))


def test_the_overview_counts_ones_own_organisations(cast: Cast, sign_in: SignIn) -> None:
    acme = cast.acme
    make_conversation(make_visitor(acme.bot, name="Vera"), "Hello?", handoff=True)
    make_conversation(make_visitor(acme.bot), "Hello?", agent=acme.agent)
    make_conversation(make_visitor(acme.bot), "Hello?")
    make_conversation(make_visitor(cast.rival.bot, name="Rival's"), "Hello?", handoff=True)
    page = shown(sign_in(acme.supervisor), "/admin/")
    assert read_tiles(page) == {
        "Waiting now": "1",
        "With an agent": "1",
        "Conversations today": "3",
        "Handed off today": "2",
        "Bots": "1",
    }
    assert "Vera" in page
    assert "Rival" not in page


def test_yesterdays_do_not_count_as_todays(cast: Cast, sign_in: SignIn) -> None:
    conversation = make_conversation(make_visitor(cast.acme.bot), "Hello?", handoff=True)
    yesterday = timezone.now() - timedelta(days=1)
    Conversation.objects.filter(pk=conversation.pk).update(created_at=yesterday)
    HandoffSession.objects.update(started_at=yesterday)
    tiles = read_tiles(shown(sign_in(cast.acme.owner), "/admin/"))
    assert tiles["Conversations today"] == tiles["Handed off today"] == "0"
    assert tiles["Waiting now"] == "1"
