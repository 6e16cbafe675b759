"""Knowledge by REST: sources and their chunks, uploads, single entries, and searching as the bot searches."""

import io
from typing import Any, BinaryIO

import msgspec
from django.conf import settings
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbots.access import (
    access_chatbot,
    access_chatbot_to_edit,
    access_chunks,
    access_source,
    access_source_to_edit,
    access_sources,
)
from chatbots.knowledge.entries import add_faq_entry
from chatbots.knowledge.formats import FORMATS
from chatbots.knowledge.importing import remove_source
from chatbots.knowledge.searching import search_draft
from chatbots.knowledge.uploads import refresh_source, start_import, start_web_import
from chatbots.knowledge.web.addresses import MAX_ADDRESS
from chatbots.models import Chatbot, KnowledgeChunk, KnowledgeSource
from core.api import CursorPagination, page_of
from core.errors import Invalid, TooLarge
from core.parsers import JsonParser
from organisations.authentication import MemberRequest

# What a multipart body has beside the file.
ENVELOPE = 64 * 1024
WEB_KINDS = ("url", "sitemap")
FILE_KINDS = ("pdf", "docx")
KINDS = (*(chosen.name for chosen in FORMATS), *WEB_KINDS)
CHATBOT = OpenApiParameter("chatbot", str, description="the bot's short name")


class SourceSerializer(serializers.ModelSerializer[KnowledgeSource]):
    chatbot = serializers.SlugRelatedField[Chatbot](slug_field="slug", read_only=True)

    class Meta:
        model = KnowledgeSource
        fields: tuple[str, ...] = (
            "id", "chatbot", "title", "kind", "state", "progress", "stage", "error", "hint", "warnings", "chunk_count",
            "address", "fetched_at", "created_at", "updated_at",
        )  # fmt: skip
        read_only_fields = fields


class ChunkSerializer(serializers.ModelSerializer[KnowledgeChunk]):
    class Meta:
        model = KnowledgeChunk
        fields = ("id", "kind", "title", "questions", "text", "url", "position")
        read_only_fields = fields


class PageSerializer(serializers.Serializer[Any]):
    """A page of a source of the web; `state` is ready, same, kept or failed."""

    address = serializers.CharField()
    url = serializers.CharField()
    title = serializers.CharField()
    state = serializers.CharField()
    error = serializers.CharField()
    hint = serializers.CharField()
    chunks = serializers.IntegerField()
    fetched_at = serializers.CharField()


class SourceDetailSerializer(SourceSerializer):
    """With a page of its chunks, and for one of the web the state of each of its `pages`."""

    pages = PageSerializer(many=True, read_only=True)
    chunks = page_of(ChunkSerializer)

    class Meta(SourceSerializer.Meta):
        fields = (*SourceSerializer.Meta.fields, "pages", "chunks")
        read_only_fields = fields


class NewKnowledgeSerializer(serializers.Serializer[Any]):
    """One of: `file` (multipart); `title`, `kind` and `text`; `url`; or an entry's `title`, `questions` and `answer`.

    `kind` of a `url` is "url" for that page (so without it), or "sitemap" for all pages of the site.
    """

    chatbot = serializers.CharField(max_length=60)
    title = serializers.CharField(max_length=500, required=False)
    file = serializers.FileField(required=False, allow_empty_file=True)
    kind = serializers.ChoiceField(choices=KINDS, required=False)
    url = serializers.CharField(max_length=MAX_ADDRESS, required=False)
    text = serializers.CharField(required=False, trim_whitespace=False, allow_blank=True)
    question = serializers.CharField(required=False)
    questions = serializers.ListField(child=serializers.CharField(), required=False)
    answer = serializers.CharField(required=False)


class CandidateSerializer(serializers.Serializer[Any]):
    chunk_id = serializers.IntegerField()
    source_id = serializers.IntegerField()
    source = serializers.CharField()  # type: ignore[assignment]
    title = serializers.CharField()
    text = serializers.CharField()
    kind = serializers.CharField()
    url = serializers.CharField()
    word_score = serializers.FloatField()
    meaning_score = serializers.FloatField()
    score = serializers.FloatField()
    confidence = serializers.FloatField()


class SearchSerializer(serializers.Serializer[Any]):
    """`results` best first; the bot answers with the first one where its confidence reaches `threshold`.

    `decision` is what would come of it (answered, clarified, abstained) and `why`; `choices` the chunks that it would
    ask back for. `has_meaning` says whether meanings took part in the search, or words alone.
    """

    threshold = serializers.FloatField()
    answers = serializers.BooleanField()
    decision = serializers.CharField()
    why = serializers.CharField()
    choices = serializers.ListField(child=serializers.IntegerField())
    has_meaning = serializers.BooleanField()
    results = CandidateSerializer(many=True)


class ByTitle(CursorPagination):
    ordering = ("title", "id")


class ByPosition(CursorPagination):
    ordering = ("position", "id")


