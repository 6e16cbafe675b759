"""The long-poll as part of the REST interface: its description, and the way to it under any other server."""

from typing import Any

from asgiref.sync import async_to_sync
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.views import APIView

from embed.polling.answering import LONGEST_WAIT_SECONDS, WAIT_SECONDS, answer_request

TOKEN = OpenApiParameter(
    "Authorization", str, OpenApiParameter.HEADER, required=True,
    description="`Bearer TOKEN`, with a visitor's token (from the bootstrap) or a test session's.",
)  # fmt: skip
QUERY = [
    TOKEN,
    OpenApiParameter(
        "session_id", OpenApiTypes.UUID, description="Left out, the answer is the `ready` frame, at once."
    ),
    OpenApiParameter("after_seq", int, description="The last number that the caller has.", default=0),
    OpenApiParameter(
        "version", str, description="From the last answer; without it the answer comes at once."
    ),
    OpenApiParameter(
        "wait_s", float, description=f"0 to {LONGEST_WAIT_SECONDS:g} seconds.", default=WAIT_SECONDS
    ),
]


class PostedFrameSerializer(serializers.Serializer[Any]):
    type = serializers.CharField(
        required=False, help_text="Any frame of the chat socket. Left out: `message`."
    )
    client_id = serializers.UUIDField(
        required=False, help_text="Of a message: the same again is never stored twice."
    )
    session_id = serializers.CharField(required=False, allow_blank=True, help_text='"" opens a session.')
    text = serializers.CharField(required=False, max_length=8000)


class PostedAnswerSerializer(serializers.Serializer[Any]):
    frames = serializers.ListField(
        child=serializers.DictField(), help_text="What a socket would have answered: `accepted`, `state`, …"
    )
    client_id = serializers.UUIDField(required=False, help_text="Of a message, as are the next two.")
    session_id = serializers.UUIDField(required=False)
    seq = serializers.IntegerField(required=False)


class PolledAnswerSerializer(serializers.Serializer[Any]):
    frames = serializers.ListField(
        child=serializers.DictField(),
        help_text="`session_synced`, then `state`, `working`, `text`, `complete`, `typing` where they are new.",
    )
    version = serializers.CharField(allow_blank=True, help_text="For the next request.")


class WidgetMessagesView(APIView):
    """The chat without a socket, for networks that block them. The log is the truth; any process may answer."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    @extend_schema(parameters=QUERY, responses=PolledAnswerSerializer)
    def get(self, request: Request) -> HttpResponse:
        """Wait for what follows a number, or for another change."""
        return async_to_sync(answer_request)(request._request, b"")

    @extend_schema(parameters=[TOKEN], request=PostedFrameSerializer, responses=PostedAnswerSerializer)
    def post(self, request: Request) -> HttpResponse:
        """Send one frame."""
        return async_to_sync(answer_request)(request._request, request._request.body)
