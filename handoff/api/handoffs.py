"""Handoffs and conversations by REST: the console's acts, with the same permissions."""

from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations.access import access_turns, read_page
from conversations.actions.post_message import post_messages_in_transaction
from conversations.models import Conversation
from conversations.writer.checks import check_text
from conversations.writer.items import NewMessage
from core.api import CursorPagination, page_of
from core.errors import Invalid
from handoff.access import OPEN_STATES, access_conversation, access_conversations, access_handoffs
from handoff.actions.accept_handoff import accept_handoff
from handoff.actions.end_handoff import end_handoff
from handoff.actions.request_handoff import request_handoff
from handoff.api.documents import (
    AcceptedSerializer,
    ConversationSerializer,
    HandoffSerializer,
    MessagePageSerializer,
)
from handoff.models import HandoffSession, HandoffState
from handoff.shapes import queue_positions, wire_handoff, with_counts
from organisations.access import access_row, access_rows
from organisations.authentication import MemberRequest

AFTER = OpenApiParameter("after_seq", int, description="Messages after this number (0: from the first).")


class RequestSerializer(serializers.Serializer[Any]):
    session_id = serializers.UUIDField()
    reason = serializers.CharField(max_length=300, required=False, allow_blank=True)


class AgentMessageSerializer(serializers.Serializer[Any]):
    client_id = serializers.UUIDField()
    text = serializers.CharField(max_length=8000, trim_whitespace=False)


class OldestFirst(CursorPagination):
    ordering = ("started_at", "id")


class NewestFirst(CursorPagination):
    ordering = ("-newest_at", "id")


class LatestConversations(CursorPagination):
    ordering = ("-created_at", "id")


class HandoffList(APIView):
    """Base of the lists: which rows, in which order."""

    pagination: type[CursorPagination] = NewestFirst

    def select(self, request: MemberRequest, rows: QuerySet[HandoffSession]) -> QuerySet[HandoffSession]:
        return rows

    @extend_schema(responses=page_of(HandoffSerializer))
    def get(self, request: MemberRequest) -> Response:
        rows = self.select(request, with_counts(access_handoffs(request.membership)))
        paginator = self.pagination()
        page = paginator.paginate_queryset(rows, request, view=self) or []
        positions = queue_positions(request.membership.organisation_id)
        return paginator.get_paginated_response(
            [wire_handoff(row, position=positions.get(row.pk)) for row in page]
        )


class WaitingView(HandoffList):
    """Who waits, oldest first."""

    pagination: type[CursorPagination] = OldestFirst

    def select(self, request: MemberRequest, rows: QuerySet[HandoffSession]) -> QuerySet[HandoffSession]:
        return rows.filter(state=HandoffState.WAITING)


class MineView(HandoffList):
    """One's own active conversations, newest message first."""

    def select(self, request: MemberRequest, rows: QuerySet[HandoffSession]) -> QuerySet[HandoffSession]:
        return rows.filter(state=HandoffState.ACTIVE, agent_id=request.user.pk)


class AllView(HandoffList):
    """Waiting and active ones, newest message first."""

    def select(self, request: MemberRequest, rows: QuerySet[HandoffSession]) -> QuerySet[HandoffSession]:
        return rows.filter(state__in=OPEN_STATES)


class HistoryView(HandoffList):
    """Ended ones, newest message first."""

    def select(self, request: MemberRequest, rows: QuerySet[HandoffSession]) -> QuerySet[HandoffSession]:
        return rows.filter(state=HandoffState.ENDED)


class HandoffsView(APIView):
    @extend_schema(request=RequestSerializer, responses={200: HandoffSerializer, 201: HandoffSerializer})
    def post(self, request: MemberRequest) -> Response:
        """Ask for a human in a conversation; asked again it answers with the open handoff."""
        serializer = RequestSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        conversation = access_conversation(request.membership, serializer.validated_data["session_id"])
        was_open = conversation.state in ("waiting", "agent")
        reason = serializer.validated_data.get("reason") or "Asked for by API."
        handoff = request_handoff(conversation_id=conversation.pk, reason=reason)
        if handoff is None:
            raise Invalid("A test conversation cannot be handed to a person.")
        return Response(_detail(request, handoff), status=200 if was_open else 201)


class AcceptView(APIView):
    @extend_schema(request=None, responses=HandoffSerializer)
    def post(self, request: MemberRequest, handoff_id: str) -> Response:
        return Response(
            _detail(request, accept_handoff(membership=request.membership, handoff_id=handoff_id))
        )


