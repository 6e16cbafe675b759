"""The checker of all faults: every acknowledged `client_id` stands in the log exactly once, and every client ends with
the log's own list in the log's own order; one bot turn a message; no bot message after a person took over.

    verdict = await check(stage, clients)      # waits until all have caught up, raises AssertionError with what is wrong
"""

import asyncio
import json
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.faults.log_view import Entry, LogView
from tests.faults.waiting import pause

MESSAGES = """
SELECT conversation_id, seq, sender, text, client_id, state, turn_id, parts FROM conversations_message
WHERE conversation_id IN_SESSIONS ORDER BY conversation_id, seq"""
TURNS = """
SELECT conversation_id, question_seq, state FROM conversations_turn
WHERE conversation_id IN_SESSIONS ORDER BY conversation_id, question_seq"""
PLACES = "SELECT client_id, conversation_id FROM conversations_message WHERE client_id IN_SESSIONS"
SHOWN = 12


class Witness(Protocol):
    """What the checker asks a client: what was acknowledged and where, what it shows, and in which order it spoke."""

    name: str
    acknowledged: dict[str, tuple[str, int]]
    views: dict[str, LogView]
    complaints: list[str]

    @property
    def said(self) -> list[str]: ...


class Data(Protocol):
    def query_sessions(self, statement: str, sessions: Sequence[str]) -> list[tuple[Any, ...]]: ...


@dataclass
class Row:
    """A row of the log."""

    entry: Entry
    turn_id: str
    event: str


@dataclass
class Verdict:
    """How often each promise was broken, and how, in sentences."""

    lost: int = 0
    doubled: int = 0
    out_of_order: int = 0
    other: int = 0
    sentences: list[str] = field(default_factory=list)

    def add(self, kind: str, sentence: str) -> None:
        setattr(self, kind, getattr(self, kind) + 1)
        self.sentences.append(f"{kind.replace('_', ' ')}: {sentence}")

    @property
    def is_clean(self) -> bool:
        return not self.sentences


class BrokenPromise(AssertionError):
    """The checker's findings."""

    def __init__(self, verdict: Verdict) -> None:
        listing = "\n  ".join(verdict.sentences[:SHOWN])
        super().__init__(
            f"{verdict.lost} lost, {verdict.doubled} doubled, {verdict.out_of_order} out of order,"
            f" {verdict.other} other:\n  {listing}"
        )
        self.verdict = verdict


_verdicts: list[Verdict] = []


def take_verdicts() -> list[Verdict]:
    """What was found since the last call; for the table."""
    taken, _verdicts[:] = list(_verdicts), []
    return taken


async def check(stage: Data, clients: Sequence[Witness], *, seconds: float = 15) -> Verdict:
    """Compare the database with every client, once all turns have ended and all have caught up, or the time is over."""
    deadline = time.monotonic() + seconds
    while True:
        verdict = await asyncio.to_thread(look, stage, clients)
        if verdict.is_clean or time.monotonic() > deadline:
            return conclude(verdict)
        await pause(0.05)


def look(stage: Data, clients: Sequence[Witness]) -> Verdict:
    """One comparison of the database with every client, as it is now."""
    verdict = judge(*_read(stage, list_sessions(clients)), clients)
    said = [client_id for client in clients for client_id in client.said]
    places = Counter(_uuid(client_id) for client_id, _ in stage.query_sessions(PLACES, said))
    judge_places(places, verdict)
    return verdict


def list_sessions(clients: Sequence[Witness]) -> list[str]:
    """Every conversation that a client shows, or was told of."""
    return sorted(
        {session for client in clients for session in client.views}
        | {session for client in clients for session, _ in client.acknowledged.values()}
    )


def conclude(verdict: Verdict) -> Verdict:
    """Keep the verdict for the table. Raises AssertionError with what is wrong."""
    _verdicts.append(verdict)
    if not verdict.is_clean:
        raise BrokenPromise(verdict)
    return verdict


def _read(stage: Data, sessions: Sequence[str]) -> tuple[dict[str, list[Row]], dict[str, list[Any]]]:
    # Turns first: a message read later can only be more than the turns account for, and the next look settles it.
    turns: dict[str, list[Any]] = {session: [] for session in sessions}
    for session, question, state in stage.query_sessions(TURNS, sessions):
        turns[_uuid(session)].append((question, state))
    logs: dict[str, list[Row]] = {session: [] for session in sessions}
    for row in stage.query_sessions(MESSAGES, sessions):
        logs[_uuid(row[0])].append(_row(row))
    return logs, turns


