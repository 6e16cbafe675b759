"""What a poll answers: the log after a number, who answers, and the bot's running turns, read at one moment.

What a poller has seen beside messages goes back and forth as its `version`, so that any process may answer.
"""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from zlib import crc32

from conversations.access import Page, access_turns, access_visitor_conversation, read_page
from conversations.delivery import encode
from conversations.messages import WireMessage
from conversations.models import Turn, TurnState
from conversations.session_socket import synced_frame
from handoff.shapes import state_frame

TURNS_SHOWN = 5
VERSION_CHARACTERS = 400


@dataclass(frozen=True, slots=True)
class Seen:
    """What a poller knows: a sum over the `state` frame, how far the agent has read, how often rows of the log were
    changed, the newest turn, and of each running turn how many pieces and characters of its text it was given.
    """

    state: int
    agent_read: int
    edits: int = 0
    turn: str = ""
    running: dict[str, tuple[int, int]] = field(default_factory=dict)

    def __str__(self) -> str:
        running = ",".join(f"{turn}:{pieces}:{size}" for turn, (pieces, size) in self.running.items())
        return f"{self.state}.{self.agent_read}.{self.edits}.{self.turn}.{running}"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One answer. `news`: it holds something that the poller does not know."""

    frames: list[dict[str, Any]]
    version: str
    news: bool


def parse_version(version: str) -> Seen | None:
    """What an earlier answer's `version` stands for; None for "" and for what no answer gave out."""
    if not version or len(version) > VERSION_CHARACTERS:
        return None
    try:
        state, agent_read, edits, turn, running = version.split(".")
        pieces = [entry.split(":") for entry in running.split(",") if entry]
        return Seen(
            int(state),
            int(agent_read),
            int(edits),
            turn,
            {name: (int(count), int(size)) for name, count, size in pieces},
        )
    except ValueError:
        return None


def read_snapshot(*, visitor_id: UUID, session_id: UUID, after_seq: int, seen: Seen | None) -> Snapshot:
    """Read the log for a poller; called on a database thread. Raises NotFound."""
    conversation = access_visitor_conversation(visitor_id=visitor_id, session_id=session_id)
    # Turns first: of one that has ended, the reply is in the log by then, so that `complete` never comes before it.
    turns = list(access_turns(conversation).reverse()[:TURNS_SHOWN])[::-1]
    page = read_page(conversation, after_seq=after_seq, after_edit=seen.edits if seen else 0)
    state = state_frame(conversation)
    changed = [{"type": "message", "session_id": str(session_id), "message": row} for row in page.changed]
    frames, running = _show_turns(turns, page=page, seen=seen, trace=conversation.kind == "test")
    newest = turns[-1].pk.hex if turns else ""
    now = Seen(_sum_state(state), conversation.agent_read_seq, conversation.edits, newest, running)
    if now.state != seen.state if seen else conversation.state != "bot":
        frames.insert(0, state)
    return Snapshot([synced_frame(page), *changed, *frames], str(now), bool(page.messages) or now != seen)


def _sum_state(state: dict[str, Any]) -> int:
    """Over all but the expected wait, which is a new guess each time."""
    return crc32(encode({**state, "wait_s": None}).encode())


def _show_turns(
    turns: list[Turn], *, page: Page, seen: Seen | None, trace: bool
) -> tuple[list[dict[str, Any]], dict[str, tuple[int, int]]]:
    frames: list[dict[str, Any]] = []
    running: dict[str, tuple[int, int]] = {}
    replied = {message["turn_id"] for message in page.messages}
    for turn in turns:
        known = seen.running.get(turn.pk.hex) if seen else None
        about = {"session_id": str(turn.conversation_id), "turn_id": str(turn.pk)}
        if turn.state == TurnState.RUNNING and about["turn_id"] in replied:
            # It ended between the two looks; the next poll says so.
            running[turn.pk.hex] = known or (0, 0)
        elif turn.state == TurnState.RUNNING:
            frames += [] if known else [{"type": "working", **about}]
            pieces, size = known or (0, 0)
            delta = turn.text[size:]
            if delta:
                frames.append({"type": "text", **about, "index": pieces, "delta": delta})
            running[turn.pk.hex] = (pieces + bool(delta), size + len(delta))
        elif known or _ended_since(turn, turns, page.messages, seen):
            complete = {"type": "complete", **about, "outcome": turn.outcome or turn.state}
            frames.append({**complete, "trace": turn.trace} if trace else complete)
    return frames, running


def _ended_since(turn: Turn, turns: list[Turn], messages: list[WireMessage], seen: Seen | None) -> bool:
    """Whether a turn that has ended began after what the poller has seen; to a new one only its reply says so."""
    if seen is None:
        return any(message["turn_id"] == str(turn.pk) for message in messages)
    order = [one.pk.hex for one in turns]
    return seen.turn not in order or order.index(turn.pk.hex) > order.index(seen.turn)
