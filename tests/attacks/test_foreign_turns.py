"""S4: cancelling and repeating a reply that is somebody else's: not found, the same to the letter, and nothing changes."""

import json
import uuid
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.utils import timezone

from config.asgi import application
from conversations.models import Conversation, Message, Turn, TurnState
from tests.cast import Cast, issue_token, issue_visitor_token, make_cast, make_conversation, make_visitor
from tests.embed.polls import Poller
from tests.sockets import ChatSocket

pytestmark = pytest.mark.django_db(transaction=True)
ACTIONS = {"cancel": TurnState.RUNNING, "retry": TurnState.FAILED}
STRANGERS = ["neighbour", "rival's visitor", "rival's owner", "acme's own agent"]
# What is named, from the victim's: the session, the turn, or both; "own" is the stranger's own session.
NAMED = [
    ("theirs", "theirs"),
    ("own", "theirs"),
    ("theirs", "nothing"),
    ("nothing", "theirs"),
    ("other", "theirs"),
]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return make_cast()


def make_turn(conversation: Conversation, state: str) -> Turn:
    return Turn.objects.create(
        organisation_id=conversation.organisation_id,
        conversation=conversation,
        question_seq=1,
        owner_version=conversation.owner_version,
        state=state,
        lease_until=timezone.now() + timedelta(minutes=5),
    )


def describe_world() -> str:
    """All turns and messages, as they are."""
    turns = Turn.objects.order_by("pk").values_list("pk", "state", "cancelled_at", "attempt", "claims")
    messages = Message.objects.order_by("pk").values_list("conversation", "seq", "state", "text")
    return repr((list(turns), list(messages)))


async def open_stranger(cast: Cast, who: str) -> tuple[ChatSocket, str]:
    """A socket of somebody who has no business there, and a conversation of their own with a failed turn in it."""
    if who in {"neighbour", "rival's visitor"}:
        bot = (cast.acme if who == "neighbour" else cast.rival).bot
        visitor = await sync_to_async(make_visitor)(bot)
        conversation = await sync_to_async(make_conversation)(visitor, "My own question")
        socket = await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor))
        await socket.expect("ready")
        return socket, str(conversation.pk)
    tenant = cast.rival if who == "rival's owner" else cast.acme
    user = tenant.owner if who == "rival's owner" else tenant.agent
    path = f"/ws/chat/?bot={tenant.bot.slug}"
    token = await sync_to_async(issue_token)(user)
    socket = await ChatSocket.connect_inside(application, path=path, token=token)
    await socket.expect("ready")
    return socket, str(uuid.uuid4())


async def ask(socket: ChatSocket, action: str, session: str, turn: str) -> str:
    """The answer's own words; what the question named is left out, for an answer repeats it."""
    await socket.send(action, session_id=session, turn_id=turn)
    answers = [frame for frame in await socket.settle() if frame["type"] != "pong"]
    return json.dumps([{**frame, "turn_id": "", "session_id": ""} for frame in answers], sort_keys=True)


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("who", STRANGERS)
async def test_a_stranger_finds_no_turn_of_anothers(cast: Cast, who: str, action: str) -> None:
    victim = await sync_to_async(make_visitor)(cast.acme.bot)
    conversation = await sync_to_async(make_conversation)(victim, "Secret question")
    other = await sync_to_async(make_conversation)(victim, "Another secret")
    turn = await sync_to_async(make_turn)(conversation, ACTIONS[action])
    socket, own = await open_stranger(cast, who)
    before = await sync_to_async(describe_world)()
    nothing = await ask(socket, action, str(uuid.uuid4()), str(uuid.uuid4()))
    assert '"code": "not_found"' in nothing
    sessions = {
        "theirs": str(conversation.pk),
        "other": str(other.pk),
        "own": own,
        "nothing": str(uuid.uuid4()),
    }
    turns = {"theirs": str(turn.pk), "nothing": str(uuid.uuid4())}
    for session, named in NAMED:
        assert await ask(socket, action, sessions[session], turns[named]) == nothing, (session, named)
    assert await sync_to_async(describe_world)() == before
    await socket.close()


@pytest.mark.parametrize("action", ACTIONS)
async def test_one_conversations_turn_is_not_found_in_ones_own_other(cast: Cast, action: str) -> None:
    visitor = await sync_to_async(make_visitor)(cast.acme.bot)
    conversation = await sync_to_async(make_conversation)(visitor, "Question")
    other = await sync_to_async(make_conversation)(visitor, "Other question")
    turn = await sync_to_async(make_turn)(conversation, ACTIONS[action])
    before = await sync_to_async(describe_world)()
    async with await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor)) as socket:
        await socket.expect("ready")
        assert '"code": "not_found"' in await ask(socket, action, str(other.pk), str(turn.pk))
    assert await sync_to_async(describe_world)() == before


@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("who", ["neighbour", "rival's visitor"])
async def test_nor_does_a_stranger_over_plain_http(cast: Cast, who: str, action: str) -> None:
    victim = await sync_to_async(make_visitor)(cast.acme.bot)
    conversation = await sync_to_async(make_conversation)(victim, "Secret question")
    turn = await sync_to_async(make_turn)(conversation, ACTIONS[action])
    stranger = await sync_to_async(make_visitor)((cast.acme if who == "neighbour" else cast.rival).bot)
    before = await sync_to_async(describe_world)()
    async with Poller(issue_visitor_token(stranger)) as poller:
        nothing = shape_of(await poller.post(type=action, **named(uuid.uuid4(), uuid.uuid4())))
        assert nothing[0] == 404
        for about in (named(conversation.pk, turn.pk), named(conversation.pk, uuid.uuid4())):
            assert shape_of(await poller.post(type=action, **about)) == nothing
    assert await sync_to_async(describe_world)() == before


def named(session: uuid.UUID, turn: uuid.UUID) -> dict[str, str]:
    return {"session_id": str(session), "turn_id": str(turn)}


def shape_of(answer: Any) -> tuple[int, str, str]:
    error = answer.json()["error"]
    return answer.status_code, error["code"], error["detail"]


async def test_the_agents_socket_knows_neither(cast: Cast) -> None:
    """An agent takes a conversation over; the bot's turns are its visitor's to stop."""
    victim = await sync_to_async(make_visitor)(cast.acme.bot)
    conversation = await sync_to_async(make_conversation)(victim, "Question", agent=cast.acme.agent)
    turn = await sync_to_async(make_turn)(conversation, TurnState.RUNNING)
    token = await sync_to_async(issue_token)(cast.acme.agent)
    async with await ChatSocket.connect_inside(application, path="/ws/agent/", token=token) as console:
        await console.expect("ready")
        for action in ACTIONS:
            await console.send(action, session_id=str(conversation.pk), turn_id=str(turn.pk))
            await console.expect_error("unknown_type")
    assert await sync_to_async(lambda: Turn.objects.get(pk=turn.pk).state)() == TurnState.RUNNING


async def test_its_own_visitor_is_let(cast: Cast) -> None:
    """Or else the tests above would prove nothing."""
    visitor = await sync_to_async(make_visitor)(cast.acme.bot)
    conversation = await sync_to_async(make_conversation)(visitor, "Question")
    turn = await sync_to_async(make_turn)(conversation, TurnState.RUNNING)
    async with await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor)) as socket:
        await socket.expect("ready")
        assert "not_found" not in await ask(socket, "cancel", str(conversation.pk), str(turn.pk))
    turn = await sync_to_async(Turn.objects.get)(pk=turn.pk)
    assert turn.cancelled_at is not None
