"""The writer's statements for PostgreSQL: one insert or update a table, sent through psycopg's pipeline.

Lock and look-up of duplicates are statements of their own: one statement is one snapshot, so a single one would look
for duplicates in a state from before the lock was granted, and give wrong numbers.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.conf import settings
from django.utils import timezone

from conversations.writer.decide import Plan, Snapshot
from conversations.writer.items import ConversationRow, NewMessage, Stored, TurnEnded

LOCK = """
SELECT id, organisation_id, chatbot_id, visitor_id, version_id, kind, state, owner_version, agent_id, last_seq
FROM conversations_conversation WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"""
FIND_STORED = """
SELECT m.bearer, m.client_id, m.conversation_id, m.seq, m.organisation_id
FROM unnest(%s::text[], %s::uuid[]) AS wanted(bearer, client_id)
JOIN conversations_message m ON m.bearer = wanted.bearer AND m.client_id = wanted.client_id
WHERE m.client_id IS NOT NULL"""
FIND_RUNNING = """
SELECT id, cancelled_at IS NOT NULL FROM conversations_turn WHERE id = ANY(%s) AND state = 'running'"""
FIND_LOCKED = "SELECT id FROM conversations_conversation WHERE id = ANY(%s)"
OPEN = """
INSERT INTO conversations_conversation (id, organisation_id, chatbot_id, visitor_id, version_id, kind, channel, state,
  owner_version, last_seq, last_message_at, visitor_read_seq, agent_read_seq, created_at)
SELECT *, 'bot', 0, 0, %s, 0, 0, %s FROM unnest(%s::uuid[], %s::bigint[], %s::bigint[], %s::uuid[], %s::bigint[],
  %s::text[], %s::text[])"""
INSERT = """
INSERT INTO conversations_message (organisation_id, conversation_id, seq, sender, sender_name, bearer, client_id,
  turn_id, text, parts, citations, state, created_at)
SELECT organisation_id, conversation_id, seq, sender, sender_name, bearer, client_id, turn_id, text, parts::jsonb,
  citations::jsonb, state, %s
FROM unnest(%s::bigint[], %s::uuid[], %s::int[], %s::text[], %s::text[], %s::text[], %s::uuid[], %s::uuid[],
  %s::text[], %s::text[], %s::text[], %s::text[])
  AS row(organisation_id, conversation_id, seq, sender, sender_name, bearer, client_id, turn_id, text, parts,
  citations, state)
RETURNING conversation_id, seq, id"""
TOUCH = """
UPDATE conversations_conversation c
SET last_seq = row.last_seq, last_message_at = %s, state = row.state, owner_version = row.owner_version
FROM unnest(%s::uuid[], %s::int[], %s::text[], %s::int[]) AS row(id, last_seq, state, owner_version)
WHERE c.id = row.id"""
START = """
INSERT INTO conversations_turn (id, organisation_id, conversation_id, question_seq, owner_version, model, state,
  outcome, lease_until, trace, created_at)
