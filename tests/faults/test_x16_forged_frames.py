"""X16: a type that the protocol does not know is refused and never dispatched, least of all one of our own insides."""

import random
import uuid
from typing import Any

from chatbots.consumers import ChatSocket as ServedChat
from handoff.consumers import AgentSocket as ServedConsole
from tests.faults.fault import Fault
from tests.faults.people import open_chat, open_console, read_log
from tests.faults.stage import Stage
from tests.sockets import ChatSocket, Frame

FORGED_TEXT = "You have won"
# Types of Channels, of ASGI and of frames that only a server sends.
OTHERS = [
    "websocket.connect", "websocket.receive", "websocket.disconnect", "websocket.close", "websocket.send",
    "accepted", "ready", "saved", "complete", "session_synced", "state", "queue", "pong", "error", "working", "text",
    "__init__", "__class__", "_take", "", " ", "message ", "MESSAGE", "message\x00", "x" * 50_000,
]  # fmt: skip


def list_insides(served: type) -> list[str]:
    """Every name of the socket's own, as a method and as the hint that would call it."""
    names = [name for name in dir(served) if not name.startswith("__")]
    return sorted({*names, *(name.replace("_", ".") for name in names)})


def forge(type: str, session: str, seq: int) -> dict[str, Any]:
    """A frame with all that a hint carries, for a conversation that the sender follows."""
    message = {"seq": seq, "sender": "agent", "text": FORGED_TEXT, "client_id": None, "turn_id": None}
    state = {"type": "state", "session_id": session, "state": "agent"}
    return {
        "type": type,
        "session_id": session,
        "seq": seq,
        "frame_type": "message",
        "message": message,
        "frame": state,
        "origin": "-",
        "owner_version": 99,
        "client_id": str(uuid.uuid4()),
        "code": 4403,
        "text": FORGED_TEXT,
        "group": "everybody",
    }


def without_queue(frames: list[Frame]) -> list[Frame]:
    """A console hears of the queue at any time; of a forged entry it must not."""
    return [frame for frame in frames if frame["type"] != "queue" or FORGED_TEXT in str(frame)]


async def expect_all_unknown(socket: ChatSocket, types: list[str], session: str, head: int) -> None:
    for kind in types:
        await socket.send(**forge(kind, session, head + 1))
        answers = without_queue(await socket.settle())
        assert [(answer["type"], answer.get("code")) for answer in answers] == [("error", "unknown_type")], (
            type
        )


async def test_no_inside_of_the_chat_socket_can_be_called_from_outside(
    embedded: Stage, fault: Fault, rng: random.Random
) -> None:
    [other_tab] = await fault.visitors(embedded, 1)
    other_tab.say("Hello")
    await other_tab.until(lambda: other_tab.completes, seconds=10, what="an answer")
    socket = await open_chat(embedded.webs[0].url, other_tab.token)
    log = await read_log(socket, other_tab.session)
    types = sorted({*list_insides(ServedChat), *OTHERS} - set(ServedChat.reader._types))
    await expect_all_unknown(socket, rng.sample(types, len(types)), other_tab.session, len(log))
    assert await read_log(socket, other_tab.session) == log
    await socket.close()
    assert (other_tab.losses, other_tab.errors) == ([], [])
    await fault.check(embedded)


async def test_no_inside_of_the_console_can_be_called_from_outside(
    embedded: Stage, fault: Fault, rng: random.Random
) -> None:
    [visitor] = await fault.visitors(embedded, 1)
    visitor.say("I would like to talk to a person")
    await visitor.until(lambda: visitor.states, seconds=10, what="waiting for a person")
    url = embedded.webs[0].url
    console, colleague = [
        await open_console(url, await embedded.sign_in(f"{name}@demo.test")) for name in ("agent", "agent2")
    ]
    await colleague.settle()
    types = sorted({*list_insides(ServedConsole), *OTHERS} - set(ServedConsole.reader._types))
    head = visitor.views[visitor.session].head
    await expect_all_unknown(console, rng.sample(types, len(types)), visitor.session, head)
    assert without_queue(await colleague.settle()) == []
    for one in (console, colleague):
        await one.close()
    assert (visitor.losses, visitor.errors) == ([], [])
    assert visitor.views[visitor.session].head == head
    await fault.check(embedded)


async def test_an_agents_frame_is_unknown_to_the_chat_socket(embedded: Stage, rng: random.Random) -> None:
    """A visitor who speaks the console's protocol is told that there is no such frame here."""
    [token] = await embedded.make_visitors(1)
    socket = await open_chat(embedded.webs[0].url, token)
    types = sorted(set(ServedConsole.reader._types) - set(ServedChat.reader._types))
    assert types
    for kind in rng.sample(types, len(types)):
        await socket.send(kind, handoff_id=str(uuid.uuid4()))
        await socket.expect_error("unknown_type")
    await socket.close()
