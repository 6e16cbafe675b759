"""Every frame of both sockets, sent by those who have no business there: what is acme's is not found, like nothing at all.

FAILS when a frame type exists that is not listed here: say what a stranger could name in it.
"""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async

from config.asgi import application
from conversations.frames import AGENT_FRAMES, CHAT_FRAMES
from tests.cast import Cast, issue_token, issue_visitor_token, make_conversation, make_visitor
from tests.house.world import NOBODY, World, make_world, same_frame
from tests.sockets import ChatSocket, RefusedError

Fields = Callable[[uuid.UUID, uuid.UUID], dict[str, Any]]


def in_session(**fields: Any) -> Fields:
    return lambda session, _: {"session_id": str(session), **fields}


def message(session: uuid.UUID, _: uuid.UUID) -> dict[str, Any]:
    return {"session_id": str(session), "client_id": str(uuid.uuid4()), "text": "Let me in"}


# frame type -> what it would name of a conversation and its handoff; None: it names nothing of anybody's
CHAT: dict[str, Fields | None] = {
    "message": message,
    "choose": lambda session, _: {
        "session_id": str(session),
        "client_id": str(uuid.uuid4()),
        "choice": "answer:none",
    },
    "feedback": in_session(seq=2, value=-1),
    "session_sync": in_session(after_seq=0),
    "cancel": in_session(turn_id=str(NOBODY)),
    "retry": in_session(turn_id=str(NOBODY)),
    "typing": in_session(on=True),
    "read": in_session(seq=1),
    "request_agent": in_session(),
    "end": in_session(),
    "ping": in_session(id="1"),
}
AGENT: dict[str, Fields | None] = {
    "message": message,
    "session_sync": in_session(after_seq=0),
    "typing": in_session(on=True),
    "read": in_session(seq=1),
    "end": in_session(),
    "ping": in_session(id="1"),
    "accept": lambda _, handoff: {"handoff_id": str(handoff)},
}
# Answered alike for all, so that a heartbeat says nothing about who owns what.
ANSWERED_BY = {"ping": "pong"}

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world(transactional_db: None, cast: Cast) -> World:
    return make_world(cast)


def types_of(frames: Any) -> set[str]:
    return {kind.__struct_config__.tag for kind in frames.__args__}


def test_every_frame_of_the_chat_socket_is_listed() -> None:
    assert types_of(CHAT_FRAMES) == set(CHAT)


def test_every_frame_of_the_agent_socket_is_listed() -> None:
    assert types_of(AGENT_FRAMES) == set(AGENT)


async def ask(socket: ChatSocket, kind: str, fields: dict[str, Any]) -> str:
    """Everything that comes back for one frame, in comparable form; nothing at all is an answer too."""
    await socket.send(kind, **fields)
    if "client_id" in fields:  # answered by the writer, whenever its batch is done
        answers = [await socket.expect("accepted", "error", client_id=fields["client_id"])]
    else:
        answers = await socket.settle()
    asked = {name: str(value) for name, value in fields.items() if name == "handoff_id"}
    return "\n".join(
        same_frame(
            {
                name: value
                for name, value in answer.items()
                # The id that was asked for comes back as it was sent, whatever it is of.
                if name not in {"server_time", "id"} and asked.get(name) != value
            }
        )
        for answer in answers
    )


async def expect_not_found(
    socket: ChatSocket, kind: str, fields: Fields, world: World, *pairs: tuple[Any, Any]
) -> None:
    await socket.expect("ready")
    before = await sync_to_async(world.fingerprint)()
    nothing = await ask(socket, kind, fields(NOBODY, NOBODY))
    if kind in ANSWERED_BY:
        assert f'"type": "{ANSWERED_BY[kind]}"' in nothing
    elif kind != "typing":
        assert '"code": "not_found"' in nothing
    for session, handoff in pairs:
        assert await ask(socket, kind, fields(session, handoff)) == nothing
    assert await sync_to_async(world.fingerprint)() == before


@pytest.mark.parametrize("kind", [kind for kind, fields in CHAT.items() if fields])
@pytest.mark.parametrize(
    "who", ["rival's visitor", "rival's owner", "a neighbour at the same bot", "acme's own agent"]
)
async def test_a_stranger_on_the_chat_socket_finds_nothing(world: World, who: str, kind: str) -> None:
    socket = await open_chat(world, who)
    fields = CHAT[kind]
    assert fields
    pairs = [
        (row.pk, NOBODY)
        for row in (world.waiting, world.active, world.closed_book, world.test_session.conversation)
    ]
    await expect_not_found(socket, kind, fields, world, *pairs)
    await socket.close()


async def open_chat(world: World, who: str) -> ChatSocket:
    if who in {"rival's owner", "acme's own agent"}:
        tenant = world.cast.rival if who == "rival's owner" else world.cast.acme
        token = issue_token(tenant.owner if who == "rival's owner" else tenant.agent)
        return await ChatSocket.connect_inside(
            application, path=f"/ws/chat/?bot={tenant.bot.slug}", token=token
        )
    visitor = world.neighbour
    if who == "rival's visitor":
        visitor = await sync_to_async(make_visitor)(world.cast.rival.bot)
    return await ChatSocket.connect_inside(application, token=issue_visitor_token(visitor))


