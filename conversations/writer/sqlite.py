"""The writer's statements for SQLite: many rows a statement.

Each step of a statement gives the interpreter's lock away and asks for it back, against an event loop that is busy:
row by row, a batch waited for the loop hundreds of times. So a statement takes up to 32 rows at once; their number is
a power of two, so that few texts are prepared.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils import timezone

from conversations.writer.decide import Plan, Snapshot
from conversations.writer.items import ConversationRow, NewMessage, Stored, Written

ROWS_AT_ONCE = 32
# In each, `{}` is where the rows go.
READ = """
SELECT id, organisation_id, chatbot_id, visitor_id, version_id, kind, state, owner_version, agent_id, last_seq,
  bot_state
FROM conversations_conversation WHERE id IN (VALUES {})"""
# CROSS: from the wanted rows to the index, never the other way round.
FIND_STORED = """
SELECT m.bearer, m.client_id, m.conversation_id, m.seq, m.organisation_id FROM (VALUES {}) AS wanted
CROSS JOIN conversations_message m ON m.bearer = wanted.column1 AND m.client_id = wanted.column2
WHERE m.client_id IS NOT NULL"""
FIND_RUNNING = """
SELECT id, cancelled_at IS NOT NULL FROM conversations_turn WHERE id IN (VALUES {}) AND state = 'running'"""
OPEN = """
INSERT INTO conversations_conversation (id, organisation_id, chatbot_id, visitor_id, version_id, kind, channel, state,
  owner_version, last_seq, last_message_at, visitor_read_seq, agent_read_seq, created_at)
SELECT column1, column2, column3, column4, column5, column6, column7, 'bot', 0, 0, column8, 0, 0, column8
FROM (VALUES {})"""
INSERT = """
INSERT INTO conversations_message (organisation_id, conversation_id, seq, sender, sender_name, bearer, client_id,
  turn_id, text, parts, citations, state, created_at) VALUES {}"""
TOUCH = """
UPDATE conversations_conversation
SET last_seq = row.column2, state = row.column3, owner_version = row.column4, last_message_at = row.column5,
  bot_state = row.column6
FROM (VALUES {}) AS row WHERE id = row.column1"""
START = """
INSERT INTO conversations_turn (id, organisation_id, conversation_id, question_seq, owner_version, model, lease_until,
  created_at, state, outcome, trace)
SELECT column1, column2, column3, column4, column5, column6, column7, column8, 'running', '', '{{}}' FROM (VALUES {})"""
FINISH = """
UPDATE conversations_turn
SET state = row.column2, outcome = row.column3, trace = row.column4, finished_at = row.column5
FROM (VALUES {}) AS row WHERE id = row.column1"""

Row = Sequence[Any]


def _to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _utc_text(moment: datetime) -> str:
    """Django's way of storing moments in SQLite: UTC without an offset."""
    return str(moment.astimezone(UTC).replace(tzinfo=None))


@cache
def _fill_in(sql: str, rows: int, columns: int) -> str:
    row = f"({', '.join('?' * columns)})"
    return sql.format(", ".join([row] * rows))


def _run(raw: sqlite3.Connection, sql: str, rows: Sequence[Row]) -> Iterator[sqlite3.Cursor]:
    """A cursor for each part of the rows, in their order."""
    at = 0
    while at < len(rows):
        size = min(ROWS_AT_ONCE, 1 << (len(rows) - at).bit_length() - 1)
        part = rows[at : at + size]
        at += size
        yield raw.execute(_fill_in(sql, size, len(part[0])), [value for row in part for value in row])


def _fetch(raw: sqlite3.Connection, sql: str, rows: Sequence[Row]) -> list[Any]:
    return [found for cursor in _run(raw, sql, rows) for found in cursor.fetchall()]


def _write(raw: sqlite3.Connection, sql: str, rows: Sequence[Row]) -> None:
    for _ in _run(raw, sql, rows):
        pass


def read_snapshot(raw: sqlite3.Connection, items: list[NewMessage]) -> Snapshot:
    """Read under the write lock, which the surrounding BEGIN IMMEDIATE holds; so nothing is ever locked elsewhere."""
    ids = {item.conversation_id for item in items if item.conversation_id is not None}
    keys = [(item.bearer, item.client_id.hex) for item in items if item.client_id is not None]
    turns = [(item.finishes.turn_id.hex,) for item in items if item.finishes is not None]
    rows = [_read_row(row) for row in _fetch(raw, READ, [(each.hex,) for each in ids])]
    return Snapshot(
        conversations={row.id: row for row in rows},
        stored={
            (row[0], UUID(row[1])): Stored(UUID(row[2]), *row[3:]) for row in _fetch(raw, FIND_STORED, keys)
        },
        running_turns={UUID(row[0]): bool(row[1]) for row in _fetch(raw, FIND_RUNNING, turns)},
    )


def _read_row(row: Sequence[Any]) -> ConversationRow:
    rest = [*row[4:-1], _read_json(row[-1])]
    return ConversationRow(UUID(row[0]), row[1], row[2], UUID(row[3]), *rest)


def _read_json(text: str) -> Any:
    return {} if text == "{}" else msgspec.json.decode(text)


def write_plan(raw: sqlite3.Connection, plan: Plan) -> None:
    """Run the plan's statements; sets each written message's database id."""
    moment = timezone.now()
    now = _utc_text(moment)
    _write(raw, OPEN, [(*_opened_row(item), now) for item in plan.opened])
    written = iter(plan.messages)
    for cursor in _run(raw, INSERT, [(*_message_row(each), now) for each in plan.messages]):
        # Nobody else writes meanwhile, so one statement's rows have ids in a row, the last of which is told.
        first = (cursor.lastrowid or 0) - cursor.rowcount + 1
        for message_id in range(first, first + cursor.rowcount):
            next(written).message_id = message_id
    touched = [
        (r.id.hex, r.last_seq, r.state, r.owner_version, now, _to_json(r.bot_state) if r.bot_state else "{}")
        for r in plan.touched.values()
    ]
    _write(raw, TOUCH, touched)
    lease = _utc_text(moment + timedelta(seconds=settings.TURN_LEASE_SECONDS))
    _write(raw, START, [(*_started_row(each), lease, now) for each in plan.started])
    _write(raw, FINISH, [(f.turn_id.hex, f.state, f.outcome, _to_json(f.trace), now) for f in plan.finished])


def _opened_row(item: NewMessage) -> Row:
    opens = item.opens
    if opens is None:
        raise ValueError("only a message that opens a conversation may make one")
    place = (opens.id.hex, item.organisation_id, opens.chatbot_id, opens.visitor_id.hex)
    return (*place, opens.version_id, opens.kind, opens.channel)


def _message_row(written: Written) -> Row:
    item = written.item
    return (
        item.organisation_id, written.conversation_id.hex, written.seq, item.sender, item.sender_name, item.bearer,
        item.client_id.hex if item.client_id else None, item.turn_id.hex if item.turn_id else None, item.text,
        _to_json(item.parts) if item.parts else "[]", _to_json(item.citations) if item.citations else "[]", item.state,
    )  # fmt: skip


def _started_row(written: Written) -> Row:
    row, turn_id = written.conversation, written.turn_id
    if row is None or turn_id is None:
        raise ValueError("a turn starts in a conversation")
    place = (turn_id.hex, written.item.organisation_id, row.id.hex, written.seq)
    return (*place, row.owner_version, written.item.model)
