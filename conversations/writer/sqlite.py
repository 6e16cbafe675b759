"""The writer's statements for SQLite: prepared once, run a row at a time (there is no network to save)."""

import sqlite3
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
from django.conf import settings
from django.utils import timezone

from conversations.writer.decide import Plan, Snapshot
from conversations.writer.items import ConversationRow, NewMessage, Stored

READ = """
SELECT organisation_id, chatbot_id, visitor_id, version_id, kind, state, owner_version, agent_id, last_seq
FROM conversations_conversation WHERE id = ?"""
FIND_STORED = """
SELECT conversation_id, seq, organisation_id FROM conversations_message
WHERE bearer = ? AND client_id = ? AND client_id IS NOT NULL"""
FIND_RUNNING = "SELECT cancelled_at IS NOT NULL FROM conversations_turn WHERE id = ? AND state = 'running'"
OPEN = """
INSERT INTO conversations_conversation (id, organisation_id, chatbot_id, visitor_id, version_id, kind, channel, state,
  owner_version, last_seq, last_message_at, visitor_read_seq, agent_read_seq, created_at)
VALUES (?, ?, ?, ?, ?, ?, ?, 'bot', 0, 0, ?, 0, 0, ?)"""
INSERT = """
INSERT INTO conversations_message (organisation_id, conversation_id, seq, sender, sender_name, bearer, client_id,
  turn_id, text, parts, citations, state, created_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""
TOUCH = """
UPDATE conversations_conversation SET last_seq = ?, last_message_at = ?, state = ?, owner_version = ? WHERE id = ?"""
START = """
INSERT INTO conversations_turn (id, organisation_id, conversation_id, question_seq, owner_version, model, state,
  outcome, lease_until, trace, created_at) VALUES (?, ?, ?, ?, ?, ?, 'running', '', ?, '{}', ?)"""
FINISH = "UPDATE conversations_turn SET state = ?, outcome = ?, trace = ?, finished_at = ? WHERE id = ?"


def _to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _utc_text(moment: datetime) -> str:
    """Django's way of storing moments in SQLite: UTC without an offset."""
    return str(moment.astimezone(UTC).replace(tzinfo=None))


def read_snapshot(raw: sqlite3.Connection, items: list[NewMessage]) -> Snapshot:
    """Read under the write lock, which the surrounding BEGIN IMMEDIATE holds; so nothing is ever locked elsewhere."""
    snapshot = Snapshot(conversations={}, stored={})
    for item in items:
        key = item.conversation_id
        if key is not None and key not in snapshot.conversations:
            row = raw.execute(READ, (key.hex,)).fetchone()
            if row:
                snapshot.conversations[key] = ConversationRow(key, row[0], row[1], UUID(row[2]), *row[3:])
        if item.client_id is not None:
            found = raw.execute(FIND_STORED, (item.bearer, item.client_id.hex)).fetchone()
            if found:
                snapshot.stored[item.bearer, item.client_id] = Stored(UUID(found[0]), found[1], found[2])
        if item.finishes is not None:
            running = raw.execute(FIND_RUNNING, (item.finishes.turn_id.hex,)).fetchone()
            if running:
                snapshot.running_turns[item.finishes.turn_id] = bool(running[0])
    return snapshot


def write_plan(raw: sqlite3.Connection, plan: Plan) -> None:
    """Run the plan's statements; sets each written message's database id."""
    moment = timezone.now()
    now = _utc_text(moment)
    for item in plan.opened:
        _open(raw, item, now)
    for written in plan.messages:
        item = written.item
        row = (
            item.organisation_id, written.conversation_id.hex, written.seq, item.sender, item.sender_name, item.bearer,
            item.client_id.hex if item.client_id else None, item.turn_id.hex if item.turn_id else None, item.text,
            _to_json(item.parts), _to_json(item.citations), item.state, now,
        )  # fmt: skip
        written.message_id = raw.execute(INSERT, row).lastrowid or 0
    for touched in plan.touched.values():
        raw.execute(TOUCH, (touched.last_seq, now, touched.state, touched.owner_version, touched.id.hex))
    _write_turns(raw, plan, moment)


def _open(raw: sqlite3.Connection, item: NewMessage, now: str) -> None:
    opens = item.opens
    if opens is None:
        return
    row = (
        opens.id.hex,
        item.organisation_id,
        opens.chatbot_id,
        opens.visitor_id.hex,
        opens.version_id,
        opens.kind,
    )
    raw.execute(OPEN, (*row, opens.channel, now, now))


def _write_turns(raw: sqlite3.Connection, plan: Plan, moment: datetime) -> None:
    now = _utc_text(moment)
    lease = _utc_text(moment + timedelta(seconds=settings.TURN_LEASE_SECONDS))
    for written in plan.started:
        if written.turn_id is None or written.conversation is None:
            continue
        place = (written.conversation_id.hex, written.seq, written.conversation.owner_version)
        item = written.item
        raw.execute(START, (written.turn_id.hex, item.organisation_id, *place, item.model, lease, now))
    for finish in plan.finished:
        raw.execute(FINISH, (finish.state, finish.outcome, _to_json(finish.trace), now, finish.turn_id.hex))
