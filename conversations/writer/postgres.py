"""The writer's statements for PostgreSQL: one a table, its rows as one JSON document, its answer as another.

A document is encoded and decoded at once in C; arrays of columns cost psycopg some microseconds a value. Lock and
look-up of duplicates are statements of their own: one statement is one snapshot, so a single one would look for
duplicates in a state from before the lock was granted, and give wrong numbers.
"""

from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

import msgspec
import psycopg
from django.conf import settings
from django.utils import timezone

from conversations.writer.decide import Plan, Snapshot
from conversations.writer.items import ConversationRow, NewMessage, Stored, TurnEnded, Written
from conversations.writer.pipeline import Answer, Statement

_LOCK = """
SELECT json_agg(c)::text FROM (
  SELECT id, organisation_id, chatbot_id, visitor_id, version_id, kind, state, owner_version, agent_id, last_seq,
    bot_state FROM conversations_conversation WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE{}) c"""
LOCK, LOCK_FREE = _LOCK.format(""), _LOCK.format(" SKIP LOCKED")
FIND_STORED = """
SELECT json_agg(json_build_array(m.bearer, m.client_id, m.conversation_id, m.seq, m.organisation_id))::text
FROM json_to_recordset($1::json) AS wanted(bearer text, client_id uuid)
JOIN conversations_message m ON m.bearer = wanted.bearer AND m.client_id = wanted.client_id
WHERE m.client_id IS NOT NULL"""
# Locked, so that nobody ends a turn between this look at it and its end in the same batch.
FIND_RUNNING = """
SELECT json_agg(json_build_array(id, cancelled))::text FROM (
  SELECT id, cancelled_at IS NOT NULL AS cancelled FROM conversations_turn
  WHERE id = ANY($1::uuid[]) AND state = 'running' ORDER BY id FOR NO KEY UPDATE) t"""
FIND_LOCKED = "SELECT json_agg(id)::text FROM conversations_conversation WHERE id = ANY($1::uuid[])"
OPEN = """
INSERT INTO conversations_conversation (id, organisation_id, chatbot_id, visitor_id, version_id, kind, channel, state,
  owner_version, last_seq, last_message_at, visitor_read_seq, agent_read_seq, created_at)
SELECT id, organisation_id, chatbot_id, visitor_id, version_id, kind, channel, 'bot', 0, 0, $1::timestamptz, 0, 0,
  $1::timestamptz
FROM json_to_recordset($2::json) AS row(id uuid, organisation_id bigint, chatbot_id bigint, visitor_id uuid,
  version_id bigint, kind text, channel text)"""
INSERT = """
WITH written AS (
  INSERT INTO conversations_message (organisation_id, conversation_id, seq, sender, sender_name, bearer, client_id,
    turn_id, text, parts, citations, state, created_at)
  SELECT row.*, $1::timestamptz
  FROM json_to_recordset($2::json) AS row(organisation_id bigint, conversation_id uuid, seq int, sender text,
    sender_name text, bearer text, client_id uuid, turn_id uuid, text text, parts jsonb, citations jsonb, state text)
  RETURNING conversation_id, seq, id)
SELECT json_agg(json_build_array(conversation_id, seq, id))::text FROM written"""
TOUCH = """
UPDATE conversations_conversation c
SET last_seq = row.last_seq, last_message_at = $1::timestamptz, state = row.state, owner_version = row.owner_version,
  bot_state = row.bot_state
FROM json_to_recordset($2::json) AS row(id uuid, last_seq int, state text, owner_version int, bot_state jsonb)
WHERE c.id = row.id"""
START = """
INSERT INTO conversations_turn (id, organisation_id, conversation_id, question_seq, owner_version, model, state,
  outcome, lease_until, trace, created_at)
SELECT row.*, 'running', '', clock_timestamp() + make_interval(secs => $2::float8), '{}', $1::timestamptz
FROM json_to_recordset($3::json) AS row(id uuid, organisation_id bigint, conversation_id uuid, question_seq int,
  owner_version int, model text)"""
FINISH = """
UPDATE conversations_turn t
SET state = row.state, outcome = row.outcome, trace = row.trace, finished_at = $1::timestamptz
FROM json_to_recordset($2::json) AS row(turn_id uuid, state text, outcome text, trace jsonb)
WHERE t.id = row.turn_id AND t.state = 'running'"""

Run = Callable[[Sequence[Statement]], list[Answer]]


class _MessageRow(msgspec.Struct, gc=False):
    organisation_id: int
    conversation_id: UUID
    seq: int
    sender: str
    sender_name: str
    bearer: str
    client_id: UUID | None
    turn_id: UUID | None
    text: str
    parts: list[dict[str, Any]]
    citations: list[dict[str, Any]]
    state: str


