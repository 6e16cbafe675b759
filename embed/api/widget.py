"""What the widget's frame asks over HTTP."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.errors import Forbidden, Unauthorised
from core.ratelimit import consume_limit
from embed.bootstrap import Arrival, bootstrap_widget, check_widget_session
from embed.origins import is_foreign_origin, own_origin, socket_origin, strip_address


class BootstrapSerializer(serializers.Serializer[Any]):
    visitor_token = serializers.CharField(
        required=False, allow_blank=True, max_length=4096, help_text="Of an earlier visit."
    )
    page = serializers.CharField(
        required=False, allow_blank=True, max_length=2000, help_text="The host page's address."
    )
    loader = serializers.CharField(
        required=False, allow_blank=True, max_length=40, help_text="The loader's version."
    )

    def validate_page(self, value: str) -> str:
        try:
            return strip_address(value)
        except ValueError as error:
            raise serializers.ValidationError("That is no address of a page.") from error


class BootstrapAnswerSerializer(serializers.Serializer[Any]):
    token = serializers.CharField()
    expires_at = serializers.DateTimeField()
    visitor_token = serializers.CharField(help_text="Keep it: it renews this visitor at the next bootstrap.")
    bot = serializers.DictField()
    fingerprint = serializers.CharField()
    socket_url = serializers.CharField()


class WidgetSessionSerializer(serializers.Serializer[Any]):
    visitor_id = serializers.UUIDField()
    audience = serializers.CharField(help_text="visitor or test")
    expires_at = serializers.DateTimeField()


class BootstrapView(APIView):
    """A visitor's way in. Called from the frame only."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    @extend_schema(request=BootstrapSerializer, responses=BootstrapAnswerSerializer)
    def post(self, request: Request, public_id: str) -> Response:
        consume_limit(name="bootstrap", key=str(request.META.get("REMOTE_ADDR", "")))
        if is_foreign_origin(request._request):
            raise Forbidden("Only the widget's own frame may ask for that.")
        serializer = BootstrapSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        arrival = Arrival(data.get("visitor_token", ""), data.get("page", ""), read_locale(request))
        answer = bootstrap_widget(
            public_id=public_id, arrival=arrival, own_origin=own_origin(request._request)
        )
        return Response({**answer, "socket_url": f"{socket_origin(request._request)}/ws/chat/"})


class WidgetSessionView(APIView):
    """Whether the bearer would be let in by the socket, and if not, why."""

    permission_classes = (AllowAny,)
    authentication_classes = ()

    @extend_schema(responses=WidgetSessionSerializer)
    def get(self, request: Request) -> Response:
        consume_limit(name="bootstrap", key=str(request.META.get("REMOTE_ADDR", "")))
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthorised
        return Response(check_widget_session(token=token.strip()))


def read_locale(request: Request) -> str:
    """The language that the visitor's browser asks for first."""
    return request.headers.get("Accept-Language", "").partition(",")[0].partition(";")[0].strip()[:35]