class EndView(APIView):
    @extend_schema(request=None, responses=HandoffSerializer)
    def post(self, request: MemberRequest, handoff_id: str) -> Response:
        return Response(_detail(request, end_handoff(membership=request.membership, handoff_id=handoff_id)))


class HandoffMessagesView(APIView):
    """The conversation's messages, and an agent's answer."""

    @extend_schema(parameters=[AFTER], responses=MessagePageSerializer)
    def get(self, request: MemberRequest, handoff_id: str) -> Response:
        handoff = access_row(access_handoffs(request.membership), pk=handoff_id)
        return _messages(request, handoff.conversation)

    @extend_schema(request=AgentMessageSerializer, responses={201: AcceptedSerializer})
    def post(self, request: MemberRequest, handoff_id: str) -> Response:
        handoff = access_row(access_handoffs(request.membership), pk=handoff_id)
        serializer = AgentMessageSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        user = request.user
        item = NewMessage(
            organisation_id=handoff.organisation_id,
            conversation_id=handoff.conversation_id,
            sender="agent",
            sender_name=user.display_name,
            text=check_text(serializer.validated_data["text"]),
            bearer=f"user:{user.pk}",
            client_id=serializer.validated_data["client_id"],
            agent_id=user.pk,
        )
        with transaction.atomic():
            (written,) = post_messages_in_transaction(item)
        return Response({"session_id": str(written.conversation_id), "seq": written.seq}, status=201)


class ConversationsView(APIView):
    @extend_schema(operation_id="conversations_list", responses=page_of(ConversationSerializer))
    def get(self, request: MemberRequest) -> Response:
        paginator = LatestConversations()
        rows = access_conversations(request.membership).select_related("chatbot", "visitor", "agent")
        page = paginator.paginate_queryset(rows, request, view=self) or []
        return paginator.get_paginated_response([wire_conversation(row) for row in page])


class ConversationView(APIView):
    @extend_schema(responses=ConversationSerializer)
    def get(self, request: MemberRequest, session_id: str) -> Response:
        return Response(wire_conversation(access_conversation(request.membership, session_id)))


class ConversationMessagesView(APIView):
    @extend_schema(parameters=[AFTER], responses=MessagePageSerializer)
    def get(self, request: MemberRequest, session_id: str) -> Response:
        return _messages(request, access_conversation(request.membership, session_id), traces=True)


def wire_conversation(conversation: Conversation) -> dict[str, Any]:
    agent = conversation.agent
    return {
        "session_id": str(conversation.pk),
        "state": conversation.state,
        "bot": {"name": conversation.chatbot.name, "slug": conversation.chatbot.slug},
        "visitor": {"id": str(conversation.visitor_id), "name": str(conversation.visitor)},
        "agent": {"id": agent.pk, "name": agent.display_name} if agent else None,
        "head_seq": conversation.last_seq,
        "last_message_at": conversation.last_message_at.isoformat(),
        "created_at": conversation.created_at.isoformat(),
    }


def _detail(request: MemberRequest, handoff: HandoffSession) -> dict[str, Any]:
    rows = access_rows(HandoffSession, organisation=request.membership.organisation)
    fresh = with_counts(rows).select_related("conversation__visitor", "conversation__chatbot", "agent")
    row = access_row(fresh, pk=handoff.pk)
    return wire_handoff(row, position=queue_positions(row.organisation_id).get(row.pk))


def _messages(request: MemberRequest, conversation: Conversation, *, traces: bool = False) -> Response:
    after = request.query_params.get("after_seq", "0")
    if not after.isdecimal() or len(after) > 9:
        raise Invalid(fields={"after_seq": "Give a number."})
    page = read_page(conversation, after_seq=int(after))
    last = page.messages[-1]["seq"] if page.messages else int(after)
    path = request.build_absolute_uri(request.path)
    body: dict[str, Any] = {
        "results": page.messages,
        "next": f"{path}?after_seq={last}" if page.more else None,
        "previous": None,
    }
    if traces and request.membership.reads_everything:
        numbers = [message["seq"] for message in page.messages]
        turns = access_turns(conversation).filter(question_seq__in=numbers)
        body["turns"] = [
            {
                "id": str(turn.pk),
                "question_seq": turn.question_seq,
                "outcome": turn.outcome,
                "trace": turn.trace,
            }
            for turn in turns
        ]
    return Response(body)
