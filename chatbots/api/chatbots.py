"""Bots by REST: the draft's fields, and publishing."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbots.access import access_chatbot, access_chatbot_to_edit, access_chatbots, access_versions
from chatbots.actions.edit_bot import EDITABLE, create_bot, delete_bot, edit_bot
from chatbots.actions.publish_bot import publish_bot
from chatbots.configuration import draft_configuration, draft_fingerprint
from chatbots.menus.shape import unpack_menu
from chatbots.models import BotVersion, Chatbot
from chatbots.rules.defaults import effective_rules
from core.api import CursorPagination, page_of
from core.errors import Invalid
from organisations.access import require_role
from organisations.authentication import MemberRequest
from organisations.models import Role


class VersionSerializer(serializers.Serializer[BotVersion]):
    version = serializers.IntegerField()
    fingerprint = serializers.CharField()
    note = serializers.CharField()
    author = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()


class ChatbotSerializer(serializers.Serializer[Chatbot]):
    """The draft, and what is published."""

    id = serializers.IntegerField(read_only=True)
    slug = serializers.SlugField(max_length=60, required=False)
    public_id = serializers.CharField(read_only=True)
    name = serializers.CharField(max_length=80)
    greeting = serializers.CharField(required=False, allow_blank=True, max_length=500)
    instructions = serializers.CharField(required=False, allow_blank=True, max_length=8000)
    suggested_questions = serializers.ListField(child=serializers.CharField(), required=False)
    appearance = serializers.DictField(required=False)
    handoff = serializers.DictField(required=False)
    allowed_domains = serializers.ListField(child=serializers.CharField(), required=False)
    languages = serializers.ListField(child=serializers.CharField(), required=False)
    threshold = serializers.FloatField(min_value=0, max_value=1, required=False)
    model = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=100,
        help_text="A language model that this server offers; empty: the bot answers by itself.",
    )
    clarify = serializers.BooleanField(
        required=False, help_text="Ask back where two or three answers are about equally likely."
    )
    rules = serializers.ListField(
        child=serializers.DictField(),
        required=False,
        help_text="In the order in which they are tried; [] is the default ones. Answered complete. See docs/rules.md.",
    )
    opening_hours = serializers.DictField(
        required=False,
        help_text="`time_zone`, `days` (mon … sun), `closed_on`; {}: somebody is always there.",
    )
    menu = serializers.DictField(required=False)
    fingerprint = serializers.CharField(read_only=True)
    knowledge_revision = serializers.IntegerField(read_only=True)
    published = VersionSerializer(read_only=True, allow_null=True)

    def to_representation(self, instance: Chatbot) -> dict[str, Any]:
        configuration = draft_configuration(instance)
        fields = {name: getattr(configuration, name) for name in EDITABLE}
        fields["menu"] = unpack_menu(configuration.menu)
        fields["rules"] = effective_rules(configuration)
        published = wire_version(instance.published) if instance.published else None
        return {
            "id": instance.pk,
            "slug": instance.slug,
            "public_id": instance.public_id,
            **fields,
            "knowledge_revision": instance.knowledge_revision,
            "fingerprint": draft_fingerprint(instance),
            "published": published,
        }


class ChatbotNameSerializer(serializers.Serializer[Chatbot]):
    """What agents may know of a bot."""

    slug = serializers.CharField()
    name = serializers.CharField()


class PublishSerializer(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=300, required=False, allow_blank=True)


def wire_version(version: BotVersion) -> dict[str, Any]:
    return {
        "version": version.number,
        "fingerprint": version.fingerprint,
        "note": version.note,
        "author": version.author.display_name if version.author else None,
        "created_at": version.created_at.isoformat(),
    }


class ByName(CursorPagination):
    ordering = ("name", "id")


class ByNumber(CursorPagination):
    ordering = "-number"


class ChatbotsView(APIView):
    @extend_schema(operation_id="chatbots_list", responses=page_of(ChatbotSerializer))
    def get(self, request: MemberRequest) -> Response:
        paginator = ByName()
        page: Any = paginator.paginate_queryset(access_chatbots(request.membership), request, view=self)
        names_only = request.membership.role == Role.AGENT
        serializer = ChatbotNameSerializer if names_only else ChatbotSerializer
        return paginator.get_paginated_response(serializer(page, many=True).data)

    @extend_schema(request=ChatbotSerializer, responses={201: ChatbotSerializer})
    def post(self, request: MemberRequest) -> Response:
        require_role(request.membership, Role.OWNER)
        data = _object(request)
        name, slug = data.pop("name", ""), data.pop("slug", "")
        faults = {
            field: "This takes text."
            for field, value in (("name", name), ("slug", slug))
            if not isinstance(value, str)
        }
        if faults:
            raise Invalid(fields=faults)
        organisation = request.membership.organisation
        chatbot = create_bot(organisation=organisation, name=name, slug=slug, fields=data)
        return Response(ChatbotSerializer(chatbot).data, status=201)


class ChatbotView(APIView):
    @extend_schema(responses=ChatbotSerializer)
    def get(self, request: MemberRequest, slug: str) -> Response:
        return Response(ChatbotSerializer(access_chatbot(request.membership, slug)).data)

    @extend_schema(request=ChatbotSerializer(partial=True), responses=ChatbotSerializer)
    def patch(self, request: MemberRequest, slug: str) -> Response:
        chatbot = access_chatbot_to_edit(request.membership, slug)
        return Response(ChatbotSerializer(edit_bot(chatbot=chatbot, changes=_object(request))).data)

    @extend_schema(responses={204: None})
    def delete(self, request: MemberRequest, slug: str) -> Response:
        delete_bot(chatbot=access_chatbot_to_edit(request.membership, slug))
        return Response(status=204)


class PublishView(APIView):
    @extend_schema(request=PublishSerializer, responses=VersionSerializer)
    def post(self, request: MemberRequest, slug: str) -> Response:
        chatbot = access_chatbot_to_edit(request.membership, slug)
        serializer = PublishSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        version = publish_bot(
            chatbot=chatbot, author=request.user, note=serializer.validated_data.get("note", "")
        )
        return Response(wire_version(version))


class VersionsView(APIView):
    @extend_schema(operation_id="versions_list", responses=page_of(VersionSerializer))
    def get(self, request: MemberRequest, slug: str) -> Response:
        paginator = ByNumber()
        rows = access_versions(access_chatbot(request.membership, slug))
        page = paginator.paginate_queryset(rows, request, view=self) or []
        return paginator.get_paginated_response([wire_version(version) for version in page])


def _object(request: MemberRequest) -> dict[str, Any]:
    if not isinstance(request.data, dict):
        raise Invalid("Send a JSON object.")
    return dict(request.data.items())