SELECT *, 'running', '', %s, '{}', %s FROM unnest(%s::uuid[], %s::bigint[], %s::uuid[], %s::int[], %s::int[],
  %s::text[])"""
FINISH = """
UPDATE conversations_turn t SET state = row.state, outcome = row.outcome, trace = row.trace::jsonb, finished_at = %s
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::text[]) AS row(id, state, outcome, trace)
WHERE t.id = row.id AND t.state = 'running'"""


def _to_json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def read_snapshot(connection: Any, items: list[NewMessage], *, skip_locked: bool) -> Snapshot:
    """Lock the conversations, then look up resends and the turns that are to be finished."""
    connection.ensure_connection()
    raw: psycopg.Connection[Any] = connection.connection
    ids = sorted({item.conversation_id for item in items if item.conversation_id is not None})
    keys = [(item.bearer, item.client_id) for item in items if item.client_id is not None]
    turns = [item.finishes.turn_id for item in items if item.finishes is not None]
    locking, finding, running, existing = (psycopg.Cursor(raw) for _ in range(4))
    with raw.pipeline():
        if ids:
            locking.execute(LOCK + " SKIP LOCKED" if skip_locked else LOCK, (ids,))
        if keys:
            finding.execute(FIND_STORED, ([key[0] for key in keys], [key[1] for key in keys]))
        if turns:
            running.execute(FIND_RUNNING, (turns,))
        if skip_locked and ids:
            existing.execute(FIND_LOCKED, (ids,))
    conversations = {row[0]: ConversationRow(*row) for row in locking.fetchall()} if ids else {}
    running_turns = dict(running.fetchall()) if turns else {}
    return Snapshot(
        conversations=conversations,
        stored={(row[0], row[1]): Stored(*row[2:]) for row in finding.fetchall()} if keys else {},
        running_turns=running_turns,
        locked={row[0] for row in existing.fetchall()} - conversations.keys()
        if skip_locked and ids
        else set(),
    )


def write_plan(connection: Any, plan: Plan) -> None:
    """Send the plan's statements; sets each written message's database id.

    Raises:
        TurnEnded: turns are not locked, so that one may have ended since it was looked at. Begin again.
    """
    raw: psycopg.Connection[Any] = connection.connection
    now = timezone.now()
    inserting, finishing = psycopg.Cursor(raw), psycopg.Cursor(raw)
    with raw.pipeline():
        if plan.opened:
            psycopg.Cursor(raw).execute(OPEN, (now, now, *_opened_columns(plan)))
        if plan.messages:
            inserting.execute(INSERT, (now, *_message_columns(plan)))
            rows = list(plan.touched.values())
            columns = ([r.id for r in rows], [r.last_seq for r in rows], [r.state for r in rows])
            psycopg.Cursor(raw).execute(TOUCH, (now, *columns, [r.owner_version for r in rows]))
        if plan.started:
            lease = now + timedelta(seconds=settings.TURN_LEASE_SECONDS)
            psycopg.Cursor(raw).execute(START, (lease, now, *_started_columns(plan)))
        if plan.finished:
            done = plan.finished
            columns_done = ([f.turn_id for f in done], [f.state for f in done], [f.outcome for f in done])
            finishing.execute(FINISH, (now, *columns_done, [_to_json(f.trace) for f in done]))
    if plan.finished and finishing.rowcount != len(plan.finished):
        raise TurnEnded
    if plan.messages:
        numbers: dict[tuple[UUID, int], int] = {(row[0], row[1]): row[2] for row in inserting.fetchall()}
        for written in plan.messages:
            written.message_id = numbers[written.conversation_id, written.seq]


def _opened_columns(plan: Plan) -> tuple[list[Any], ...]:
    rows = [
        (o.id, item.organisation_id, o.chatbot_id, o.visitor_id, o.version_id, o.kind, o.channel)
        for item in plan.opened
        if (o := item.opens) is not None
    ]
    return tuple(list(column) for column in zip(*rows, strict=True))


def _message_columns(plan: Plan) -> tuple[list[Any], ...]:
    rows = [
        (
            w.item.organisation_id, w.conversation_id, w.seq, w.item.sender, w.item.sender_name, w.item.bearer,
            w.item.client_id, w.item.turn_id, w.item.text, _to_json(w.item.parts), _to_json(w.item.citations),
            w.item.state,
        )
        for w in plan.messages
    ]  # fmt: skip
    return tuple(list(column) for column in zip(*rows, strict=True))


def _started_columns(plan: Plan) -> tuple[list[Any], ...]:
    rows = [
        (
            w.turn_id,
            w.item.organisation_id,
            w.conversation_id,
            w.seq,
            w.conversation.owner_version,
            w.item.model,
        )
        for w in plan.started
        if w.conversation is not None
    ]
    return tuple(list(column) for column in zip(*rows, strict=True))
