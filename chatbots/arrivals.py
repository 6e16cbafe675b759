"""Visitors who connect: who they are, what their bot runs on, and their sessions, for all who come at once in one hop.

Nothing of this is remembered from connect to connect but what never changes: a published version's configuration. So who
was deleted, and whose bot was unpublished, is refused at once.
"""

from collections import OrderedDict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from django.db import connection

from chatbots.access import Brain, load_brain
from chatbots.configuration import public_configuration
from conversations.gathering import Gathered
from conversations.models import Visitor

SESSIONS_SHOWN = 20
PREVIEW_CHARACTERS = 200
VERSIONS_KEPT = 1_000
AMONG = {"postgresql": "= ANY(%s)", "sqlite": "IN (SELECT value FROM json_each(%s))"}
VISITORS = """
SELECT v.id, v.bearer, v.name, v.organisation_id, v.chatbot_id, c.public_id, c.slug, c.published_id
FROM conversations_visitor v JOIN chatbots_chatbot c ON c.id = v.chatbot_id WHERE v.id {among}"""
SESSIONS = """
SELECT s.visitor_id, s.id, s.state, s.last_seq, s.last_message_at,
  (SELECT substr(m.text, 1, {characters}) FROM conversations_message m
   WHERE m.conversation_id = s.id AND m.seq = s.last_seq),
  CASE WHEN s.visitor_read_seq < s.last_seq THEN
    (SELECT count(*) FROM conversations_message m
     WHERE m.conversation_id = s.id AND m.seq > s.visitor_read_seq AND m.sender <> 'visitor')
  ELSE 0 END
FROM (
  SELECT id, visitor_id, state, last_seq, last_message_at, visitor_read_seq,
    row_number() OVER (PARTITION BY visitor_id ORDER BY last_message_at DESC) AS place
  FROM conversations_conversation WHERE visitor_id {among}
) s WHERE s.place <= {sessions} ORDER BY s.last_message_at DESC"""


@dataclass(frozen=True, slots=True)
class Look:
    """A published version, ready for use: `bot` is its public configuration, encoded."""

    brain: Brain
    bot: msgspec.Raw


@dataclass(frozen=True, slots=True)
class Arrival:
    """A visitor and their sessions, latest first. `look` None: the bot is not published."""

    visitor: Visitor
    public_id: str
    look: Look | None
    sessions: list[dict[str, Any]]


_looks: OrderedDict[tuple[int, str], Look] = OrderedDict()


def read_arrivals(visitor_ids: list[UUID]) -> dict[UUID, Arrival]:
    """Those of the visitors that exist; called on a database thread."""
    sessions = read_sessions(visitor_ids)
    return {
        _uuid(pk): Arrival(
            visitor=Visitor(
                id=_uuid(pk), bearer=bearer, name=name, organisation_id=organisation, chatbot_id=chatbot
            ),
            public_id=public_id,
            look=_find_look(chatbot, version, slug) if version is not None else None,
            sessions=sessions.get(_uuid(pk), []),
        )
        for pk, bearer, name, organisation, chatbot, public_id, slug, version in _fetch(VISITORS, visitor_ids)
    }


arrivals: Gathered[UUID, Arrival] = Gathered(read_arrivals)


def read_sessions(visitor_ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """The visitors' latest sessions, each with its last message, head and what is unread; one query."""
    found: dict[UUID, list[dict[str, Any]]] = {}
    for visitor, pk, state, last_seq, at, text, unread in _fetch(SESSIONS, visitor_ids):
        found.setdefault(_uuid(visitor), []).append(
            {
                "session_id": str(_uuid(pk)),
                "state": state,
                "last_message": text or "",
                # SQLite's are UTC, and do not say so.
                "last_message_at": at.isoformat() + ("" if at.tzinfo else "+00:00"),
                "unread": unread,
                "head_seq": last_seq,
            }
        )
    return found


def _fetch(statement: str, ids: list[UUID]) -> list[tuple[Any, ...]]:
    sql = statement.format(
        among=AMONG[connection.vendor], characters=PREVIEW_CHARACTERS, sessions=SESSIONS_SHOWN
    )
    keys: Any = (
        ids if connection.vendor == "postgresql" else msgspec.json.encode([pk.hex for pk in ids]).decode()
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, (keys,))
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _uuid(value: UUID | str) -> UUID:
    return value if isinstance(value, UUID) else UUID(value)


def _find_look(chatbot_id: int, version_id: int, slug: str) -> Look:
    """Versions never change: theirs is read once. The slug is no version's, and is told apart by the key."""
    look = _looks.get((version_id, slug))
    if look is None:
        brain = load_brain(chatbot_id=chatbot_id, version_id=version_id)
        bot = public_configuration(chatbot=brain.chatbot, configuration=brain.configuration)
        look = _looks[version_id, slug] = Look(brain, msgspec.Raw(msgspec.json.encode(bot)))
        while len(_looks) > VERSIONS_KEPT:
            _looks.popitem(last=False)
    return look
