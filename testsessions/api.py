"""Test sessions by REST."""

from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbots.access import access_chatbot
from core.api import CursorPagination, page_of
from organisations.access import access_row
from organisations.authentication import MemberRequest
from testsessions.actions import access_test_sessions, end_test_session, issue_test_token, open_test_session
from testsessions.models import TestSession


class OpenSerializer(serializers.Serializer[Any]):
    chatbot = serializers.CharField(max_length=60, help_text="The bot's slug.")


class TestSessionSerializer(serializers.Serializer[Any]):
    id = serializers.UUIDField()
    session_id = serializers.UUIDField(help_text="The conversation's.")
    chatbot = serializers.CharField()
    token = serializers.CharField(help_text="For /ws/chat/, good until the session expires.")
    fingerprint = serializers.CharField(help_text="Of the draft when the session was opened.")
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()


def wire_test_session(session: TestSession) -> dict[str, Any]:
    return {
        "id": str(session.pk),
        "session_id": str(session.conversation_id),
        "chatbot": session.chatbot.slug,
        "token": issue_test_token(session=session),
        "fingerprint": session.fingerprint,
        "created_at": session.created_at.isoformat(),
        "expires_at": session.expires_at.isoformat(),
    }


class Newest(CursorPagination):
    ordering = ("-created_at", "id")


class TestSessionsView(APIView):
    @extend_schema(
        operation_id="test_sessions_list",
        parameters=[OpenApiParameter("chatbot", str, description="Only this bot's.")],
        responses=page_of(TestSessionSerializer),
    )
    def get(self, request: MemberRequest) -> Response:
        rows = access_test_sessions(request.membership)
        slug = request.query_params.get("chatbot")
        if slug:
            rows = rows.filter(chatbot=access_chatbot(request.membership, slug))
        paginator = Newest()
        page = paginator.paginate_queryset(rows, request, view=self) or []
        return paginator.get_paginated_response([wire_test_session(row) for row in page])

    @extend_schema(request=OpenSerializer, responses={201: TestSessionSerializer})
    def post(self, request: MemberRequest) -> Response:
        serializer = OpenSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        chatbot = access_chatbot(request.membership, serializer.validated_data["chatbot"])
        session = open_test_session(membership=request.membership, chatbot=chatbot)
        return Response(wire_test_session(session), status=201)


class TestSessionView(APIView):
    @extend_schema(responses=TestSessionSerializer)
    def get(self, request: MemberRequest, test_session_id: str) -> Response:
        return Response(
            wire_test_session(access_row(access_test_sessions(request.membership), pk=test_session_id))
        )

    @extend_schema(responses={204: None})
    def delete(self, request: MemberRequest, test_session_id: str) -> Response:
        end_test_session(session=access_row(access_test_sessions(request.membership), pk=test_session_id))
        return Response(status=204)