class KnowledgeView(APIView):
    """A bot's sources; owners add to them."""

    parser_classes = [JsonParser, MultiPartParser, FormParser]

    @extend_schema(parameters=[CHATBOT], operation_id="knowledge_list", responses=page_of(SourceSerializer))
    def get(self, request: MemberRequest) -> Response:
        rows = access_sources(request.membership, slug=request.query_params.get("chatbot", "")).defer("pages")
        paginator = ByTitle()
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(SourceSerializer(page, many=True).data)

    @extend_schema(request=NewKnowledgeSerializer, responses={201: SourceSerializer})
    def post(self, request: MemberRequest) -> Response:
        _check_length(request)
        serializer = NewKnowledgeSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        chatbot = access_chatbot_to_edit(request.membership, data["chatbot"])
        if "answer" in data:
            return Response(_add_entry(chatbot, data), status=201)
        if "url" in data:
            return Response(SourceSerializer(_start_web_import(chatbot, data)).data, status=201)
        title, kind, content = _find_content(data)
        source = start_import(chatbot=chatbot, title=title, kind=kind, content=content)
        return Response(SourceSerializer(source).data, status=201)


class SourceView(APIView):
    """One source with its chunks, a page at a time."""

    @extend_schema(responses=SourceDetailSerializer)
    def get(self, request: MemberRequest, source_id: int) -> Response:
        source = access_source(request.membership, source_id)
        paginator = ByPosition()
        page = paginator.paginate_queryset(access_chunks(source), request, view=self)
        chunks = paginator.get_paginated_response(ChunkSerializer(page, many=True).data).data
        pages = PageSerializer(source.pages, many=True).data
        return Response({**SourceSerializer(source).data, "pages": pages, "chunks": chunks})

    @extend_schema(responses={204: None})
    def delete(self, request: MemberRequest, source_id: int) -> Response:
        remove_source(source=access_source_to_edit(request.membership, source_id))
        return Response(status=204)


class RefreshView(APIView):
    """Fetches a source of the web again; unchanged pages are not imported again."""

    @extend_schema(request=None, responses={202: SourceSerializer})
    def post(self, request: MemberRequest, source_id: int) -> Response:
        source = refresh_source(source=access_source_to_edit(request.membership, source_id))
        return Response(SourceSerializer(source).data, status=202)


class SearchView(APIView):
    """What the draft finds for a question: every candidate with its scores, the threshold, and what would come of it."""

    @extend_schema(
        parameters=[CHATBOT, OpenApiParameter("q", str), OpenApiParameter("limit", int)],
        responses=SearchSerializer,
    )
    def get(self, request: MemberRequest) -> Response:
        chatbot = access_chatbot(request.membership, request.query_params.get("chatbot", ""))
        question = request.query_params.get("q", "")
        if len(question) > settings.MESSAGE_MAX_CHARACTERS:
            raise Invalid(fields={"q": f"At most {settings.MESSAGE_MAX_CHARACTERS:,} characters."})
        found = search_draft(chatbot=chatbot, question=question, limit=_read_limit(request))
        return Response(
            {
                "threshold": found.threshold,
                "answers": found.decision.outcome == "answered",
                "decision": found.decision.outcome,
                "why": found.decision.why,
                "choices": [choice.chunk_id for choice in found.decision.choices],
                "has_meaning": found.has_meaning,
                "results": [msgspec.structs.asdict(candidate) for candidate in found.candidates],
            }
        )


def _check_length(request: MemberRequest) -> None:
    """Before the body is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdigit() and int(length) > settings.KNOWLEDGE_MAX_BYTES + ENVELOPE:
        most = settings.KNOWLEDGE_MAX_BYTES / 2**20
        raise TooLarge(f"That is too large: {most:,.1f} MiB are allowed. Split it.")


def _add_entry(chatbot: Chatbot, data: dict[str, Any]) -> dict[str, Any]:
    questions = data.get("questions") or [data.get("question", "")]
    chunk = add_faq_entry(
        chatbot=chatbot, title=data.get("title", ""), questions=questions, answer=data["answer"]
    )
    return {**SourceSerializer(chunk.source).data, "entry": ChunkSerializer(chunk).data}


def _start_web_import(chatbot: Chatbot, data: dict[str, Any]) -> KnowledgeSource:
    kind = data.get("kind", WEB_KINDS[0])
    if kind not in WEB_KINDS:
        raise Invalid(fields={"kind": "For a URL: url or sitemap."})
    try:
        return start_web_import(chatbot=chatbot, title=data.get("title", ""), kind=kind, address=data["url"])
    except Invalid as error:
        if "address" in error.fields:
            raise Invalid(error.detail, fields={"url": error.fields["address"]}) from error
        raise


def _find_content(data: dict[str, Any]) -> tuple[str, str, BinaryIO]:
    """Title, kind and content of what was sent."""
    file = data.get("file")
    if file is not None and data.get("kind") not in WEB_KINDS:
        return data.get("title") or file.name, data.get("kind") or file.name, file
    missing = [name for name in ("title", "kind", "text") if name not in data]
    missing += ["url"] if data.get("kind") in WEB_KINDS else []
    missing += ["file"] if data.get("kind") in FILE_KINDS else []
    if missing:
        raise Invalid(
            "Send a file, or title, kind and text, or a url, or an entry's title, questions and answer.",
            fields=dict.fromkeys(missing, "This is needed."),
        )
    return data["title"], data["kind"], io.BytesIO(data["text"].encode("utf-8", "surrogatepass"))


def _read_limit(request: MemberRequest) -> int:
    limit = request.query_params.get("limit", "5")
    if not limit.isdecimal() or not 1 <= int(limit[:4]) <= 50:
        raise Invalid(fields={"limit": "A number from 1 to 50."})
    return int(limit)
