"""Evaluations by REST: asking a bot cases, following a run, its results, and comparing two."""

import io
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.parsers import FormParser, MultiPartParser
from rest_framework.response import Response
from rest_framework.views import APIView

from chatbots.access import access_chatbot_to_edit
from chatbots.evaluation.access import SHOWS, access_results, access_run, access_run_to_edit, access_runs
from chatbots.evaluation.asking import find_unknown_titles
from chatbots.evaluation.brains import choose_brain
from chatbots.evaluation.cases import Case, make_cases, read_cases
from chatbots.evaluation.comparing import Change, compare_runs, describe_result
from chatbots.evaluation.runs import cancel_run, delete_run, start_run
from chatbots.models import EvaluationResult, EvaluationRun
from core.api import CursorPagination, page_of
from core.errors import Conflict, Invalid
from core.parsers import JsonParser
from organisations.authentication import MemberRequest

MOST_CHANGES = 1_000


class RunSerializer(serializers.Serializer[EvaluationRun]):
    """`metrics` has the figures of `manage.py evaluate_bot`; it is empty until the run has ended."""

    id = serializers.IntegerField()
    chatbot = serializers.CharField()
    version = serializers.CharField(help_text="draft, or a version's number.")
    fingerprint = serializers.CharField()
    name = serializers.CharField()
    state = serializers.CharField(help_text="pending, running, done, cancelled or failed.")
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    metrics = serializers.DictField()
    error = serializers.CharField()
    hint = serializers.CharField()
    author = serializers.CharField(allow_null=True)
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)


class StartedRunSerializer(RunSerializer):
    warnings = serializers.ListField(child=serializers.CharField())


class NewRunSerializer(serializers.Serializer[Any]):
    """Cases as objects, as text (CSV or JSON), or as a file (multipart)."""

    chatbot = serializers.CharField(max_length=60)
    version = serializers.CharField(max_length=20, required=False, default="draft")
    name = serializers.CharField(max_length=200, required=False, allow_blank=True)
    cases = serializers.ListField(required=False)
    text = serializers.CharField(required=False, trim_whitespace=False, allow_blank=True)
    file = serializers.FileField(required=False, allow_empty_file=True)


class ResultSerializer(serializers.ModelSerializer[EvaluationResult]):
    class Meta:
        model = EvaluationResult
        fields = (
            "id", "line", "question", "expect", "outcome", "title", "source", "confidence", "right", "ok", "ms", "text",
            "why", "trace",
        )  # fmt: skip
        read_only_fields = fields


class ChangeSerializer(serializers.Serializer[Any]):
    question = serializers.CharField()
    expect = serializers.CharField()
    verdict = serializers.CharField(help_text="better, worse or other.")
    before = serializers.DictField()
    after = serializers.DictField()


class ComparisonSerializer(serializers.Serializer[Any]):
    """Of the `shared` questions; `changes` at most 1,000, the worse ones first."""

    shared = serializers.IntegerField()
    changed = serializers.IntegerField()
    better = serializers.IntegerField()
    worse = serializers.IntegerField()
    figures = serializers.ListField(child=serializers.DictField())
    changes = ChangeSerializer(many=True)


class Newest(CursorPagination):
    ordering = ("-created_at", "-id")


class ByPosition(CursorPagination):
    ordering = ("position", "id")


class EvaluationsView(APIView):
    parser_classes = [JsonParser, MultiPartParser, FormParser]

    @extend_schema(
        operation_id="evaluations_list",
        parameters=[OpenApiParameter("chatbot", str, description="Only this bot's.")],
        responses=page_of(RunSerializer),
    )
    def get(self, request: MemberRequest) -> Response:
        rows = access_runs(request.membership, slug=request.query_params.get("chatbot", ""))
        paginator = Newest()
        page = paginator.paginate_queryset(rows, request, view=self) or []
        return paginator.get_paginated_response([wire_run(run) for run in page])

    @extend_schema(request=NewRunSerializer, responses={201: StartedRunSerializer})
    def post(self, request: MemberRequest) -> Response:
        serializer = NewRunSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        data = serializer.validated_data
        chatbot = access_chatbot_to_edit(request.membership, data["chatbot"])
        brain = choose_brain(chatbot=chatbot, version=data["version"])
        cases = _read_cases(data)
        file = data.get("file")
        name = data.get("name") or (file.name if file is not None else "API")
        run = start_run(brain=brain, cases=cases, name=name, author=request.membership.user)
        unknown = find_unknown_titles(brain=brain, cases=cases)
        warnings = [f"Nothing in the knowledge is called “{title}”." for title in unknown]
        return Response(wire_run(run) | {"warnings": warnings}, status=201)


