"""REST in one shape: errors as `{"error": {code, detail, fields}}`, lists as `{results, next, previous}`."""

from functools import reduce
from typing import Any

from django.core.exceptions import PermissionDenied, RequestDataTooBig, SuspiciousOperation, ValidationError
from django.db.utils import DataError
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.defaults import page_not_found, server_error
from drf_spectacular.utils import inline_serializer
from rest_framework import exceptions, pagination, serializers
from rest_framework.response import Response
from rest_framework.views import set_rollback

from core.errors import (
    Forbidden,
    Internal,
    Invalid,
    NotFound,
    ParleyError,
    RateLimited,
    TooLarge,
    Unauthorised,
)

TRANSLATIONS: dict[type[Exception], type[ParleyError]] = {
    Http404: NotFound,
    PermissionDenied: Forbidden,
    exceptions.NotAuthenticated: Unauthorised,
    exceptions.AuthenticationFailed: Unauthorised,
    exceptions.PermissionDenied: Forbidden,
    exceptions.NotFound: NotFound,
    RequestDataTooBig: TooLarge,
    SuspiciousOperation: Invalid,
}


class CursorPagination(pagination.CursorPagination):
    """`limit` (50, at most 200) and `cursor`. Views name their `ordering`, whose first field may be of a related row."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    cursor_query_param = "cursor"
    ordering: Any = "-id"

    def paginate_queryset(self, queryset: Any, request: Any, view: Any = None) -> list[Any] | None:
        """Raises NotFound for a cursor that no answer gave out: its position is compared by the database."""
        try:
            return super().paginate_queryset(queryset, request, view=view)
        except (ValidationError, ValueError, OverflowError, DataError) as error:
            raise NotFound from error

    def _get_position_from_instance(self, instance: Any, ordering: Any) -> str:
        return str(reduce(getattr, ordering[0].lstrip("-").split("__"), instance))


def page_of(row: type[serializers.Serializer[Any]]) -> serializers.Serializer[Any]:
    """For API documents: the envelope of a list whose rows are `row`'s."""
    fields = {
        "results": row(many=True),
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
    }
    return inline_serializer(f"{row.__name__.removesuffix('Serializer')}Page", fields=fields)


def error_body(error: ParleyError) -> dict[str, Any]:
    """The error object of the protocol, the same in answers and in frames."""
    fields = {make_sendable(name): make_sendable(sentence) for name, sentence in error.fields.items()}
    body = {"code": error.code, "detail": make_sendable(error.detail), "fields": fields, **error.extra}
    if error.retry_after_s is not None:
        body["retry_after_s"] = error.retry_after_s
    return body


def make_sendable(text: str) -> str:
    """Sentences may quote what a caller sent; half a character (a lone surrogate) cannot be sent back."""
    return text.encode(errors="replace").decode()


def handle_exception(exception: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's hook: the one place where errors become HTTP answers. Unknown ones stay Django's (500, logged)."""
    error = translate_exception(exception)
    if error is None:
        return None
    set_rollback()
    status = getattr(error, "http_status", error.status)
    return Response({"error": error_body(error)}, status=status, headers=_headers(error))


def _headers(error: ParleyError) -> dict[str, str]:
    headers: dict[str, str] = {}
    if error.retry_after_s is not None:
        headers["Retry-After"] = str(max(1, round(error.retry_after_s)))
    if error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return headers


def translate_exception(exception: Exception) -> ParleyError | None:
    """Parley's error for any exception that a caller caused, else None."""
    if isinstance(exception, ParleyError):
        return exception
    for kind, error in TRANSLATIONS.items():
        if isinstance(exception, kind):
            return error()
    if isinstance(exception, exceptions.ValidationError):
        return Invalid(fields=_flatten(exception.detail))
    if isinstance(exception, exceptions.Throttled):
        return RateLimited(retry_after_s=getattr(exception, "wait", None))
    if isinstance(exception, exceptions.APIException):
        return _OtherRefusal(exception)
    return None


class _OtherRefusal(Invalid):
    """What DRF refuses by itself: an unknown method, an unreadable body. Keeps its HTTP status."""

    def __init__(self, exception: exceptions.APIException) -> None:
        super().__init__(str(exception.detail))
        self.http_status = exception.status_code


def answer_error(error: ParleyError) -> JsonResponse:
    """The same answer outside DRF, for plain Django views."""
    return JsonResponse({"error": error_body(error)}, status=error.status, headers=_headers(error))


def handle_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Django's hook for addresses that no route has (a line break in one, for instance)."""
    if request.path.startswith("/api/"):
        return answer_error(NotFound())
    return page_not_found(request, exception)


def handle_server_error(request: HttpRequest) -> HttpResponse:
    """Django's hook for what nobody expected: `internal` for programs, a page for people, details in the log only."""
    if request.path.startswith("/api/"):
        return answer_error(Internal())
    return server_error(request)


def _flatten(detail: Any, prefix: str = "") -> dict[str, str]:
    """DRF's nested validation errors as field path -> one sentence."""
    if isinstance(detail, dict):
        found: dict[str, str] = {}
        for name, inner in detail.items():
            found |= _flatten(inner, f"{prefix}.{name}" if prefix else str(name))
        return found
    if isinstance(detail, list):
        if all(not isinstance(item, (dict, list)) for item in detail):
            return {prefix or "non_field_errors": " ".join(str(item) for item in detail)}
        merged: dict[str, str] = {}
        for index, item in enumerate(detail):
            merged |= _flatten(item, f"{prefix}.{index}" if prefix else str(index))
        return merged
    return {prefix or "non_field_errors": str(detail)}
