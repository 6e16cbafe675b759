"""A preview and a live conversation answer the same: one pipeline, whoever asks, by whatever way."""

from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.test import Client

from chatbots.access import draft_brain, published_brain
from chatbots.engine.reply import make_reply
from chatbots.retrieval.index import load_index
from config.asgi import application
from conversations.models import Message, Turn
from tests.cast import Cast, bearer, issue_token, issue_visitor_token, make_cast, make_visitor
from tests.chatbots.choosing import publish_with, visit
from tests.chatbots.menus.shop import SHOP
from tests.embed.polls import Poller
from tests.sockets import ChatSocket

pytestmark = pytest.mark.django_db(transaction=True)
QUESTIONS = (
    "Hello",
    "How long does delivery take?",
    "Who won the match yesterday?",
    "delivery",
    "menu",
    "Which cards do you accept?",
    "I want to talk to a person",
)
# What differs from one turn to the next whatever is asked.
TIMES = {"stages", "first_ms"}


@pytest.fixture
async def cast() -> Cast:
    made = await sync_to_async(make_cast)()
    await publish_with(made, menu=SHOP, handoff={"when_unsure": "offer"})
    return made


async def ask_on(socket: ChatSocket, session: str = "") -> str:
    for question in QUESTIONS:
        await socket.say(question, session_id=session)
        session = (await socket.expect("complete"))["session_id"]
    await socket.close()
    return session


async def ask_live(cast: Cast) -> str:
    _, socket = await visit(cast)
    return await ask_on(socket)


async def ask_in_a_test(cast: Cast) -> str:
    def open_test() -> Any:
        body, headers = {"chatbot": cast.acme.bot.slug}, bearer(cast.acme.owner)
        return (
            Client()
            .post("/api/v1/test-sessions/", body, content_type="application/json", headers=headers)
            .json()
        )

    opened = await sync_to_async(open_test)()
    socket = await ChatSocket.connect_inside(application, token=opened["token"])
    await socket.expect("ready")
    return await ask_on(socket, opened["session_id"])


async def ask_by_the_api(cast: Cast) -> str:
    path, token = (
        f"/ws/chat/?bot={cast.acme.bot.slug}",
        await sync_to_async(issue_token)(cast.acme.supervisor),
    )
    socket = await ChatSocket.connect_inside(application, path=path, token=token)
    await socket.expect("ready")
    return await ask_on(socket)


async def ask_without_a_socket(cast: Cast) -> str:
    visitor = await sync_to_async(make_visitor)(cast.acme.bot)
    session, seq = "", 0
    async with Poller(issue_visitor_token(visitor)) as poller:
        for question in QUESTIONS:
            posted = (await poller.say(question, session_id=session)).json()
            session, seq = posted["session_id"], posted["seq"]
            while not await sync_to_async(
                Turn.objects.filter(conversation_id=session, question_seq=seq, state="complete").exists
            )():
                await poller.poll(session_id=session, after_seq=seq)
    return session


def read_turns(session: str) -> list[dict[str, Any]]:
    """Each turn's outcome and trace, and what it said."""
    rows = []
    for turn in Turn.objects.filter(conversation_id=session).order_by("question_seq"):
        said = Message.objects.get(turn_id=turn.pk)
        trace = {name: value for name, value in turn.trace.items() if name not in TIMES}
        names = [stage["name"] for stage in turn.trace["stages"]]
        rows.append(
            {
                "outcome": turn.outcome, "text": said.text, "parts": said.parts, "citations": said.citations,
                "name": said.sender_name, "stages": names, **trace,
            }
        )  # fmt: skip
    return rows


async def test_every_way_to_ask_gives_the_same_replies_and_traces(cast: Cast) -> None:
    live = await sync_to_async(read_turns)(await ask_live(cast))
    assert [turn["outcome"] for turn in live] == [
        "answered", "answered", "abstained", "answered", "answered", "answered", "handed_off",
    ]  # fmt: skip
    assert live[1]["text"] == "Two to four working days."
    for ask in (ask_in_a_test, ask_by_the_api, ask_without_a_socket):
        others = await sync_to_async(read_turns)(await ask(cast))
        for question, here, there in zip(QUESTIONS, live, others, strict=True):
            assert there == here, (ask.__name__, question)


def test_an_evaluation_of_the_draft_and_of_what_is_published_gives_them_too(cast_sync: Cast) -> None:
    bot = cast_sync.acme.bot
    for question in QUESTIONS:
        replies = []
        for brain in (draft_brain(bot), published_brain(bot)):
            place = {"chatbot_id": bot.pk, "revision": brain.knowledge_revision}
            replies.append(
                make_reply(
                    question=question,
                    configuration=brain.configuration,
                    load_retriever=lambda place=place: load_index(**place),  # type: ignore[misc]
                )
            )
        for reply in replies:
            reply.trace = {name: value for name, value in reply.trace.items() if name not in TIMES}
        assert replies[0] == replies[1], question


@pytest.fixture
def cast_sync(transactional_db: None) -> Cast:
    return make_cast()
