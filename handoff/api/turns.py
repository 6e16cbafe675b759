"""The bot's turns by REST: what it made of each message, and why."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from conversations.access import access_turns
from conversations.models import Turn
from core.api import CursorPagination, page_of
from handoff.access import access_conversation
from organisations.access import require_role
from organisations.authentication import MemberRequest
from organisations.models import Role


class TracedTurnSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    question_seq = serializers.IntegerField(help_text="The message that it answers.")
    attempt = serializers.IntegerField(help_text="Above 1 where it repeats a failed or interrupted one.")
    state = serializers.CharField(help_text="running, complete, cancelled, failed or interrupted")
    outcome = serializers.CharField()
    trace = serializers.DictField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class InTheirOrder(CursorPagination):
    ordering = ("question_seq", "created_at")


class ConversationTurnsView(APIView):
    @extend_schema(operation_id="conversations_turns", responses=page_of(TracedTurnSerializer))
    def get(self, request: MemberRequest, session_id: str) -> Response:
        conversation = access_conversation(request.membership, session_id)
        require_role(request.membership, Role.OWNER, Role.SUPERVISOR)
        paginator = InTheirOrder()
        page = paginator.paginate_queryset(access_turns(conversation), request, view=self) or []
        return paginator.get_paginated_response([wire_turn(turn) for turn in page])


def wire_turn(turn: Turn) -> dict[str, Any]:
    return {
        "id": str(turn.pk),
        "question_seq": turn.question_seq,
        "attempt": turn.attempt,
        "state": turn.state,
        "outcome": turn.outcome,
        "trace": turn.trace,
        "created_at": turn.created_at.isoformat(),
        "finished_at": turn.finished_at.isoformat() if turn.finished_at else None,
    }
