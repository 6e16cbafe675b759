"""What of a streaming reply stands in the turn's row."""

from dataclasses import dataclass

from django.db import connection

from chatbots.turns.job import TurnJob
from conversations.models import Turn

# Not `cancelled_at IS NOT NULL`: in RETURNING, SQLite 3.40 takes that to be always true.
SAVE = """
UPDATE conversations_turn SET text = %s, pieces = %s WHERE id = %s AND state = 'running' AND claims = %s
RETURNING cancelled_at,
  (SELECT owner_version FROM conversations_conversation c WHERE c.id = conversations_turn.conversation_id)"""


@dataclass(frozen=True, slots=True)
class Saved:
    """What the rows said at that moment."""

    cancelled: bool
    owner_version: int


def save_pieces(*, job: TurnJob, text: str, pieces: int) -> Saved | None:
    """Save what was streamed so far in one statement; None when the turn ended, or is another process's, by now."""
    key = Turn._meta.pk.get_db_prep_value(job.turn_id, connection)
    with connection.cursor() as cursor:
        cursor.execute(SAVE, (text, pieces, key, job.claim))
        # To the end: SQLite commits a statement once all its rows are read.
        rows = cursor.fetchall()
    return Saved(rows[0][0] is not None, rows[0][1]) if rows else None
