"""The chat socket: visitors, owners in a test session, API clients."""

import time
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from django.conf import settings

from chatbots.actions.cancel_turn import cancel_turn
from chatbots.actions.request_person import request_person
from chatbots.actions.retry_turn import retry_turn
from chatbots.actions.take_feedback import take_feedback
from chatbots.engine.choices import CHOICE_CHARACTERS, name_choice
from chatbots.speakers import Speaker, check_message_model, refresh_brain, welcome_speaker
from chatbots.turns import complete_frame, start_job, sweep_soon, tell_cancelled
from conversations.access import access_visitor_conversation
from conversations.actions.mark_read import mark_read_by_visitor
from conversations.database import run_query
from conversations.delivery import frame_event, publish
from conversations.frames import (
    CHAT_FRAMES,
    CancelFrame,
    ChooseFrame,
    EndFrame,
    FeedbackFrame,
    FrameReader,
    MessageFrame,
    PingFrame,
    ReadFrame,
    RequestAgentFrame,
    RetryFrame,
    SessionSyncFrame,
    TypingFrame,
)  # fmt: skip
from conversations.messages import group_of_conversation, wire_message
from conversations.models import Conversation, TurnState
from conversations.session_socket import SessionSocket, clamp_seq
from conversations.writer.checks import check_text
from conversations.writer.items import NewMessage, OpenConversation, Written
from core.errors import NotFound
from core.loops import make_id
from handoff.actions.end_handoff import asks_to_end, end_by_visitor
from handoff.actions.request_handoff import note_waiting
from handoff.shapes import state_frame

BRAIN_SECONDS = 2.0
FOLLOWED_SESSIONS = 5
FEEDBACK_CHARACTERS = 1_000
REASON_BUTTON = "The visitor asked for a person."