def _row(row: tuple[Any, ...]) -> Row:
    _, seq, sender, text, client_id, state, turn_id, parts = row
    listed = json.loads(parts) if isinstance(parts, str) else parts
    event = next((part["event"] for part in listed if part.get("type") == "event"), "")
    return Row(Entry(seq, sender, text, _uuid(client_id), state), _uuid(turn_id), event)


def _uuid(value: Any) -> str:
    return str(value if isinstance(value, uuid.UUID) else uuid.UUID(value)) if value else ""


def judge(logs: dict[str, list[Row]], turns: dict[str, list[Any]], clients: Sequence[Witness]) -> Verdict:
    """The comparison itself, on data alone."""
    verdict = Verdict()
    for session, rows in logs.items():
        _judge_log(session, rows, verdict)
        _judge_turns(session, rows, turns[session], verdict)
    for client in clients:
        _judge_acknowledged(client, logs, verdict)
        for session, view in client.views.items():
            _judge_view(client, view, logs[session], verdict)
        for complaint in client.complaints:
            verdict.add("doubled", f"{client.name}: {complaint}")
    return verdict


def judge_places(places: Counter[str], verdict: Verdict) -> None:
    """A resend that opened another conversation would be found in no log that a client knows."""
    for client_id, count in places.items():
        if count > 1:
            verdict.add("doubled", f"{client_id} stands {count} times in the database")


def _judge_log(session: str, rows: list[Row], verdict: Verdict) -> None:
    numbers = [row.entry.seq for row in rows]
    if numbers != list(range(1, len(rows) + 1)):
        verdict.add("out_of_order", f"{session} is numbered {numbers}")
    counts = Counter(row.entry.client_id for row in rows if row.entry.client_id)
    for client_id, count in counts.items():
        if count > 1:
            verdict.add("doubled", f"{client_id} stands {count} times in {session}")
    with_person = False
    for row in rows:
        with_person = (with_person or row.event == "joined") and row.event != "ended"
        if with_person and row.entry.sender == "bot":
            verdict.add("other", f"the bot said number {row.entry.seq} of {session}, which a person had")


def _judge_turns(session: str, rows: list[Row], turns: list[Any], verdict: Verdict) -> None:
    for question, state in turns:
        if state == "running":
            verdict.add("other", f"the turn for number {question} of {session} has not ended")
    replies = Counter(row.turn_id for row in rows if row.turn_id and row.entry.state != "superseded")
    for turn_id, count in replies.items():
        if count > 1:
            verdict.add("doubled", f"turn {turn_id} of {session} has {count} replies")
    superseded = sum(row.entry.state == "superseded" for row in rows)
    questions = Counter(question for question, _ in turns)
    for question, count in questions.items():
        if count > 1 + superseded:
            verdict.add("doubled", f"number {question} of {session} had {count} turns")


def _judge_acknowledged(client: Witness, logs: dict[str, list[Row]], verdict: Verdict) -> None:
    places = {
        (session, row.entry.client_id): row.entry.seq
        for session in {session for session, _ in client.acknowledged.values()}
        for row in logs[session]
    }
    spoken: dict[str, int] = {}
    for client_id in client.said:
        if client_id not in client.acknowledged:
            continue
        session, seq = client.acknowledged[client_id]
        if places.get((session, client_id)) != seq:
            verdict.add("lost", f"{client.name}: {client_id} was acknowledged as {seq} of {session}")
        elif spoken.get(session, 0) > seq:
            verdict.add("out_of_order", f"{client.name}: {client_id} is {seq}, what was said before it later")
        spoken[session] = max(seq, spoken.get(session, 0))


def _judge_view(client: Witness, view: LogView, rows: list[Row], verdict: Verdict) -> None:
    log = [row.entry for row in rows]
    missing = len(log) - view.head
    if missing > 0:
        verdict.add("lost", f"{client.name} shows {view.head} of {len(log)} messages")
    seen = Counter(entry.client_id for entry in view.shown if entry.client_id)
    for client_id, count in seen.items():
        if count > 1:
            verdict.add("doubled", f"{client.name} shows {client_id} {count} times")
    if missing <= 0 and [_face(entry) for entry in view.shown] != [_face(entry) for entry in log]:
        verdict.add("out_of_order", f"{client.name} shows another list than the log")
    for complaint in view.complaints:
        verdict.add("doubled", f"{client.name}: {complaint}")


def _face(entry: Entry) -> tuple[int, str, str, str]:
    return entry.seq, entry.sender, entry.text, entry.client_id