_encoder = msgspec.json.Encoder()
_read_rows = msgspec.json.Decoder(list[ConversationRow]).decode
_read_stored = msgspec.json.Decoder(list[tuple[str, UUID, UUID, int, int]]).decode
_read_running = msgspec.json.Decoder(list[tuple[UUID, bool]]).decode
_read_ids = msgspec.json.Decoder(list[UUID]).decode
_read_places = msgspec.json.Decoder(list[tuple[UUID, int, int]]).decode


def read_snapshot(run: Run, items: list[NewMessage], *, skip_locked: bool) -> Snapshot:
    """Lock the conversations, then look up resends and the turns that are to be finished, in one round trip."""
    ids = _uuid_array({item.conversation_id for item in items if item.conversation_id is not None})
    keys = [{"bearer": i.bearer, "client_id": i.client_id} for i in items if i.client_id is not None]
    turns = _uuid_array({item.finishes.turn_id for item in items if item.finishes is not None})
    asked = {
        "rows": Statement(LOCK_FREE if skip_locked else LOCK, (ids,)),
        "stored": Statement(FIND_STORED, (_to_json(keys),)) if keys else None,
        "running": Statement(FIND_RUNNING, (turns,)) if turns != "{}" else None,
        "all": Statement(FIND_LOCKED, (ids,)) if skip_locked else None,
    }
    wanted = {name: statement for name, statement in asked.items() if statement is not None}
    found = {name: answer.text for name, answer in zip(wanted, run(list(wanted.values())), strict=True)}
    rows = {row.id: row for row in _read_rows(found["rows"] or "[]")}
    return Snapshot(
        conversations=rows,
        stored={(each[0], each[1]): Stored(*each[2:]) for each in _read_stored(found.get("stored") or "[]")},
        running_turns=dict(_read_running(found.get("running") or "[]")),
        locked=set(_read_ids(found.get("all") or "[]")) - rows.keys(),
    )


def write_plan(run: Run, plan: Plan, *finally_run: Statement) -> None:
    """Send the plan's statements, and `finally_run` behind them; sets each written message's database id.

    Raises:
        TurnEnded: a turn ended since it was looked at, which its lock should not allow; nothing may be committed.
    """
    moment = timezone.now().isoformat()
    statements = []
    if plan.opened:
        statements.append(Statement(OPEN, (moment, _to_json([_opened_row(item) for item in plan.opened]))))
    if plan.messages:
        statements.append(Statement(INSERT, (moment, _to_json([_message_row(w) for w in plan.messages]))))
        statements.append(Statement(TOUCH, (moment, _to_json(list(plan.touched.values())))))
    if plan.started:
        lease = str(settings.TURN_LEASE_SECONDS)
        started = _to_json([_started_row(written) for written in plan.started])
        statements.append(Statement(START, (moment, lease, started)))
    if plan.finished:
        statements.append(Statement(FINISH, (moment, _to_json(plan.finished))))
    answers = dict(zip([each.sql for each in statements], run([*statements, *finally_run]), strict=False))
    if plan.finished and answers[FINISH].rows != len(plan.finished):
        raise TurnEnded
    if plan.messages:
        places = {(each[0], each[1]): each[2] for each in _read_places(answers[INSERT].text or "[]")}
        for written in plan.messages:
            written.message_id = places[written.conversation_id, written.seq]


def run_by_cursors(raw: psycopg.Connection[Any]) -> Run:
    """Run statements inside a transaction that psycopg or Django has begun, or is to begin with the first of them."""

    def run(statements: Sequence[Statement]) -> list[Answer]:
        cursors = [psycopg.RawCursor(raw) for _ in statements]
        with raw.pipeline():
            for cursor, statement in zip(cursors, statements, strict=True):
                cursor.execute(statement.sql.encode(), statement.params)
        return [_read_cursor(cursor) for cursor in cursors]

    return run


def _read_cursor(cursor: psycopg.RawCursor[Any]) -> Answer:
    row = cursor.fetchone() if cursor.description else None
    return Answer(row[0] if row else None, cursor.rowcount)


def _uuid_array(ids: set[UUID]) -> str:
    return "{" + ",".join([each.hex for each in ids]) + "}"


def _to_json(value: Any) -> str:
    return _encoder.encode(value).decode()


def _opened_row(item: NewMessage) -> dict[str, Any]:
    return {"organisation_id": item.organisation_id, **msgspec.to_builtins(item.opens)}


def _message_row(written: Written) -> _MessageRow:
    item = written.item
    return _MessageRow(
        item.organisation_id, written.conversation_id, written.seq, item.sender, item.sender_name, item.bearer,
        item.client_id, item.turn_id, item.text, item.parts, item.citations, item.state,
    )  # fmt: skip


def _started_row(written: Written) -> dict[str, Any]:
    row = written.conversation
    return {
        "id": written.turn_id,
        "organisation_id": written.item.organisation_id,
        "conversation_id": written.conversation_id,
        "question_seq": written.seq,
        "owner_version": row.owner_version if row is not None else 0,
        "model": written.item.model,
    }
