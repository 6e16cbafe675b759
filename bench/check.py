"""Count what the product stored: `python -m bench.check`, in the environment of the server that was measured.

Prints `{session_id: [rows, lowest number, highest number, last_seq, rows of visitors, rows of agents]}`.
"""

import json
import os

import django

CONVERSATIONS = """
SELECT conversation.id, count(message.id), min(message.seq), max(message.seq), conversation.last_seq,
       sum(CASE WHEN message.sender = 'visitor' THEN 1 ELSE 0 END),
       sum(CASE WHEN message.sender = 'agent' THEN 1 ELSE 0 END)
FROM conversations_conversation conversation
JOIN conversations_message message ON message.conversation_id = conversation.id
GROUP BY conversation.id, conversation.last_seq
"""


def read_conversations() -> dict[str, list[int]]:
    from uuid import UUID

    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(CONVERSATIONS)
        return {str(UUID(str(row[0]))): [int(cell) for cell in row[1:]] for row in cursor.fetchall()}


def find_faults(
    *, stored: dict[str, list[int]], sessions: dict[str, int], visitors: int, agents: int
) -> list[str]:
    """Compare with what the clients were told; `sessions` are the highest numbers that they saw."""
    faults = [
        f"{session_id}: {rows} rows numbered {low}–{high}, last_seq {last}"
        for session_id, (rows, low, high, last, _, _) in stored.items()
        if not (low == 1 and rows == high == last)
    ]
    mine = {session_id: stored.get(session_id, [0] * 6) for session_id in sessions}
    faults += [
        f"{name}: head {head} told, {mine[name][2]} stored"
        for name, head in sessions.items()
        if head != mine[name][2]
    ]
    counted = {
        "visitors": sum(row[4] for row in mine.values()),
        "agents": sum(row[5] for row in mine.values()),
    }
    for who, told in (("visitors", visitors), ("agents", agents)):
        if counted[who] != told:
            faults.append(f"{told} messages of {who} acknowledged, {counted[who]} stored")
    return faults


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    print(json.dumps(read_conversations()))