@pytest.mark.parametrize("kind", [kind for kind, fields in AGENT.items() if fields])
@pytest.mark.parametrize("role", ["owner", "supervisor", "agent"])
async def test_another_tenants_staff_find_nothing_on_the_agent_socket(
    world: World, role: str, kind: str
) -> None:
    token = issue_token(world.cast.rival.people[role])
    async with await ChatSocket.connect_inside(application, path="/ws/agent/", token=token) as socket:
        fields = AGENT[kind]
        assert fields
        pairs = [(world.waiting.pk, world.waiting_handoff.pk), (world.active.pk, world.active_handoff.pk)]
        await expect_not_found(socket, kind, fields, world, *pairs, (world.closed_book.pk, NOBODY))


@pytest.mark.parametrize("kind", ["session_sync", "typing", "read", "end", "ping"])
async def test_an_agent_finds_nothing_of_a_colleagues_conversation(world: World, kind: str) -> None:
    token = issue_token(world.cast.acme.agent2)
    async with await ChatSocket.connect_inside(application, path="/ws/agent/", token=token) as socket:
        fields = AGENT[kind]
        assert fields
        await expect_not_found(
            socket, kind, fields, world, (world.active.pk, NOBODY), (world.closed_book.pk, NOBODY)
        )


async def test_an_agent_cannot_write_into_a_colleagues_conversation(world: World) -> None:
    """`conflict` rather than `not_found`: it may have been theirs a moment ago, and they are told what to do."""
    before = await sync_to_async(world.fingerprint)()
    token = issue_token(world.cast.acme.agent2)
    async with await ChatSocket.connect_inside(application, path="/ws/agent/", token=token) as socket:
        for conversation in (world.active, world.waiting, world.closed_book):
            await socket.say("Let me in", session_id=str(conversation.pk))
            await socket.expect_error("conflict")
    assert await sync_to_async(world.fingerprint)() == before


async def test_what_is_refused_to_strangers_is_given_to_its_owner(world: World) -> None:
    """Or else the tests above would prove nothing."""
    async with await ChatSocket.connect_inside(
        application, token=issue_visitor_token(world.visitor)
    ) as visitor:
        await visitor.send("session_sync", session_id=str(world.active.pk), after_seq=0)
        assert (await visitor.expect("session_synced"))["head_seq"] == world.active.last_seq
    token = issue_token(world.cast.acme.agent)
    async with await ChatSocket.connect_inside(application, path="/ws/agent/", token=token) as agent:
        assert (
            [row["session_id"] for row in agent_ready["mine"]]
            if (agent_ready := await agent.expect("ready"))
            else 0
        )
        await agent.send("accept", handoff_id=str(world.waiting_handoff.pk))
        await agent.expect("state", session_id=str(world.waiting.pk), state="agent")


async def test_hints_of_another_tenant_reach_nobody(world: World) -> None:
    outsider = await ChatSocket.connect_inside(
        application, path="/ws/agent/", token=issue_token(world.cast.outsider)
    )
    neighbour = await ChatSocket.connect_inside(application, token=issue_visitor_token(world.neighbour))
    visitor = await ChatSocket.connect_inside(application, token=issue_visitor_token(world.visitor))
    await visitor.expect("ready")
    client_id = await visitor.say("Is anybody there?", session_id=str(world.waiting.pk))
    await visitor.expect("accepted", client_id=client_id)
    await visitor.send("typing", session_id=str(world.waiting.pk), on=True)
    await sync_to_async(make_conversation)(world.visitor, "Another one", handoff=True)
    for stranger in (outsider, neighbour):
        assert [frame["type"] for frame in await stranger.settle()] == ["ready"]
        await stranger.close()
    await visitor.close()


@pytest.mark.parametrize("path", ["/ws/chat/", "/ws/agent/", "/ws/", "/ws/admin/"])
async def test_nobody_opens_a_socket_without_a_credential(path: str) -> None:
    with pytest.raises(RefusedError):
        await ChatSocket.connect_inside(application, path=path)


async def test_a_token_opens_its_own_socket_only(world: World) -> None:
    visitor, outsider = issue_visitor_token(world.visitor), issue_token(world.cast.outsider)
    acme = {"X-Organisation": world.acme.slug}
    refused: list[dict[str, Any]] = [
        {"path": "/ws/agent/", "token": visitor},
        {"path": f"/ws/chat/?bot={world.cast.acme.bot.slug}", "token": outsider},
        {"path": f"/ws/chat/?bot={world.acme.slug}/{world.cast.acme.bot.slug}", "token": outsider},
        {"path": f"/ws/chat/?bot={world.cast.rival.bot.slug}", "token": outsider, "headers": acme},
        {"path": "/ws/agent/", "token": outsider, "headers": acme},
    ]
    for options in refused:
        with pytest.raises(RefusedError):
            await ChatSocket.connect_inside(application, **options)
