"""The agent's socket: a console, all its conversations on one connection."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings

from conversations.actions.mark_read import mark_read_by_agent
from conversations.database import run_query
from conversations.delivery import Event
from conversations.frames import (
    AGENT_FRAMES,
    AcceptFrame,
    EndFrame,
    FrameReader,
    MessageFrame,
    PingFrame,
    ReadFrame,
    SessionSyncFrame,
    TypingFrame,
)  # fmt: skip
from conversations.messages import group_of_conversation, group_of_queue
from conversations.models import Conversation
from conversations.origins import is_own_origin
from conversations.session_socket import PONG_SECONDS, SessionSocket
from conversations.writer.checks import check_text
from conversations.writer.items import NewMessage
from core.errors import Forbidden, Invalid, NotFound, Unauthorised
from core.tokens import read_token
from handoff.access import access_conversation, find_open_handoff
from handoff.actions.accept_handoff import accept_handoff
from handoff.actions.end_handoff import end_handoff
from handoff.lists import count_waiting, describe_console
from handoff.shapes import state_frame
from organisations.access import access_memberships, choose_membership
from organisations.api_tokens import read_api_token
from organisations.models import Membership, User
from organisations.sessions import read_dashboard_session


@dataclass(frozen=True, slots=True)
class Agent:
    """Who works at this console, and until when the credential is good (None: a session cookie)."""

    membership: Membership
    expires_at: float | None
    session_key: str = ""


class AgentSocket(SessionSocket):
    """One member of one organisation."""

    reader = FrameReader(AGENT_FRAMES)

    def __init__(self) -> None:
        super().__init__()
        self.membership: Membership

    async def authenticate(self) -> None:
        token = self.read_bearer_token()
        if not token and not is_own_origin(self.scope):
            raise Forbidden("The console's socket opens from this installation's own pages only.")
        agent = await run_query(identify_agent, token, self.header("cookie"), self.header("x-organisation"))
        self.membership, self.expires_at = agent.membership, agent.expires_at
        self.session_key = agent.session_key
        self.membership_id, self.role = self.membership.pk, self.membership.role

    async def greet(self) -> None:
        await self.join(group_of_queue(self.membership.organisation_id))
        frame = await run_query(describe_console, self.membership)
        for handoff in frame["mine"]:
            session = UUID(handoff["session_id"])
            self.track(session, seq=handoff["message_count"])
            await self.join(group_of_conversation(session))
        own = {"type": "ready", "protocol": "parley.v1", "connection_id": self.connection_id}
        self.send_frame({**own, **frame, "heartbeat_s": settings.HEARTBEAT_SECONDS})

    def handle(self, frame: Any) -> None:
        match frame:
            case MessageFrame():
                self._take_message(frame)
            case PingFrame():
                self.take_ping(frame)
            case SessionSyncFrame():
                self.spawn(self.sync(frame), frame)
            case TypingFrame():
                self.pass_on_typing(frame)
            case ReadFrame():
                self.spawn(self._mark_read(frame), frame)
            case AcceptFrame():
                self.spawn(self._accept(frame), frame)
            case EndFrame():
                self.spawn(self._end(frame), frame)

    def who(self) -> dict[str, Any]:
        return {"sender": "agent", "name": self.membership.user.display_name}

    def load_conversation(self, session: UUID) -> tuple[Conversation, dict[str, Any]]:
        conversation = access_conversation(self.membership, session)
        return conversation, state_frame(conversation)

    async def describe_pulse(self) -> dict[str, Any]:
        """How many wait, so that a console whose hint was lost asks for the queue again."""
        with suppress(TimeoutError):
            return {
                "waiting_count": await asyncio.wait_for(
                    run_query(count_waiting, self.membership), PONG_SECONDS
                )
            }
        return {}

    def queue_changed(self, event: Event) -> None:
        """The queue, live. An agent sees another agent's only as far as that it left."""
        handoff = event["frame"]["handoff"]
        agent = handoff["agent"]
        mine = agent is not None and agent["id"] == self.membership.user_id
        if mine and handoff["state"] == "active":
            self.spawn(self._follow_quietly(UUID(handoff["session_id"])))
        if self.role == "agent" and not mine and handoff["state"] != "waiting":
            hidden = {"last_message": "", "visitor": {**handoff["visitor"], "phone": "", "page": ""}}
            self.send_frame({**event["frame"], "handoff": {**handoff, **hidden}})
            return
        self.send_frame(event["frame"])

    def conversation_frame(self, event: Event) -> None:
        """An agent who looks at a conversation is shown nothing more of it once it is a colleague's."""
        super().conversation_frame(event)
        session = UUID(event["session_id"])
        if self.role == "agent" and "owner_version" in event and session in self.positions:
            # What comes next waits until the permission was looked at again.
            self.fill(session)

    async def _follow_quietly(self, session: UUID) -> None:
        try:
            await self.follow(session)
        except NotFound:
            return

    # Frames ----------------------------------------------------------------------------------------------------------
    def _take_message(self, frame: MessageFrame) -> None:
        """Stored only while this agent has the conversation; the writer checks it under the lock."""
        self.message_limit.consume()
        check_text(frame.text)
        if not frame.session_id:
            raise Invalid(
                "Name the conversation: agents do not open one.", fields={"session_id": "Required."}
            )
        user = self.membership.user
        item = NewMessage(
            organisation_id=self.membership.organisation_id,
            conversation_id=self.read_session(frame.session_id),
            sender="agent",
            sender_name=user.display_name,
            text=frame.text,
            bearer=f"user:{user.pk}",
            client_id=frame.client_id,
            agent_id=user.pk,
        )
        self.submit(frame, item)

    async def _mark_read(self, frame: ReadFrame) -> None:
        session = self.read_session(frame.session_id)
        conversation = await self.load(session)
        if conversation.agent_id != self.membership.user_id:
            return
        await run_query(mark_read_by_agent, conversation=conversation, seq=frame.seq)
        self.show_others(session, {"type": "read", "seq": frame.seq, "who": self.who()})

    async def _accept(self, frame: AcceptFrame) -> None:
        handoff = await run_query(accept_handoff, membership=self.membership, handoff_id=frame.handoff_id)
        await self.follow(handoff.conversation_id)
        _, state = await run_query(self.load_conversation, handoff.conversation_id)
        self.send_frame(state)

    async def _end(self, frame: EndFrame) -> None:
        session = self.read_session(frame.session_id)
        await self.load(session)
        handoff = await run_query(find_open_handoff, session)
        if handoff is None:
            raise NotFound("That conversation has no handoff to end.")
        await run_query(end_handoff, membership=self.membership, handoff_id=handoff.pk)


def identify_agent(token: str, cookie: str, organisation: str) -> Agent:
    """Whoever an API token or a session cookie names. Raises Unauthorised, NotFound."""
    if token:
        user = read_api_token(token)
        membership = choose_membership(access_memberships(user), slug=organisation)
        return Agent(_present(membership, user), float(read_token(token, audiences=("api",)).expires_at))
    session = read_dashboard_session(cookie)
    memberships = access_memberships(session.user)
    known = {member.organisation.slug for member in memberships}
    chosen = choose_membership(
        memberships, slug=session.organisation if session.organisation in known else ""
    )
    return Agent(_present(chosen, session.user), None, session.key)


def _present(membership: Membership | None, user: User) -> Membership:
    if membership is None:
        raise Unauthorised
    membership.user = user
    return membership