class EvaluationView(APIView):
    @extend_schema(responses=RunSerializer)
    def get(self, request: MemberRequest, run_id: int) -> Response:
        return Response(wire_run(access_run(request.membership, run_id)))

    @extend_schema(responses={204: None})
    def delete(self, request: MemberRequest, run_id: int) -> Response:
        delete_run(run=access_run_to_edit(request.membership, run_id))
        return Response(status=204)


class CancelEvaluationView(APIView):
    @extend_schema(request=None, responses=RunSerializer)
    def post(self, request: MemberRequest, run_id: int) -> Response:
        cancel_run(run=access_run_to_edit(request.membership, run_id))
        return Response(wire_run(access_run(request.membership, run_id)))


class EvaluationResultsView(APIView):
    @extend_schema(
        operation_id="evaluation_results_list",
        parameters=[
            OpenApiParameter("show", str, description=f"One of {', '.join(SHOWS)}; all where left out."),
            OpenApiParameter(
                "q", str, description="Words of the question, of what is expected or of the title."
            ),
        ],
        responses=page_of(ResultSerializer),
    )
    def get(self, request: MemberRequest, run_id: int) -> Response:
        run = access_run(request.membership, run_id)
        query = request.query_params.get("q", "").replace("\x00", "")[:200]
        rows = access_results(run, show=request.query_params.get("show", ""), query=query)
        paginator = ByPosition()
        page = paginator.paginate_queryset(rows, request, view=self)
        return paginator.get_paginated_response(ResultSerializer(page, many=True).data)


class CompareEvaluationsView(APIView):
    @extend_schema(
        parameters=[OpenApiParameter("with", int, required=True, description="The run that came after.")],
        responses=ComparisonSerializer,
    )
    def get(self, request: MemberRequest, run_id: int) -> Response:
        """Which answers are other ones in the run `with` than in this."""
        before = access_run(request.membership, run_id)
        after = access_run(request.membership, request.query_params.get("with", ""))
        if before.chatbot_id != after.chatbot_id:
            raise Conflict("These two are of different bots.")
        found = compare_runs(before, after)
        return Response(
            {
                "shared": found.shared,
                "changed": len(found.changes),
                "better": found.better,
                "worse": found.worse,
                "figures": found.figures,
                "changes": [wire_change(change) for change in found.changes[:MOST_CHANGES]],
            }
        )


def wire_run(run: EvaluationRun) -> dict[str, Any]:
    return {
        "id": run.pk,
        "chatbot": run.chatbot.slug,
        "version": str(run.version.number) if run.version else "draft",
        "fingerprint": run.fingerprint,
        "name": run.name,
        "state": run.state,
        "total": run.total,
        "done": run.done,
        "metrics": run.metrics,
        "error": run.error,
        "hint": run.hint,
        "author": run.author.display_name if run.author else None,
        "created_at": run.created_at.isoformat(),
        "finished_at": run.finished_at.isoformat() if run.finished_at else None,
    }


def wire_change(change: Change) -> dict[str, Any]:
    def wire(result: EvaluationResult) -> dict[str, Any]:
        outcome, title = describe_result(result)
        return {"outcome": outcome, "title": title, "confidence": result.confidence, "ok": result.ok}

    return {
        "question": change.question,
        "expect": change.expect,
        "verdict": change.verdict,
        "before": wire(change.before),
        "after": wire(change.after),
    }


def _read_cases(data: dict[str, Any]) -> list[Case]:
    """One of `file`, `text` and `cases`. Raises Invalid, naming rows at fault."""
    if data.get("file") is not None:
        return read_cases(data["file"])
    if data.get("text"):
        return read_cases(io.BytesIO(data["text"].encode("utf-8", "surrogatepass")))
    if data.get("cases"):
        return make_cases(data["cases"])
    raise Invalid("Send cases, text, or a file.", fields={"cases": "This is needed."})