class ChatSocket(SessionSocket):
    """One bearer at one bot; may carry several of its sessions."""

    reader = FrameReader(CHAT_FRAMES)

    def __init__(self) -> None:
        super().__init__()
        self.speaker: Speaker
        self._welcome: dict[str, Any] = {}
        self._brain_at = time.monotonic()

    async def authenticate(self) -> None:
        query = parse_qs(self.scope.get("query_string", b"").decode("latin-1"))
        bot = query.get("bot", [""])[0]
        token, organisation = self.read_bearer_token(), self.header("x-organisation")
        self.speaker, self._welcome = await welcome_speaker(token=token, bot=bot, organisation=organisation)
        self.expires_at = self.speaker.expires_at
        if self.speaker.membership is not None:
            self.membership_id, self.role = self.speaker.membership.pk, self.speaker.membership.role

    async def greet(self) -> None:
        """`ready`. A visitor's latest sessions are followed at once; an API client follows what it uses."""
        frame, self._welcome = self._welcome, {}
        if self.speaker.channel == "widget":
            for session in frame["sessions"][:FOLLOWED_SESSIONS]:
                self.track(UUID(session["session_id"]), seq=session["head_seq"])
                await self.join(group_of_conversation(UUID(session["session_id"])))
        own = {"type": "ready", "protocol": "parley.v1", "connection_id": self.connection_id}
        self.send_frame({**own, **frame, "heartbeat_s": settings.HEARTBEAT_SECONDS})

    def handle(self, frame: Any) -> None:
        match frame:
            case MessageFrame() | ChooseFrame():
                self._take_message(frame)
            case PingFrame():
                self.take_ping(frame)
            case SessionSyncFrame():
                self.spawn(self.sync(frame), frame)
            case CancelFrame():
                self.spawn(self._cancel(frame), frame)
            case RetryFrame() | FeedbackFrame():
                self.message_limit.consume()
                work = self._retry(frame) if isinstance(frame, RetryFrame) else self._take_feedback(frame)
                self.spawn(work, frame)
            case TypingFrame():
                self.pass_on_typing(frame)
            case ReadFrame():
                self.spawn(self._mark_read(frame), frame)
            case RequestAgentFrame():
                self.spawn(self._request_agent(frame), frame)
            case EndFrame():
                self.spawn(self._end(frame), frame)

    def who(self) -> dict[str, Any]:
        return {"sender": "visitor", "name": self.speaker.visitor.name}

    def load_conversation(self, session: UUID) -> tuple[Conversation, dict[str, Any]]:
        conversation = access_visitor_conversation(visitor_id=self.speaker.visitor_id, session_id=session)
        return conversation, state_frame(conversation)

    # Messages --------------------------------------------------------------------------------------------------------
    def _take_message(self, frame: MessageFrame | ChooseFrame) -> None:
        """Whether the conversation has shown the button that was pressed is decided under the writer's lock."""
        self.message_limit.consume()
        if isinstance(frame, ChooseFrame):
            check_text(frame.choice, field="choice", limit=CHOICE_CHARACTERS)
        else:
            check_text(frame.text)
            check_message_model(self.speaker, frame.model)
        if not frame.session_id:
            self.spawn(self._open_session(frame), frame)
            return
        session = self.read_session(frame.session_id)
        self.submit(frame, self._message(frame, conversation_id=session))

    async def _open_session(self, frame: MessageFrame | ChooseFrame) -> None:
        """A session that opens gets the newest published version; the look-up is left out within two seconds."""
        if time.monotonic() - self._brain_at > BRAIN_SECONDS:
            self.speaker.brain = await run_query(refresh_brain, self.speaker)
            self._brain_at = time.monotonic()
        speaker = self.speaker
        opens = OpenConversation(
            id=make_id(),
            chatbot_id=speaker.chatbot.pk,
            visitor_id=speaker.visitor_id,
            version_id=speaker.brain.version_id,
            kind=speaker.kind,
            channel=speaker.channel,
        )
        self.track(opens.id, seq=0)
        await self.join(group_of_conversation(opens.id))
        self.submit(frame, self._message(frame, opens=opens))

    def _message(self, frame: MessageFrame | ChooseFrame, **place: Any) -> NewMessage:
        visitor = self.speaker.visitor
        if isinstance(frame, ChooseFrame):
            said: dict[str, Any] = {
                "text": name_choice(self.speaker.brain.configuration, frame.choice),
                "choice": frame.choice,
                "parts": [{"type": "choice", "id": frame.choice}],
            }
        else:
            said = {"text": frame.text, "model": frame.model or ""}
        return NewMessage(
            organisation_id=visitor.organisation_id,
            sender="visitor",
            sender_name=visitor.name,
            bearer=visitor.bearer,
            client_id=frame.client_id,
            visitor_id=visitor.pk,
            starts_turn=make_id(),
            **said,
            **place,
        )

    def written(self, frame: MessageFrame | ChooseFrame, written: Written) -> None:
        if written.reopened:
            self.spawn(self._show_reopened(written.conversation_id))
        state = written.conversation.state if written.conversation else "bot"
        is_typed = isinstance(frame, MessageFrame)
        if state in ("waiting", "agent") and is_typed and asks_to_end(written.item.text):
            self.spawn(self._end_session(written.conversation_id))
        elif state == "waiting":
            self.spawn(self._note_waiting(written.conversation_id))

    async def _show_reopened(self, session: UUID) -> None:
        conversation, state = await run_query(self.load_conversation, session)
        event = frame_event(session, state, owner_version=conversation.owner_version)
        publish(group_of_conversation(session), event)

    async def _note_waiting(self, session: UUID) -> None:
        await run_query(note_waiting, conversation_id=session)

    # Turns -----------------------------------------------------------------------------------------------------------
    async def _cancel(self, frame: CancelFrame) -> None:
        """Whoever runs the turn says how it ended; of one that has ended, that is known already."""
        session, turn_id = self.read_session(frame.session_id), self.read_session(frame.turn_id)
        place = {"visitor_id": self.speaker.visitor_id, "session_id": session, "turn_id": turn_id}
        turn = await run_query(cancel_turn, **place)
        if turn.state != TurnState.RUNNING:
            trace = turn.trace if self.speaker.kind == "test" else None
            self.send_frame(complete_frame(session, turn_id, turn.outcome, trace=trace))
            return
        await self.follow(session)
        if not tell_cancelled(turn_id):
            sweep_soon()

    async def _retry(self, frame: RetryFrame) -> None:
        session, turn_id = self.read_session(frame.session_id), self.read_session(frame.turn_id)
        place = {"visitor_id": self.speaker.visitor_id, "session_id": session, "turn_id": turn_id}
        await self.follow(session)
        start_job(await run_query(retry_turn, **place))

    async def _take_feedback(self, frame: FeedbackFrame) -> None:
        """Shown to everybody as the changed row; where nothing is new, to this socket alone."""
        session = self.read_session(frame.session_id)
        text = check_text(frame.text, limit=FEEDBACK_CHARACTERS, required=False).strip()
        await self.follow(session)
        rated = await run_query(
            take_feedback,
            visitor_id=self.speaker.visitor_id,
            session_id=session,
            seq=clamp_seq(frame.seq),
            value=frame.value,
            text=text,
        )
        if not rated.changed:
            message = wire_message(rated.message)
            self.send_frame({"type": "message", "session_id": str(session), "message": message})

    # The other frames ------------------------------------------------------------------------------------------------
    async def _mark_read(self, frame: ReadFrame) -> None:
        session = self.read_session(frame.session_id)
        speaker = self.speaker
        if not await run_query(
            mark_read_by_visitor, visitor_id=speaker.visitor_id, session_id=session, seq=frame.seq
        ):
            raise NotFound
        self.show_others(session, {"type": "read", "seq": frame.seq, "who": self.who()})

    async def _request_agent(self, frame: RequestAgentFrame) -> None:
        session = self.read_session(frame.session_id)
        reason = check_text(frame.reason, field="reason", limit=300, required=False).strip() or REASON_BUTTON
        before = await self.load(session)
        await self.follow(session)
        await run_query(request_person, conversation_id=session, reason=reason)
        if before.state in ("waiting", "agent"):
            self.send_frame((await run_query(self.load_conversation, session))[1])

    async def _end(self, frame: EndFrame) -> None:
        session = self.read_session(frame.session_id)
        await self.load(session)
        await self.follow(session)
        await self._end_session(session)

    async def _end_session(self, session: UUID) -> None:
        await run_query(end_by_visitor, conversation_id=session)
