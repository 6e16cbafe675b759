"""How far each conversation has been shown on one socket, and how gaps are filled from the log.

Numbers decide: a hint that follows on is shown, one already shown is dropped, and anything else makes the socket read
the log. So hints may be lost, doubled or late.
"""

from collections.abc import Coroutine
from functools import lru_cache
from typing import Any
from uuid import UUID

from conversations.access import Head, read_page
from conversations.database import run_query
from conversations.delivery import Event, encode
from conversations.messages import frame_type_of
from conversations.models import Conversation
from core.errors import NotFound

# Each frame and each hint names a session. Long texts are never kept: UUID() passes over any number of hyphens.
_read_uuid = lru_cache(maxsize=16_384)(UUID)
UUID_CHARACTERS = 36


def parse_session(session_id: str) -> UUID:
    """Raises NotFound for what is no UUID: no session can have that id."""
    if len(session_id) > UUID_CHARACTERS:
        raise NotFound
    try:
        return _read_uuid(session_id)
    except ValueError as error:
        raise NotFound from error


class PositionsMixin:
    """The part of a socket that follows conversations.

    Of each, `positions` holds the last number shown, and `edits` how many changes of rows in the log were.
    """

    def __init__(self) -> None:
        self.positions: dict[UUID, int] = {}
        self.versions: dict[UUID, int] = {}
        self.edits: dict[UUID, int] = {}
        self.groups: set[str] = set()
        self.pending: set[str] = set()
        self._own: set[tuple[UUID, int]] = set()
        self._filling: dict[UUID, list[str]] = {}
        self._read_again: set[UUID] = set()

    # Given by the socket ---------------------------------------------------------------------------------------------
    def send_text(self, text: str) -> None:
        raise NotImplementedError

    def spawn(self, work: Coroutine[Any, Any, None], frame: Any = None) -> None:
        raise NotImplementedError

    def load_conversation(self, session: UUID) -> tuple[Conversation, dict[str, Any]]:
        """The conversation, with permission, and its `state` frame; called on a database thread. Raises NotFound."""
        raise NotImplementedError

    # Following -------------------------------------------------------------------------------------------------------
    def track(self, session: UUID, *, seq: int, owner_version: int | None = None) -> None:
        """Follow a conversation from number `seq` on."""
        self.positions[session] = max(seq, self.positions.get(session, 0))
        if owner_version is not None:
            self.versions[session] = owner_version

    def forget(self, session: UUID) -> None:
        """Follow a conversation no longer: what is still on its way for it is not shown."""
        self.positions.pop(session, None)
        self.versions.pop(session, None)
        self.edits.pop(session, None)

    def expect_own(self, session: UUID, seq: int) -> None:
        """A message that this socket sent and that was acknowledged: not to be shown to it again."""
        if self.positions.get(session, 0) < seq:
            self._own.add((session, seq))

    def conversation_message(self, event: Event) -> None:
        """A message joined the log."""
        session = parse_session(event["session_id"])
        position = self.positions.get(session)
        if position is None or event["seq"] <= position:
            return
        if session in self._filling:
            # What is being read may be from before this message.
            self._read_again.add(session)
            return
        if event["seq"] != position + 1:
            self.fill(session)
            return
        self.positions[session] = event["seq"]
        self._show(session, event["seq"], event["frame_type"], event["message"], event["session_id"])

    def conversation_changed(self, event: Event) -> None:
        """A row of the log is no longer what it was; shown as a `message` with the number that it has."""
        session = parse_session(event["session_id"])
        if session not in self.positions or event["edits"] <= self.edits.get(session, 0):
            return
        if session in self._filling:
            self._read_again.add(session)
        elif event["edits"] != self.edits.get(session, 0) + 1:
            self.fill(session)
        else:
            self._show_changed(session, [event["message"]], edits=event["edits"])

    def _show_changed(self, session: UUID, messages: list[str], *, edits: int) -> None:
        self.edits[session] = edits
        for message in messages:
            self.send_text(f'{{"type":"message","session_id":"{session}","message":{message}}}')

    def conversation_frame(self, event: Event) -> None:
        """Something that is not in the log: typing, state, a piece of a reply; after the gap before it is filled."""
        session = parse_session(event["session_id"])
        if session not in self.positions or event["origin"] == self.origin:
            return
        if "owner_version" in event:
            self.versions[session] = event["owner_version"]
        if session in self._filling:
            self._filling[session].append(event["frame"])
        else:
            self.send_text(event["frame"])

    @property
    def origin(self) -> str:
        """What marks hints that this socket caused, and so need not see."""
        return getattr(self, "channel_name", "-")

    def notice_head(self, session: UUID, head: Head) -> None:
        """The log's own word on how far it is; reads on when this socket is behind, or owners have changed."""
        position = self.positions.get(session)
        if position is None or session in self._filling:
            return
        is_behind = head.seq > position or head.edits > self.edits.get(session, 0)
        if is_behind or head.owner_version != self.versions.get(session, head.owner_version):
            self.fill(session)
        self.versions.setdefault(session, head.owner_version)

    def fill(self, session: UUID) -> None:
        """Read from the log what is missing, once at a time."""
        if session not in self._filling:
            self._filling[session] = []
            try:
                self.spawn(self._fill(session))
            except Exception:
                del self._filling[session]
                raise

    async def _fill(self, session: UUID) -> None:
        try:
            more = True
            while more or session in self._read_again:
                self._read_again.discard(session)
                if session not in self.positions:
                    return
                page, state = await run_query(self._load_after, session, self.positions[session])
                for message in page.messages:
                    if message["seq"] == self.positions[session] + 1:
                        self.positions[session] = message["seq"]
                        if message["client_id"] in self.pending:
                            # Committed but not yet acknowledged here: `accepted` is on its way.
                            continue
                        self._show(
                            session, message["seq"], frame_type_of(message), encode(message), str(session)
                        )
                changed = [encode(message) for message in page.changed]
                self._show_changed(session, changed, edits=page.conversation.edits)
                more = page.more
            if page.conversation.owner_version != self.versions.get(session):
                self.versions[session] = page.conversation.owner_version
                self.send_text(encode(state))
        except NotFound:
            self.forget(session)
        finally:
            for frame in self._filling.pop(session, ()):
                if session in self.positions:
                    self.send_text(frame)

    def _load_after(self, session: UUID, position: int) -> tuple[Any, dict[str, Any]]:
        conversation, state = self.load_conversation(session)
        edits = self.edits.get(session, 0)
        return read_page(conversation, after_seq=position, after_edit=edits), state

    def _show(self, session: UUID, seq: int, frame_type: str, message: str, session_id: str) -> None:
        if (session, seq) in self._own:
            self._own.discard((session, seq))
            return
        turn = _turn_of(frame_type, message)
        self.send_text(f'{{"type":"{frame_type}","session_id":"{session_id}",{turn}"message":{message}}}')


def _turn_of(frame_type: str, message: str) -> str:
    """The reply's turn_id beside the message, cut out of its JSON (it is the last field)."""
    if frame_type != "saved":
        return ""
    return f'"turn_id":{message[message.rindex(":") + 1 : -1]},'
