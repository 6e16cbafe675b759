"""What happens to each message, as a pure function over what was read under the locks."""

from copy import copy
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from conversations.bot_state import find_shown_title, reset_bot_state
from conversations.writer.items import (
    ConversationRow,
    FinishTurn,
    NewMessage,
    Refused,
    Result,
    Stored,
    TurnCancelled,
    Written,
)
from core.errors import Conflict, Invalid, NotFound, ParleyError, Unavailable

CHOICE_GONE = "That choice is not there any more. Write what you would like to know instead."


@dataclass(slots=True)
class Snapshot:
    """What stands in the database. `locked` were not to be had.

    `running_turns` of those that the batch finishes, each with whether somebody asked for it to be cancelled.
    """

    conversations: dict[UUID, ConversationRow]
    stored: dict[tuple[str, UUID], Stored]
    running_turns: dict[UUID, bool] = field(default_factory=dict)
    locked: set[UUID] = field(default_factory=set)


@dataclass(slots=True)
class Plan:
    """What the batch writes, in one insert or update a table."""

    opened: list[NewMessage] = field(default_factory=list)
    messages: list[Written] = field(default_factory=list)
    touched: dict[UUID, ConversationRow] = field(default_factory=dict)
    started: list[Written] = field(default_factory=list)
    finished: list[FinishTurn] = field(default_factory=list)
    results: list[Result] = field(default_factory=list)


def plan_batch(*, items: list[NewMessage], snapshot: Snapshot, now: datetime) -> Plan:
    """Decide per item, in this order: organisation, duplicate, whose it is, owner, choice, number."""
    plan = Plan()
    for item in items:
        outcome = _find_stored(item, snapshot) or _find_fault(item, snapshot)
        plan.results.append(outcome or _number(item, snapshot, plan, now))
        if isinstance(outcome, Refused) and type(outcome.error) is Conflict:
            _cancel_turn(item, snapshot, plan)
    return plan


def _find_stored(item: NewMessage, snapshot: Snapshot) -> Written | None:
    if item.client_id is None:
        return None
    stored = snapshot.stored.get((item.bearer, item.client_id))
    if stored is None or stored.organisation_id != item.organisation_id:
        return None
    return Written(stored.conversation_id, stored.seq, item, duplicate=True)


def _find_fault(item: NewMessage, snapshot: Snapshot) -> Refused | None:
    if item.opens is not None and item.target not in snapshot.conversations:
        return Refused(item, _refuse_choice()) if item.choice and not item.text else None
    if item.target in snapshot.locked:
        return Refused(item, Unavailable(retry_after_s=1.0), park=True)
    error = _check_conversation(item, snapshot.conversations.get(item.target), snapshot)
    return Refused(item, error) if error else None


def _check_conversation(
    item: NewMessage, row: ConversationRow | None, snapshot: Snapshot
) -> ParleyError | None:
    if row is None or row.organisation_id != item.organisation_id:
        return NotFound()
    if item.visitor_id is not None and row.visitor_id != item.visitor_id:
        return NotFound()
    if item.agent_id is not None and (row.state != "agent" or row.agent_id != item.agent_id):
        return Conflict("You do not have this conversation now. Accept it first.")
    if item.owner_version is not None and row.owner_version != item.owner_version:
        return Conflict("Somebody else answers in this conversation now.")
    if item.finishes is not None and item.finishes.turn_id not in snapshot.running_turns:
        return Conflict("That turn has ended already.")
    if item.finishes is not None and _came_too_late(item.finishes, snapshot):
        return TurnCancelled()
    if item.choice and not (item.text or find_shown_title(row.bot_state, item.choice)):
        return _refuse_choice()
    return None


def _refuse_choice() -> Invalid:
    return Invalid(CHOICE_GONE, fields={"choice": CHOICE_GONE})


def _came_too_late(finish: FinishTurn, snapshot: Snapshot) -> bool:
    """Whoever runs the turn keeps what was streamed, as "stopped"; a whole reply is what nobody wants any more."""
    return finish.state in ("complete", "failed") and snapshot.running_turns[finish.turn_id]


def _number(item: NewMessage, snapshot: Snapshot, plan: Plan, now: datetime) -> Written:
    row = snapshot.conversations.get(item.target)
    if row is None:
        row = _open(item)
        snapshot.conversations[row.id] = row
        plan.opened.append(item)
    if item.choice:
        item.text = find_shown_title(row.bot_state, item.choice) or item.text
    row.last_seq += 1
    written = Written(row.id, row.last_seq, item, created_at=now)
    if item.starts_turn is not None and row.state == "closed":
        row.state = "bot"
        row.owner_version += 1
        row.bot_state = reset_bot_state(row.bot_state)
        written.reopened = True
    if item.starts_turn is not None and row.state == "bot":
        written.turn_id = item.starts_turn
        plan.started.append(written)
    if item.finishes is not None:
        snapshot.running_turns.pop(item.finishes.turn_id, None)
        plan.finished.append(item.finishes)
        if item.finishes.bot_state is not None:
            row.bot_state = item.finishes.bot_state
    written.conversation = copy(row)
    plan.touched[row.id] = row
    plan.messages.append(written)
    if item.client_id is not None:
        snapshot.stored[item.bearer, item.client_id] = Stored(row.id, row.last_seq, item.organisation_id)
    return written


def _open(item: NewMessage) -> ConversationRow:
    opens = item.opens
    if opens is None:
        raise ValueError("only a message that opens a conversation may make one")
    return ConversationRow(
        id=opens.id,
        organisation_id=item.organisation_id,
        chatbot_id=opens.chatbot_id,
        visitor_id=opens.visitor_id,
        version_id=opens.version_id,
        kind=opens.kind,
        state="bot",
        owner_version=0,
        agent_id=None,
        last_seq=0,
    )


def _cancel_turn(item: NewMessage, snapshot: Snapshot, plan: Plan) -> None:
    """A reply that came too late ends its turn all the same, so that no sweep takes it up again."""
    if item.finishes is None or item.finishes.turn_id not in snapshot.running_turns:
        return
    del snapshot.running_turns[item.finishes.turn_id]
    plan.finished.append(replace(item.finishes, state="cancelled", outcome="cancelled"))
